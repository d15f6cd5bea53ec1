-- The table of scheduled work takes the field's name: the process that finds it is a job scheduler.
ALTER TABLE due RENAME TO jobs;
ALTER INDEX due_pkey RENAME TO jobs_pkey;
ALTER INDEX due_what_key_key RENAME TO jobs_what_key_key;
ALTER INDEX due_waiting RENAME TO jobs_waiting;
ALTER TABLE inbox RENAME COLUMN heard_at TO received_at;
-- Processes of the release before still use the old name while an upgrade rolls; the next release drops this view.
CREATE VIEW due AS SELECT id, at, what, key, payload, tries, done_at, error FROM jobs;
