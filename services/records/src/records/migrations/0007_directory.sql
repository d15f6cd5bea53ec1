-- Organisations, students and terms move into the directory's tables; records and positions hang on its terms.
-- The old names stay as views for one release: processes of the release before read and write the same rows through them
-- while an upgrade rolls. The next release drops them. Foreign keys are looked at in 0008, without blocking writers.
LOCK TABLE organisations, students, terms IN ACCESS EXCLUSIVE MODE;

INSERT INTO directory_organisations (path, level, title, stage, scheme_id, scheme_version, time_zone, version)
SELECT path, level, title, stage, scheme_id, scheme_version, time_zone, version FROM organisations;
INSERT INTO directory_students (id, name, path, class_title, status, version)
SELECT id, name, path, class_title, status, version FROM students;
INSERT INTO directory_terms (id, path, title, school_year, number, scheme_id, scheme_version, time_zone, starts_on, ends_on,
                             windows, version)
SELECT id, path, title, school_year, number, scheme_id, scheme_version, time_zone, starts_on, ends_on, windows, version
  FROM terms;

-- records writes the terms: a school has each of them once.
CREATE UNIQUE INDEX directory_terms_once ON directory_terms (path, school_year, number);
ALTER TABLE records DROP CONSTRAINT records_term_id_fkey,
    ADD CONSTRAINT records_term_id_fkey FOREIGN KEY (term_id) REFERENCES directory_terms (id) NOT VALID;
ALTER TABLE positions DROP CONSTRAINT positions_term_id_fkey,
    ADD CONSTRAINT positions_term_id_fkey FOREIGN KEY (term_id) REFERENCES directory_terms (id) NOT VALID;

DROP TABLE organisations, students, terms;
CREATE VIEW organisations AS
SELECT path, level, title, stage, scheme_id, scheme_version, time_zone, version FROM directory_organisations;
CREATE VIEW students AS SELECT id, name, path, class_title, status, version FROM directory_students;
CREATE VIEW terms AS
SELECT id, path, title, school_year, number, scheme_id, scheme_version, time_zone, starts_on, ends_on, windows, version
  FROM directory_terms;

CREATE OR REPLACE FUNCTION handed_in(student uuid, of_kind text, of_term uuid, of_year text, besides uuid, counted text[])
RETURNS TABLE (term bigint, year bigint, stage bigint) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('quota:' || student || ':' || of_kind, 0));
    RETURN QUERY
        SELECT count(*) FILTER (WHERE r.term_id = of_term), count(*) FILTER (WHERE t.school_year = of_year), count(*)
          FROM records r JOIN directory_terms t ON t.id = r.term_id
         WHERE r.student_id = student AND r.kind = of_kind AND r.id <> besides AND r.state = ANY(counted);
END $$;
