-- Scores and adjustments that came by workbook, and the version that each score replaced, so that an import can be undone (BJ-06).
SET LOCAL lock_timeout = '5s';
ALTER TABLE scores ADD COLUMN batch_id uuid, ADD COLUMN replaced integer;
ALTER TABLE score_versions ADD COLUMN batch_id uuid, ADD COLUMN replaced integer;
ALTER TABLE adjustments ADD COLUMN batch_id uuid;
CREATE INDEX scores_batch ON scores (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX score_versions_batch ON score_versions (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX adjustments_batch ON adjustments (batch_id) WHERE batch_id IS NOT NULL;
