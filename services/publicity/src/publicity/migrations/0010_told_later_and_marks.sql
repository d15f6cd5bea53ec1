-- Decisions told later, appeals that name the decision they are against, malicious complaints, looks at a student of the board.
ALTER TABLE cases ADD COLUMN follows_case uuid;
ALTER TABLE cases ADD COLUMN decision jsonb;
CREATE UNIQUE INDEX cases_follows ON cases (follows_case) WHERE follows_case IS NOT NULL;
CREATE INDEX cases_decided ON cases (term_id, id) WHERE decision IS NOT NULL;
COMMENT ON COLUMN cases.decision IS 'What was decided and is told later; empty once it took effect.';

CREATE TABLE malicious_marks (
    case_id uuid PRIMARY KEY REFERENCES cases (id),
    term_id uuid NOT NULL,
    person  text NOT NULL,
    at      timestamptz NOT NULL,
    reason  text NOT NULL
);
CREATE INDEX malicious_marks_person ON malicious_marks (term_id, person);
COMMENT ON TABLE malicious_marks IS 'append-only: complaints that were marked as malicious';
COMMENT ON COLUMN malicious_marks.person IS 'Keyed hash of the complainant''s account and the term: counts their marks and leads nowhere else.';

CREATE TABLE malicious_lifts (
    case_id    uuid PRIMARY KEY REFERENCES malicious_marks (case_id),
    at         timestamptz NOT NULL,
    account_id uuid NOT NULL,
    card_id    uuid NOT NULL,
    role       text NOT NULL,
    reason     text NOT NULL
);
COMMENT ON TABLE malicious_lifts IS 'append-only: who took back which mark, and why';

ALTER TABLE board_looks ADD COLUMN student_id uuid;
COMMENT ON COLUMN board_looks.student_id IS 'Whose page was looked at; empty: a list.';
