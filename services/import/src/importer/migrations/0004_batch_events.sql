-- The table of prepared events takes the name of what it holds.
ALTER TABLE batch_facts RENAME TO batch_events;
ALTER INDEX batch_facts_pkey RENAME TO batch_events_pkey;
