-- BJ-12: once archives of a term are sealed under the length of a school, the level above no longer changes it. Old code survives this: it does not know the table.
SET LOCAL lock_timeout = '5s';
CREATE TABLE sealed_terms (
    term_id uuid PRIMARY KEY,
    path    ltree NOT NULL,
    at      timestamptz NOT NULL
);
COMMENT ON TABLE sealed_terms IS 'the terms of schools whose archives were sealed, from the events of archive';
CREATE INDEX sealed_terms_path ON sealed_terms (path);
