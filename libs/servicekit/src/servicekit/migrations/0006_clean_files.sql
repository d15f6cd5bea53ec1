-- Files are stored as clean copies (L-16): cleaned_at is empty for those of earlier releases, until a job replaced them.
-- proof_key: the upload itself, where it is signed or sealed.
SET LOCAL lock_timeout = '5s';
ALTER TABLE files ADD COLUMN cleaned_at timestamptz, ADD COLUMN proof_key text;
CREATE INDEX files_unclean ON files (id) WHERE state = 'ready' AND cleaned_at IS NULL;
CREATE INDEX files_proof ON files (proof_key) WHERE proof_key IS NOT NULL;
