-- L-07: other services order classes as the school does, so events have the position. Additive: those of older releases are published when the service starts.
SET LOCAL lock_timeout = '5s';
ALTER TABLE organisations ADD COLUMN position_published boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN organisations.position_published IS 'false: an older release stored the position, and no event has it yet';
UPDATE organisations SET position_published = false WHERE position IS NOT NULL;
CREATE INDEX organisations_unpublished_positions ON organisations (path) WHERE NOT position_published;
