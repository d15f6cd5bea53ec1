-- L-17, L-01: what an account complained about before somebody else helped to get into it is not shown to whoever holds it now.
ALTER TABLE credentials ADD COLUMN held_since timestamptz;
COMMENT ON COLUMN credentials.held_since IS 'when somebody last got into the account with another person''s help (a one-time password or a code), though it had been in use; null: never';
