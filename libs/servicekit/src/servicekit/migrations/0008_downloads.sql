-- One-time addresses of downloads. Both tables hold what is worthless a minute later, so a crash of the server may empty them,
-- and what they say stands in no write-ahead log: neither that somebody fetched a file, nor one-time passwords.
SET LOCAL lock_timeout = '5s';
CREATE UNLOGGED TABLE used_downloads (
    token_hash   bytea PRIMARY KEY,
    source       bytea NOT NULL,
    requests     integer NOT NULL DEFAULT 1,
    repeat_until timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);
COMMENT ON COLUMN used_downloads.source IS 'hash of the address and the token: nobody finds either in it';
CREATE INDEX used_downloads_age ON used_downloads (expires_at);
CREATE UNLOGGED TABLE held_downloads (
    token_hash bytea PRIMARY KEY,
    sealed     bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
COMMENT ON COLUMN held_downloads.sealed IS 'encrypted with a key that only the token gives';
CREATE INDEX held_downloads_age ON held_downloads (expires_at);
