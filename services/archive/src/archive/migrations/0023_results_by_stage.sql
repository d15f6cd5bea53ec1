-- BJ-03: results are also counted for each stage, growth handbooks of classes and grades are made by jobs (BJ-09). Old code survives this: it does not know the tables and columns.
SET LOCAL lock_timeout = '5s';
ALTER TABLE report_runs ADD COLUMN stage text NOT NULL DEFAULT '';
COMMENT ON COLUMN report_runs.stage IS 'the stage of which it is; empty: of all';

-- What is counted already, for the stage of the term, else of the school: the period of these counters ends in the stage.
WITH classes AS (
    SELECT t.path, concat_ws('|', t.scheme_id, t.school_year, t.number, coalesce(
               (SELECT d.stage FROM directory_terms d
                 WHERE d.path = o.path AND d.scheme_id = t.scheme_id AND d.school_year = t.school_year AND d.number = t.number
                 LIMIT 1), o.stage, '')) AS period,
           t.scheme_id, t.school_year, t.number, t.students, t.classes
      FROM result_totals t JOIN directory_organisations o ON o.level = 'school' AND o.path @> t.path AND o.path <> t.path
     WHERE nlevel(t.path) = nlevel(o.path) + 2),
items AS (
    SELECT path, period, 'students' AS item, students AS count FROM classes
     UNION ALL SELECT path, period, 'classes', classes FROM classes
     UNION ALL SELECT c.path, c.period, concat_ws('|', r.dimension, r.band), r.students
                 FROM classes c JOIN result_counts r ON r.path = c.path AND r.scheme_id = c.scheme_id
                                                    AND r.school_year = c.school_year AND r.number = c.number)
INSERT INTO counters (counter, period, path, parent, item, count)
SELECT 'results', period, above, subpath(above, 0, nlevel(above) - 1), item, sum(count)
  FROM (SELECT period, item, count, subpath(path, 0, n.depth) AS above
          FROM items CROSS JOIN LATERAL generate_series(1, nlevel(path)) AS n (depth)) a
 GROUP BY period, above, item HAVING sum(count) <> 0;

CREATE TABLE handbook_runs (
    id          uuid PRIMARY KEY,
    path        ltree NOT NULL,
    account_id  uuid NOT NULL,
    author_name text NOT NULL,
    asked_at    timestamptz NOT NULL,
    state       text NOT NULL CHECK (state IN ('making', 'ready', 'failed')),
    students    integer NOT NULL,
    done        integer NOT NULL,
    name        text NOT NULL,
    upload      text,
    ready_at    timestamptz,
    expires_at  timestamptz NOT NULL,
    problem     text
);
COMMENT ON TABLE handbook_runs IS 'growth handbooks of a class or grade that somebody asked for: how far they are, and until when their files are kept';
CREATE INDEX handbook_runs_account ON handbook_runs (account_id, id);
CREATE INDEX handbook_runs_end ON handbook_runs (expires_at);
CREATE UNIQUE INDEX handbook_runs_making ON handbook_runs (account_id, path) WHERE state = 'making';

CREATE TABLE handbook_parts (
    run_id   uuid NOT NULL REFERENCES handbook_runs (id) ON DELETE CASCADE,
    number   integer NOT NULL,
    path     ltree NOT NULL,
    students uuid[] NOT NULL,
    title    text NOT NULL,
    name     text NOT NULL,
    key      text,
    size     bigint,
    PRIMARY KEY (run_id, number)
);
COMMENT ON TABLE handbook_parts IS 'the ZIP files of handbooks that were asked for, some students of one class in each; without key: not made yet';
