-- Who complained is sealed: a keyed mark finds, a sealed note is opened by a decision on record; lists go by the day.
-- Older code wrote complainant_account_id; what it left is sealed by a chore, then the column is empty for good.
ALTER TABLE cases ALTER COLUMN complainant_account_id DROP NOT NULL;
ALTER TABLE cases ADD COLUMN complainant text;
ALTER TABLE cases ADD COLUMN complainant_sealed text;
ALTER TABLE cases ADD COLUMN opened_on date GENERATED ALWAYS AS ((opened_at AT TIME ZONE 'UTC')::date) STORED;

DROP INDEX cases_one_open;
DROP INDEX cases_term;
DROP INDEX cases_student;
DROP INDEX cases_complainant;
CREATE UNIQUE INDEX cases_one_open ON cases (entry_id, complainant) WHERE closed_at IS NULL AND one_open;
CREATE INDEX cases_complainant ON cases (complainant, opened_on, id);
CREATE INDEX cases_student ON cases (student_id, opened_on, id);
CREATE INDEX cases_term ON cases (term_id, opened_on, id);
CREATE INDEX cases_unsealed ON cases (id) WHERE complainant_account_id IS NOT NULL;

ALTER TABLE case_steps DISABLE TRIGGER only_added;
UPDATE case_steps SET account_id = NULL WHERE actor_role = 'complainant';
ALTER TABLE case_steps ENABLE TRIGGER only_added;

CREATE TABLE unsealings (
    id         uuid PRIMARY KEY,
    case_id    uuid NOT NULL REFERENCES cases (id),
    at         timestamptz NOT NULL,
    account_id uuid NOT NULL,
    card_id    uuid NOT NULL,
    role       text NOT NULL,
    reason     text NOT NULL
);
COMMENT ON TABLE unsealings IS 'append-only: who was told who complained, and why';
CREATE INDEX unsealings_case ON unsealings (case_id, at);
