-- CS-13: initial passwords that follow from the user name end at the first use, slip or series of wrong answers. Old code survives this: it does not accept them.
SET LOCAL lock_timeout = '5s';
ALTER TABLE credentials ADD COLUMN initial_ended_at timestamptz, ADD COLUMN initial_failures smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN credentials.initial_ended_at IS 'set: the initial password of the scheme does not sign in any more';
COMMENT ON COLUMN credentials.initial_failures IS 'wrong answers about the student at the first sign-in';
