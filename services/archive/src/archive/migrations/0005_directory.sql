-- Organisations, students and terms move into the directory's tables; how far a term's archive is has a table of its own,
-- which also tells the backfilled terms of single students (JX-15) from terms of schools.
-- Of organisations there were only level and title: they are marked, and the next event about each fills them in, or the same
-- one that `python -m identity replay` sends again, as the inbox forgets it here. Nothing in archive needs the rest.
-- The old names stay as views for one release: processes of the release before read and lock the same rows while an upgrade
-- rolls, and write organisations and students; what they would write about terms fails, and the request is repeated, the
-- event or job done by a process of this release. Foreign keys are looked at in 0006, without blocking writers.
LOCK TABLE organisations, students, terms IN ACCESS EXCLUSIVE MODE;

INSERT INTO directory_organisations (path, level, title, version, complete)
SELECT path, level, title, version, false FROM organisations;
INSERT INTO directory_students (id, name, path, school_title, grade_title, class_title, status, sex, registry_number, version)
SELECT id, name, path, school_title, grade_title, class_title, status, sex, registry_number, version FROM students;
INSERT INTO directory_terms (id, path, title, school_year, number, scheme_id, scheme_version, time_zone, starts_on, ends_on,
                             windows, version)
SELECT id, path, title, school_year, number, scheme_id, scheme_version, time_zone, starts_on, ends_on, windows, version
  FROM terms;
DELETE FROM inbox WHERE subject LIKE 'identity.organisation.%';

CREATE TABLE term_states (
    term_id         uuid PRIMARY KEY REFERENCES directory_terms (id),
    closed_at       timestamptz,
    cleared_at_once integer,
    state           text NOT NULL DEFAULT 'collecting' CHECK (state IN ('collecting', 'sealing', 'sealed')),
    student_id      uuid,
    backfill        jsonb
);
COMMENT ON COLUMN term_states.student_id IS 'Only this student has the term: it was backfilled.';
INSERT INTO term_states (term_id, closed_at, cleared_at_once, state, student_id, backfill)
SELECT id, closed_at, cleared_at_once, state, student_id, backfill FROM terms;

ALTER TABLE seals DROP CONSTRAINT seals_term_id_fkey,
    ADD CONSTRAINT seals_term_id_fkey FOREIGN KEY (term_id) REFERENCES directory_terms (id) NOT VALID;
ALTER TABLE evaluations DROP CONSTRAINT evaluations_term_id_fkey,
    ADD CONSTRAINT evaluations_term_id_fkey FOREIGN KEY (term_id) REFERENCES directory_terms (id) NOT VALID;

DROP TABLE organisations, students, terms;
CREATE VIEW organisations AS SELECT path, level, title, version FROM directory_organisations;
CREATE VIEW students AS
SELECT id, name, sex, registry_number, path, school_title, grade_title, class_title, status, version FROM directory_students;
CREATE VIEW terms AS
SELECT t.id, t.path, t.title, t.school_year, t.number, t.scheme_id, t.scheme_version, t.time_zone, t.starts_on, t.ends_on,
       t.windows, t.version, s.closed_at, s.cleared_at_once, s.state, s.student_id, s.backfill
  FROM directory_terms t JOIN term_states s ON s.term_id = t.id;
