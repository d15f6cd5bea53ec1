-- BJ-01, BJ-02: education ids of any length, staff have one, too; resets by people who forgot their login name. Stop older code first: views are replaced.
SET LOCAL lock_timeout = '5s';
DROP VIEW claim_details;
DROP VIEW student_details;
DROP VIEW IF EXISTS students_seen;
ALTER TABLE students ALTER COLUMN eid TYPE text;
CREATE VIEW student_details AS
SELECT s.*, p.name, p.name_key, p.sex, p.born, p.document_type, p.id_number, p.id_number_index,
       os.title AS school_title, og.title AS grade_title, oc.title AS class_title, coalesce(oc.ordering, s.path) AS ordering
  FROM students s
  JOIN persons p ON p.id = s.person_id
  LEFT JOIN organisations os ON nlevel(s.path) >= 4 AND os.path = subpath(s.path, 0, least(4, nlevel(s.path)))
  LEFT JOIN organisations og ON nlevel(s.path) >= 5 AND og.path = subpath(s.path, 0, least(5, nlevel(s.path)))
  LEFT JOIN organisations oc ON nlevel(s.path) >= 6 AND oc.path = s.path;
CREATE VIEW claim_details AS
SELECT c.id, c.student_id, s.name AS student_name, s.registry_number, s.version AS student_version, c.school,
       os.title AS school_title, c.path,
       coalesce(oc.title, '') AS class_title, h.path AS held_by, h.title AS held_by_title,
       c.batch_id, c.asked_at, c.state, c.resolved_at, c.reason
  FROM student_claims c
  JOIN student_details s ON s.id = c.student_id
  JOIN organisations os ON os.path = c.school
  LEFT JOIN organisations oc ON oc.path = c.path
  JOIN organisations h ON h.path = CASE WHEN c.state = 'open' THEN subpath(s.path, 0, least(4, nlevel(s.path))) ELSE c.held_by END;

ALTER TABLE accounts ADD COLUMN education_id text UNIQUE;
CREATE INDEX guardians_phone ON guardians (phone);
CREATE INDEX guardians_document ON guardians (id_number_index) WHERE id_number_index IS NOT NULL;
COMMENT ON COLUMN accounts.education_id IS 'of a member of staff, beside the login name; a student''s is the login name itself';
