-- Jobs that wait for an outside system run under a lease, outside of a transaction; a group bounds how many of them run at once.
ALTER TABLE jobs ADD COLUMN group_key text NOT NULL DEFAULT '', ADD COLUMN leased_until timestamptz;
CREATE INDEX jobs_groups ON jobs (what, group_key, at) WHERE done_at IS NULL AND group_key <> '';
