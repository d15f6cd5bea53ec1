-- NR-04: progress above one school is read from counters, not summed up over all classes. Old code survives this: it goes on with
-- its own tables; what it counts until it ends is added to the counters when the school is counted again.
SET LOCAL lock_timeout = '5s';
INSERT INTO counters (counter, period, path, parent, item, count)
SELECT 'progress', concat_ws('|', p.school_year, p.number), subpath(p.path, 0, n.depth), subpath(p.path, 0, n.depth - 1), i.item,
       sum(i.count)
  FROM class_progress p
 CROSS JOIN LATERAL generate_series(1, least(4, nlevel(p.path))) AS n (depth)
 CROSS JOIN LATERAL (VALUES ('students', p.students), ('complete', p.complete), ('partial', p.partial), ('waiting', p.waiting),
                            ('waiting_long', p.waiting_long), ('returned', p.returned), ('confirmed', p.confirmed)
                     UNION ALL SELECT 'dimension|' || d.key, d.value::integer FROM jsonb_each_text(p.dimensions) d) AS i (item, count)
 GROUP BY 1, 2, 3, 4, 5 HAVING sum(i.count) <> 0;
INSERT INTO counters (counter, period, path, parent, item, count)
SELECT 'progress_days', concat_ws('|', p.school_year, p.number, p.day), subpath(p.path, 0, n.depth), subpath(p.path, 0, n.depth - 1),
       i.item, sum(i.count)
  FROM school_progress p
 CROSS JOIN LATERAL generate_series(1, nlevel(p.path)) AS n (depth)
 CROSS JOIN LATERAL (VALUES ('students', p.students), ('complete', p.complete)) AS i (item, count)
 GROUP BY 1, 2, 3, 4, 5 HAVING sum(i.count) <> 0;
