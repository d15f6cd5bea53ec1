-- Undoing an import reports which of its evaluations stay: they are found by the versions that it wrote.
CREATE INDEX evaluation_versions_batch ON evaluation_versions (batch_id) WHERE batch_id IS NOT NULL;
