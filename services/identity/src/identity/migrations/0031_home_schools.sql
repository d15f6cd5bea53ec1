-- BJ-04: a borrowed student has a home school, where results and archives are filed. Old code survives this: it does not name the column.
SET LOCAL lock_timeout = '5s';
ALTER TABLE students ADD COLUMN home ltree;
COMMENT ON COLUMN students.home IS 'of a student who has borrowed a place at another school of the platform: the class at the home school; null: none';
CREATE INDEX students_home ON students USING gist (home) WHERE home IS NOT NULL;
CREATE OR REPLACE VIEW student_details AS
SELECT s.id, s.person_id, s.account_id, s.registry_number, s.student_number, s.eid, s.path, s.status, s.version, s.made_at,
       s.registry_sealed, s.registry_index,
       p.name, p.name_key, p.sex, p.born, p.document_type, p.id_number, p.id_number_index,
       os.title AS school_title, og.title AS grade_title, oc.title AS class_title, coalesce(oc.ordering, s.path) AS ordering,
       s.home
  FROM students s
  JOIN persons p ON p.id = s.person_id
  LEFT JOIN organisations os ON nlevel(s.path) >= 4 AND os.path = subpath(s.path, 0, least(4, nlevel(s.path)))
  LEFT JOIN organisations og ON nlevel(s.path) >= 5 AND og.path = subpath(s.path, 0, least(5, nlevel(s.path)))
  LEFT JOIN organisations oc ON nlevel(s.path) >= 6 AND oc.path = s.path;
