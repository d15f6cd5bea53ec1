-- Verdicts on reports, printed confirmations, and the summary that a principal signs (SH-11).
SET LOCAL lock_timeout = '5s';
CREATE TABLE verdicts (
    term_id     uuid NOT NULL REFERENCES directory_terms (id),
    student_id  uuid NOT NULL,
    path        ltree NOT NULL,
    choice      text NOT NULL,
    reason      text NOT NULL,
    account_id  uuid NOT NULL,
    author_name text NOT NULL,
    judged_at   timestamptz NOT NULL,
    version     integer NOT NULL,
    PRIMARY KEY (term_id, student_id)
);
COMMENT ON TABLE verdicts IS 'what a principal judged a student''s report of a term to be';
CREATE INDEX verdicts_student ON verdicts (student_id);

CREATE TABLE verdict_versions (
    term_id     uuid NOT NULL,
    student_id  uuid NOT NULL,
    version     integer NOT NULL,
    choice      text NOT NULL,
    reason      text NOT NULL,
    account_id  uuid NOT NULL,
    author_name text NOT NULL,
    judged_at   timestamptz NOT NULL,
    PRIMARY KEY (term_id, student_id, version)
);
COMMENT ON TABLE verdict_versions IS 'append-only: every verdict with its reason, who gave it and when';

CREATE TABLE confirmations (
    id          uuid PRIMARY KEY,
    term_id     uuid NOT NULL REFERENCES directory_terms (id),
    student_id  uuid NOT NULL,
    path        ltree NOT NULL,
    code        text NOT NULL UNIQUE,
    state       text NOT NULL CHECK (state IN ('printed', 'signed', 'excused', 'withdrawn')),
    account_id  uuid NOT NULL,
    author_name text NOT NULL,
    at          timestamptz NOT NULL,
    printed_at  timestamptz NOT NULL,
    reason      text,
    file_id     uuid,
    version     integer NOT NULL,
    UNIQUE (term_id, student_id)
);
COMMENT ON TABLE confirmations IS 'the printed confirmation of each student: the code in its QR code, and whether it came back signed';
CREATE INDEX confirmations_student ON confirmations (student_id);

CREATE TABLE summaries (
    term_id     uuid NOT NULL REFERENCES directory_terms (id),
    version     integer NOT NULL,
    revision    bigint NOT NULL,
    sha256      text NOT NULL,
    content     jsonb NOT NULL,
    account_id  uuid NOT NULL,
    author_name text NOT NULL,
    made_at     timestamptz NOT NULL,
    PRIMARY KEY (term_id, version)
);
COMMENT ON TABLE summaries IS 'append-only: the summaries of verdicts and signatures as they were printed';

CREATE TABLE summary_uploads (
    id              uuid PRIMARY KEY,
    term_id         uuid NOT NULL,
    summary_version integer NOT NULL,
    file_id         uuid NOT NULL,
    name            text NOT NULL,
    media_type      text NOT NULL,
    account_id      uuid NOT NULL,
    author_name     text NOT NULL,
    at              timestamptz NOT NULL,
    FOREIGN KEY (term_id, summary_version) REFERENCES summaries (term_id, version)
);
COMMENT ON TABLE summary_uploads IS 'append-only: signed and stamped summaries as they were uploaded';
CREATE INDEX summary_uploads_term ON summary_uploads (term_id, id);
