-- BJ-03: a school may have several stages, such as nine years of primary and junior school. Older code keeps working: it writes rows without them.
SET LOCAL lock_timeout = '5s';
ALTER TABLE organisations ADD COLUMN more_stages text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN organisations.more_stages IS 'of a school: the stages that it has besides its first one';
