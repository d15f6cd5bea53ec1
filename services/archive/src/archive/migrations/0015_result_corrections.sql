-- Corrections that cases against published results decided, and classes whose results are final (X-15).
SET LOCAL lock_timeout = '5s';
CREATE TABLE result_corrections (
    case_id    uuid NOT NULL,
    dimension  text NOT NULL,
    term_id    uuid NOT NULL,
    student_id uuid NOT NULL,
    path       ltree NOT NULL,
    band       text NOT NULL,
    reason     text NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (case_id, dimension)
);
COMMENT ON TABLE result_corrections IS 'append-only: the band that a case put in the place of what was scored; of several the last one counts';
CREATE INDEX result_corrections_student ON result_corrections (term_id, student_id);
CREATE INDEX result_corrections_class ON result_corrections (term_id, path);

CREATE TABLE results_settled (
    term_id uuid NOT NULL,
    path    ltree NOT NULL,
    version integer NOT NULL,
    amended integer NOT NULL,
    PRIMARY KEY (term_id, path)
);
COMMENT ON TABLE results_settled IS 'classes whose results, locked at this version, are published and past all cases';

ALTER TABLE cases ADD COLUMN about text NOT NULL DEFAULT 'record';
