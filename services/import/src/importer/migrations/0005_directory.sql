-- Organisations, students and terms move into the directory's tables; sealed registry numbers stay in a table of their own.
-- Terms here had no time zone: it is the school's, as records took it; a term of a school that is not known is marked, and the
-- next event about it fills it in, or the same one that `python -m records replay` sends again, as the inbox forgets it here.
-- The old names stay as views for one release: processes of the release before read the same rows while an upgrade rolls, and
-- write organisations and terms; what they would write about students fails, and the event is done by a process of this one.
LOCK TABLE organisations, students, terms IN ACCESS EXCLUSIVE MODE;

INSERT INTO directory_organisations (path, level, title, stage, scheme_id, scheme_version, time_zone, version)
SELECT path, level, title, stage, scheme_id, scheme_version, time_zone, version FROM organisations;
INSERT INTO directory_students (id, name, path, class_title, status, version)
SELECT id, name, path, class_title, status, version FROM students;
INSERT INTO directory_terms (id, path, title, school_year, number, scheme_id, scheme_version, time_zone, starts_on, ends_on,
                             windows, version, complete)
SELECT t.id, t.path, t.title, t.school_year, t.number, t.scheme_id, t.scheme_version, o.time_zone, t.starts_on, t.ends_on,
       t.windows, t.version, o.time_zone IS NOT NULL
  FROM terms t LEFT JOIN LATERAL (
       SELECT time_zone FROM organisations WHERE path @> t.path ORDER BY nlevel(path) DESC LIMIT 1) o ON true;
DELETE FROM inbox WHERE subject LIKE 'records.term.%';

ALTER TABLE students RENAME TO registry_numbers;
ALTER TABLE registry_numbers RENAME COLUMN id TO student_id;
ALTER INDEX students_pkey RENAME TO registry_numbers_pkey;
ALTER INDEX students_registry RENAME TO registry_numbers_index;
ALTER INDEX students_unsealed RENAME TO registry_numbers_unsealed;
ALTER TABLE registry_numbers DROP COLUMN name, DROP COLUMN path, DROP COLUMN grade_title, DROP COLUMN class_title,
    DROP COLUMN status, DROP COLUMN version;

DROP TABLE organisations, terms;
CREATE VIEW organisations AS
SELECT path, level, title, stage, scheme_id, scheme_version, time_zone, version FROM directory_organisations;
CREATE VIEW students AS
SELECT s.id, s.name, r.registry_number, s.path, s.grade_title, s.class_title, s.status, s.version, r.registry_sealed,
       r.registry_index
  FROM directory_students s JOIN registry_numbers r ON r.student_id = s.id;
CREATE VIEW terms AS
SELECT id, path, title, school_year, number, scheme_id, scheme_version, starts_on, ends_on, windows, version, complete
  FROM directory_terms;
ALTER VIEW terms ALTER COLUMN complete SET DEFAULT false;
