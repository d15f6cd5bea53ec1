-- Home screens ask for one's own newest batches; a check keeps the rows in which something is wrong, to show them in place.
CREATE INDEX batches_account ON batches (account_id, created_at);
ALTER TABLE batch_findings ADD COLUMN excerpt jsonb NOT NULL DEFAULT '[]';
