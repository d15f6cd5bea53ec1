-- NR-04, BJ-08: counters of organisations move to the tables of servicekit, to which transactions only append; and when families were
-- reminded last. Old code survives this: its own tables stay, what it adds to them until it ends is not seen any more.
SET LOCAL lock_timeout = '5s';
CREATE TABLE form_reminders (
    path        ltree NOT NULL,
    school_year text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (path, school_year)
);
COMMENT ON TABLE form_reminders IS 'when the families of a class whose signed form is missing were reminded last';

COMMENT ON TABLE form_counts IS 'no longer used: see counters';
COMMENT ON TABLE result_totals IS
    'of each class how many students have a result in force, locked while it is counted; of organisations above only how they are called';
COMMENT ON TABLE result_counts IS 'how many students of a class have a grade or verdict; of organisations above: see counters';

INSERT INTO counters (counter, period, path, parent, item, count)
SELECT 'forms', f.school_year, f.path, subpath(f.path, 0, nlevel(f.path) - 1), n.item, n.count
  FROM form_counts f CROSS JOIN LATERAL (VALUES ('students', f.students), ('uploaded', f.uploaded)) AS n (item, count)
 WHERE n.count <> 0;
INSERT INTO counters (counter, period, path, parent, item, count)
SELECT 'results', concat_ws('|', t.scheme_id, t.school_year, t.number), t.path, subpath(t.path, 0, nlevel(t.path) - 1), n.item, n.count
  FROM result_totals t CROSS JOIN LATERAL (VALUES ('students', t.students), ('classes', t.classes)) AS n (item, count)
 WHERE n.count <> 0;
INSERT INTO counters (counter, period, path, parent, item, count)
SELECT 'results', concat_ws('|', c.scheme_id, c.school_year, c.number), c.path, subpath(c.path, 0, nlevel(c.path) - 1),
       concat_ws('|', c.dimension, c.band), c.students
  FROM result_counts c WHERE c.students <> 0;
