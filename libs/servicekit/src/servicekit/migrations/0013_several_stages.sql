-- A school may have several stages, such as nine years of primary and junior school (BJ-03). Additive: most have none besides their first one.
SET LOCAL lock_timeout = '5s';
ALTER TABLE directory_organisations ADD COLUMN more_stages text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN directory_organisations.more_stages IS 'of a school: the stages that it has besides its first one';
