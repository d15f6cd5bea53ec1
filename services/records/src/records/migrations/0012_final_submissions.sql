-- What a student chose from all terms of the stage, and the school's review of it (CS-01, CS-08).
CREATE TABLE final_submissions (
    id           uuid PRIMARY KEY,
    term_id      uuid NOT NULL REFERENCES directory_terms (id),
    student_id   uuid NOT NULL,
    student_name text NOT NULL,
    path         ltree NOT NULL,
    state        text NOT NULL CHECK (state IN ('open', 'submitted', 'returned', 'approved')),
    record_ids   uuid[] NOT NULL,
    refused      jsonb NOT NULL,
    version      integer NOT NULL,
    submitted_at timestamptz,
    submitted_by text,
    reviewed_at  timestamptz,
    reviewed_by  text,
    reason_code  text,
    note         text,
    UNIQUE (student_id, term_id)
);
COMMENT ON TABLE final_submissions IS 'One final submission per student and last term';
COMMENT ON COLUMN final_submissions.refused IS 'Records that the last review did not let pass: [{record_id, reason_code, note}]';
CREATE INDEX final_submissions_in_term ON final_submissions (term_id, state, id DESC) WHERE submitted_at IS NOT NULL;
CREATE INDEX final_submissions_waiting ON final_submissions (path, term_id) WHERE state = 'submitted';
