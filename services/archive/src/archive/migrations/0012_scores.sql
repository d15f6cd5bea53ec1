-- Scores of students with bonuses and deductions, checked and locked class by class (BJ-10).
SET LOCAL lock_timeout = '5s';
CREATE TABLE scores (
    term_id     uuid NOT NULL REFERENCES directory_terms (id),
    student_id  uuid NOT NULL,
    path        ltree NOT NULL,
    part        text NOT NULL,
    dimension   text NOT NULL,
    scorer      uuid NOT NULL,
    value       numeric(5, 1) NOT NULL,
    account_id  uuid NOT NULL,
    author_name text NOT NULL,
    at          timestamptz NOT NULL,
    version     integer NOT NULL,
    PRIMARY KEY (term_id, student_id, part, dimension, scorer)
);
COMMENT ON TABLE scores IS 'what somebody entered for a part of a student''s score; scorer: nobody where a student has one value';
CREATE INDEX scores_student ON scores (student_id);

CREATE TABLE score_versions (
    term_id     uuid NOT NULL,
    student_id  uuid NOT NULL,
    part        text NOT NULL,
    dimension   text NOT NULL,
    scorer      uuid NOT NULL,
    version     integer NOT NULL,
    value       numeric(5, 1) NOT NULL,
    account_id  uuid NOT NULL,
    author_name text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (term_id, student_id, part, dimension, scorer, version)
);
COMMENT ON TABLE score_versions IS 'append-only: every value of every score, who entered it and when';

CREATE TABLE adjustments (
    id                uuid PRIMARY KEY,
    term_id           uuid NOT NULL REFERENCES directory_terms (id),
    student_id        uuid NOT NULL,
    path              ltree NOT NULL,
    part              text NOT NULL,
    dimension         text NOT NULL,
    points            numeric(5, 1) NOT NULL,
    reason            text NOT NULL,
    account_id        uuid NOT NULL,
    author_name       text NOT NULL,
    at                timestamptz NOT NULL,
    withdrawn_at      timestamptz,
    withdrawn_by      text,
    withdrawn_because text
);
COMMENT ON TABLE adjustments IS 'bonuses and deductions, each with its reason; a withdrawn one stays';
CREATE INDEX adjustments_student ON adjustments (term_id, student_id, id);

CREATE TABLE score_sheets (
    term_id uuid NOT NULL REFERENCES directory_terms (id),
    path    ltree NOT NULL,
    step    integer NOT NULL,
    locked  boolean NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (term_id, path)
);
COMMENT ON TABLE score_sheets IS 'how far the scores of a class are: the next step of the scheme, or locked';

CREATE TABLE score_sheet_moves (
    term_id     uuid NOT NULL,
    path        ltree NOT NULL,
    version     integer NOT NULL,
    action      text NOT NULL,
    step        integer NOT NULL,
    reason      text NOT NULL,
    account_id  uuid NOT NULL,
    author_name text NOT NULL,
    role        text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (term_id, path, version)
);
COMMENT ON TABLE score_sheet_moves IS 'append-only: who passed on, returned, locked or unlocked the scores of a class, and why';

CREATE TABLE locked_scores (
    term_id    uuid NOT NULL,
    student_id uuid NOT NULL,
    path       ltree NOT NULL,
    version    integer NOT NULL,
    total      numeric(4, 1) NOT NULL,
    band       text NOT NULL,
    content    jsonb NOT NULL,
    PRIMARY KEY (term_id, student_id, version)
);
COMMENT ON TABLE locked_scores IS 'append-only: the scores of a student as they were locked, at this version of the class''s sheet';
CREATE INDEX locked_scores_student ON locked_scores (student_id);

CREATE VIEW locked_scores_in_force AS
SELECT l.*
  FROM locked_scores l
  JOIN score_sheets s ON s.term_id = l.term_id AND s.path = l.path AND s.locked AND s.version = l.version;
COMMENT ON VIEW locked_scores_in_force IS 'the scores of classes that are locked now';
