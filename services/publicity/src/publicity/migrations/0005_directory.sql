-- Students and terms move into the directory's tables; what publicity itself did about a term has a table of its own.
-- Terms here had neither first nor last day: they are marked, and the next event about each fills them in, or the same one
-- that `python -m records replay` sends again, as the inbox forgets it here. Nothing in publicity needs these days.
-- The old names stay as views for one release: processes of the release before read and lock the same rows while an upgrade
-- rolls, and write students; what they would write about terms fails, and the event or job is done by a process of this one.
LOCK TABLE students, terms IN ACCESS EXCLUSIVE MODE;

INSERT INTO directory_students (id, name, path, grade_title, class_title, version)
SELECT id, name, path, grade_title, class_title, version FROM students;
INSERT INTO directory_terms (id, path, title, school_year, number, scheme_id, scheme_version, time_zone, windows, version,
                             complete)
SELECT id, path, title, school_year, number, scheme_id, scheme_version, time_zone, windows, version, false FROM terms;

-- When publicity is to open and to close, and when it did.
CREATE TABLE publicity_terms (
    term_id   uuid PRIMARY KEY REFERENCES directory_terms (id),
    opens_at  timestamptz,
    closes_at timestamptz,
    opened_at timestamptz,
    closed_at timestamptz
);
INSERT INTO publicity_terms (term_id, opens_at, closes_at, opened_at, closed_at)
SELECT id, opens_at, closes_at, opened_at, closed_at FROM terms;

DELETE FROM inbox WHERE subject LIKE 'records.term.%';

DROP TABLE students, terms;
CREATE VIEW students AS SELECT id, path, name, grade_title, class_title, version FROM directory_students;
CREATE VIEW terms AS
SELECT t.id, t.path, t.title, t.school_year, t.number, t.scheme_id, t.scheme_version, t.time_zone, t.windows, t.version,
       p.opens_at, p.closes_at, p.opened_at, p.closed_at
  FROM directory_terms t JOIN publicity_terms p ON p.term_id = t.id;
