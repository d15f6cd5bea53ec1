-- Roles are data of schemes: what a card above schools may do depends on the schemes that organisations below chose. Old code survives this: it is only an index.
SET LOCAL lock_timeout = '5s';
CREATE INDEX organisations_own_scheme ON organisations (path) WHERE own_scheme;
