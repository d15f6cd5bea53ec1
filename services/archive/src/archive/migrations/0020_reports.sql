-- Results are counted for each organisation where they change, and reports are made from them by jobs (BJ-08, BJ-12).
SET LOCAL lock_timeout = '5s';
CREATE INDEX locked_scores_class ON locked_scores (term_id, path);
CREATE INDEX verdicts_class ON verdicts (term_id, path);

CREATE TABLE result_totals (
    path           ltree NOT NULL,
    parent         ltree NOT NULL,
    scheme_id      text NOT NULL,
    school_year    text NOT NULL,
    number         integer NOT NULL,
    scheme_version text NOT NULL,
    title          text NOT NULL,
    classes        integer NOT NULL DEFAULT 0,
    students       integer NOT NULL DEFAULT 0,
    PRIMARY KEY (path, scheme_id, school_year, number)
);
COMMENT ON TABLE result_totals IS
    'of each class and all organisations above it: how many students have a result in force, in how many classes';
CREATE INDEX result_totals_parent ON result_totals (parent, scheme_id, school_year, number);

CREATE TABLE result_counts (
    path        ltree NOT NULL,
    scheme_id   text NOT NULL,
    school_year text NOT NULL,
    number      integer NOT NULL,
    dimension   text NOT NULL,
    band        text NOT NULL,
    students    integer NOT NULL,
    PRIMARY KEY (path, scheme_id, school_year, number, dimension, band)
);
COMMENT ON TABLE result_counts IS
    'how many students of a class, and of all organisations above it, have a grade or verdict; dimension "": on the whole';

CREATE TABLE report_runs (
    id             uuid PRIMARY KEY,
    report         text NOT NULL,
    title          text NOT NULL,
    path           ltree NOT NULL,
    scheme_id      text NOT NULL,
    scheme_version text NOT NULL,
    school_year    text NOT NULL,
    number         integer NOT NULL,
    term_id        uuid REFERENCES directory_terms (id),
    format         text NOT NULL CHECK (format IN ('xlsx', 'pdf')),
    account_id     uuid NOT NULL,
    author_name    text NOT NULL,
    asked_at       timestamptz NOT NULL,
    state          text NOT NULL CHECK (state IN ('making', 'ready', 'failed')),
    done           integer NOT NULL,
    total          integer NOT NULL,
    name           text NOT NULL,
    object_key     text NOT NULL,
    sha256         text,
    size           integer,
    ready_at       timestamptz,
    expires_at     timestamptz NOT NULL,
    problem        text
);
COMMENT ON TABLE report_runs IS 'reports that were asked for: how far they are, and until when their file is kept';
CREATE INDEX report_runs_account ON report_runs (account_id, id);
CREATE INDEX report_runs_end ON report_runs (expires_at);
CREATE UNIQUE INDEX report_runs_making
    ON report_runs (account_id, report, path, scheme_id, school_year, number, format) WHERE state = 'making';

CREATE TABLE report_parts (
    run_id uuid NOT NULL REFERENCES report_runs (id) ON DELETE CASCADE,
    number integer NOT NULL,
    path   ltree NOT NULL,
    rows   jsonb,
    key    text,
    PRIMARY KEY (run_id, number)
);
COMMENT ON TABLE report_parts IS 'the classes of a report: rows or the object of those that are done, both empty before; deleted at its end';

-- Results that are in force already are counted by a job.
INSERT INTO jobs (id, at, what, key, payload) VALUES (gen_random_uuid(), now(), 'count_results', 'all', '{}');
