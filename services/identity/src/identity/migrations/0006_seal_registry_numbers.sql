-- A registry number holds an ID number: kept sealed, found by fingerprint, shown masked (ADR 5). Stop older code first.
ALTER TABLE students DROP CONSTRAINT students_registry_number_key;
ALTER TABLE students ADD COLUMN registry_sealed text, ADD COLUMN registry_index bytea UNIQUE;
COMMENT ON COLUMN students.registry_number IS 'masked; rows without registry_sealed are sealed when the service starts';
CREATE INDEX students_unsealed ON students (id) WHERE registry_sealed IS NULL;

DROP VIEW students_seen;
CREATE VIEW students_seen AS
SELECT s.*, p.name, p.sex, p.born, p.id_number, p.id_number_index,
       os.title AS school_title, og.title AS grade_title, oc.title AS class_title
  FROM students s
  JOIN persons p ON p.id = s.person_id
  LEFT JOIN organisations os ON nlevel(s.path) >= 4 AND os.path = subpath(s.path, 0, least(4, nlevel(s.path)))
  LEFT JOIN organisations og ON nlevel(s.path) >= 5 AND og.path = subpath(s.path, 0, least(5, nlevel(s.path)))
  LEFT JOIN organisations oc ON nlevel(s.path) >= 6 AND oc.path = s.path;
