-- Evaluations with a choice and by dimension (CS-07, BJ-11), and those by classmates (CS-12). Processes of the release before
-- go on: they write texts only, which are complete without choice and parts.
SET LOCAL lock_timeout = '5s';
ALTER TABLE evaluations
    ADD COLUMN choice text,
    ADD COLUMN parts jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN complete boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN evaluations.parts IS 'By dimension: {"text": ..., "choice": ...}.';
ALTER TABLE evaluation_versions
    ADD COLUMN choice text,
    ADD COLUMN parts jsonb NOT NULL DEFAULT '{}';

-- One row for each pair of classmates: 60 students are 3,540 rows of some 120 bytes.
CREATE TABLE peer_evaluations (
    term_id      uuid NOT NULL REFERENCES directory_terms (id),
    type         text NOT NULL,
    evaluator_id uuid NOT NULL,
    student_id   uuid NOT NULL,
    choices      text[] NOT NULL,
    texts        text[] NOT NULL,
    written_at   timestamptz NOT NULL,
    submitted_at timestamptz,
    PRIMARY KEY (term_id, type, evaluator_id, student_id),
    CHECK (evaluator_id <> student_id)
);
COMMENT ON TABLE peer_evaluations IS 'What students say of classmates. Nobody is shown who said what: only counts leave this table.';
COMMENT ON COLUMN peer_evaluations.choices IS 'In the order of the scheme''s dimensions; one where it is not by dimension.';
CREATE INDEX peer_evaluations_student ON peer_evaluations (student_id, term_id, type);
