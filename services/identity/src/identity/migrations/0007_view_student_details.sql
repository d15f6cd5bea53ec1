-- The view students_seen is called student_details. The old name stays for one release, for code that runs during the upgrade.
CREATE VIEW student_details AS
SELECT s.*, p.name, p.sex, p.born, p.id_number, p.id_number_index,
       os.title AS school_title, og.title AS grade_title, oc.title AS class_title
  FROM students s
  JOIN persons p ON p.id = s.person_id
  LEFT JOIN organisations os ON nlevel(s.path) >= 4 AND os.path = subpath(s.path, 0, least(4, nlevel(s.path)))
  LEFT JOIN organisations og ON nlevel(s.path) >= 5 AND og.path = subpath(s.path, 0, least(5, nlevel(s.path)))
  LEFT JOIN organisations oc ON nlevel(s.path) >= 6 AND oc.path = s.path;
