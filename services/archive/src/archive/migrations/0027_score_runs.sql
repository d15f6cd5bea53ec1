-- The results of a whole grade or school are locked, and so published, by one action in the background (X-15). Additive.
SET LOCAL lock_timeout = '5s';
CREATE TABLE score_runs (
    id          uuid PRIMARY KEY,
    term_id     uuid NOT NULL REFERENCES directory_terms (id),
    path        ltree NOT NULL,
    account_id  uuid NOT NULL,
    author_name text NOT NULL,
    roles       text[] NOT NULL,
    asked_at    timestamptz NOT NULL,
    done        integer NOT NULL,
    total       integer NOT NULL,
    finished_at timestamptz
);
COMMENT ON TABLE score_runs IS 'a grade or school whose results somebody locks at once: how far that is';
CREATE INDEX score_runs_term ON score_runs (term_id, id);
CREATE UNIQUE INDEX score_runs_under_way ON score_runs (term_id) WHERE finished_at IS NULL;

CREATE TABLE score_run_classes (
    run_id  uuid NOT NULL REFERENCES score_runs (id) ON DELETE CASCADE,
    path    ltree NOT NULL,
    version integer NOT NULL,
    title   text NOT NULL,
    locked  boolean,
    code    text,
    detail  text,
    help    text,
    PRIMARY KEY (run_id, path)
);
COMMENT ON TABLE score_run_classes IS
    'the classes of a run with the version of the sheet that was seen; locked: empty before its turn, false: refused, and why';
