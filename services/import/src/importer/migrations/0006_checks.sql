-- Dry runs are answered by the service that will apply the rows (L-10): its answers per attempt, and what they found.
ALTER TABLE batches DROP CONSTRAINT batches_state_check;
ALTER TABLE batches ADD CONSTRAINT batches_state_check CHECK (state IN
    ('checking', 'refused', 'checked', 'rechecking', 'committing', 'applied', 'undone', 'failed')) NOT VALID;
ALTER TABLE batches ADD COLUMN attempt integer NOT NULL DEFAULT 0, ADD COLUMN shown_attempt integer NOT NULL DEFAULT 0,
    ADD COLUMN question_count integer NOT NULL DEFAULT 0;
CREATE INDEX batches_running ON batches (type, term_id) WHERE state IN ('committing', 'rechecking');
DROP INDEX batches_committing;

ALTER TABLE batch_findings ADD COLUMN questions jsonb NOT NULL DEFAULT '[]', ADD COLUMN row_warnings jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN differences jsonb NOT NULL DEFAULT '[]', ADD COLUMN planned jsonb, ADD COLUMN layouts jsonb;

CREATE TABLE batch_answers (
    batch_id uuid NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    attempt  integer NOT NULL,
    chunk    integer NOT NULL,
    chunks   integer NOT NULL,
    body     bytea NOT NULL,
    PRIMARY KEY (batch_id, attempt, chunk)
);
