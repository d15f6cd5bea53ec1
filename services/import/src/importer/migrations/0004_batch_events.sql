-- The table of prepared events takes the name of what it holds.
ALTER TABLE batch_facts RENAME TO batch_events;
ALTER INDEX batch_facts_pkey RENAME TO batch_events_pkey;
-- Processes of the release before still use the old name while an upgrade rolls; the next release drops this view.
CREATE VIEW batch_facts AS SELECT batch_id, chunk, rows, students, aggregate, body FROM batch_events;
