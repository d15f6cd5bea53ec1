-- JX-16: passwords reset with a code from somebody who may; NR-05: the trail read by place. Old code survives this.
CREATE TABLE password_resets (
    id         uuid PRIMARY KEY,
    account_id uuid REFERENCES accounts,
    asked_at   timestamptz NOT NULL,
    until      timestamptz NOT NULL,
    client     text NOT NULL,
    code       bytea,
    given_by   uuid,
    tries      integer NOT NULL DEFAULT 0,
    ended_at   timestamptz
);
COMMENT ON TABLE password_resets IS 'who asked for a new password; without an account: what was said did not fit';
CREATE INDEX password_resets_waiting ON password_resets (account_id, id) WHERE ended_at IS NULL AND account_id IS NOT NULL;
CREATE INDEX password_resets_age ON password_resets (until);

-- The places a row is about: whoever administers one of them may read it.
ALTER TABLE audit ADD COLUMN paths ltree[] NOT NULL DEFAULT '{}';
CREATE INDEX audit_paths ON audit USING gist (paths);
CREATE INDEX audit_subject_id ON audit (subject, id);
CREATE INDEX audit_account_id ON audit (account_id, id);
