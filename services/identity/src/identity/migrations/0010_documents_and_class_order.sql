-- L-03: identity documents of every type, replaced registry numbers; L-05: search by name key; L-07: the school's order of classes. Older code keeps working: it writes rows without the new columns.
ALTER TABLE persons ADD COLUMN document_type text, ADD COLUMN name_key text;
UPDATE persons SET document_type = 'resident_id' WHERE id_number IS NOT NULL;
COMMENT ON COLUMN persons.document_type IS 'people.DocumentType of id_number; none: has no document; null: not known (with id_number: resident_id)';
COMMENT ON COLUMN persons.name_key IS 'people.name_key of name; rows without it get it when the service starts';
CREATE INDEX persons_without_key ON persons (id) WHERE name_key IS NULL;
CREATE INDEX persons_name_key ON persons (name_key);
-- Code that does not know name_key changes the name only: its key is then computed again.
CREATE FUNCTION forget_name_key() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NEW.name <> OLD.name AND NEW.name_key IS NOT DISTINCT FROM OLD.name_key THEN
        NEW.name_key := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER persons_name_key_stale BEFORE UPDATE OF name ON persons FOR EACH ROW EXECUTE FUNCTION forget_name_key();

ALTER TABLE guardians ADD COLUMN document_type text, ADD COLUMN id_number text, ADD COLUMN id_number_index bytea;
COMMENT ON COLUMN guardians.id_number_index IS 'of the document that the school registered for this guardian; null: not known';

CREATE TABLE former_registry_numbers (
    registry_index  bytea PRIMARY KEY,
    registry_sealed text NOT NULL,
    student_id      uuid NOT NULL REFERENCES students ON DELETE CASCADE,
    replaced_at     timestamptz NOT NULL
);
COMMENT ON TABLE former_registry_numbers IS 'numbers that were replaced or corrected: an older list still finds the student';
CREATE INDEX former_registry_numbers_student ON former_registry_numbers (student_id);

ALTER TABLE organisations ADD COLUMN position integer CHECK (position BETWEEN 1 AND 9999);
ALTER TABLE organisations ADD COLUMN ordering ltree GENERATED ALWAYS AS (
    CASE WHEN position IS NULL OR nlevel(path) < 2 THEN path
         ELSE subpath(path, 0, -1) || lpad(position::text, 4, '0') END) STORED;
COMMENT ON COLUMN organisations.position IS 'the school''s own order of its classes; null: by path';
CREATE INDEX organisations_ordering ON organisations (ordering, path);

CREATE TABLE roster_changes (
    batch_id   uuid NOT NULL,
    number     bigint GENERATED ALWAYS AS IDENTITY,
    row        integer NOT NULL,
    what       text NOT NULL,
    student_id uuid,
    account_id uuid,
    path       ltree,
    before     jsonb NOT NULL,
    after      jsonb NOT NULL,
    at         timestamptz NOT NULL,
    undone_at  timestamptz,
    PRIMARY KEY (batch_id, number)
);
COMMENT ON TABLE roster_changes IS 'what each roster changed, so that it can be undone (L-10); numbers are sealed';
CREATE INDEX roster_changes_student ON roster_changes (student_id, number) WHERE student_id IS NOT NULL;
CREATE INDEX roster_changes_account ON roster_changes (account_id, number) WHERE account_id IS NOT NULL;
CREATE INDEX roster_changes_age ON roster_changes (at);

CREATE TABLE roster_undos (
    batch_id   uuid PRIMARY KEY,
    path       ltree NOT NULL,
    account_id uuid NOT NULL,
    reason     text NOT NULL,
    asked_at   timestamptz NOT NULL,
    parts      integer NOT NULL,
    done_at    timestamptz
);
COMMENT ON TABLE roster_undos IS 'rosters that were undone; parts: so many questions to each other service';
CREATE TABLE roster_undo_answers (
    batch_id uuid NOT NULL REFERENCES roster_undos,
    service  text NOT NULL,
    part     integer NOT NULL,
    used     uuid[] NOT NULL,
    PRIMARY KEY (batch_id, service, part)
);

CREATE TABLE student_claims (
    id          uuid PRIMARY KEY,
    student_id  uuid NOT NULL REFERENCES students ON DELETE CASCADE,
    school      ltree NOT NULL,
    path        ltree NOT NULL,
    held_by     ltree NOT NULL,
    batch_id    uuid NOT NULL,
    asked_by    uuid NOT NULL,
    asked_at    timestamptz NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'moved', 'stays', 'withdrawn')),
    resolved_by uuid,
    resolved_at timestamptz,
    reason      text
);
COMMENT ON TABLE student_claims IS 'a school''s roster names a student of another school; the level above both decides (L-10)';
CREATE UNIQUE INDEX student_claims_open ON student_claims (student_id, school) WHERE state = 'open';
CREATE INDEX student_claims_school ON student_claims USING gist (school) WHERE state = 'open';
CREATE INDEX student_claims_held_by ON student_claims USING gist (held_by) WHERE state = 'open';

DROP VIEW student_details;
CREATE VIEW student_details AS
SELECT s.*, p.name, p.name_key, p.sex, p.born, p.document_type, p.id_number, p.id_number_index,
       os.title AS school_title, og.title AS grade_title, oc.title AS class_title, coalesce(oc.ordering, s.path) AS ordering
  FROM students s
  JOIN persons p ON p.id = s.person_id
  LEFT JOIN organisations os ON nlevel(s.path) >= 4 AND os.path = subpath(s.path, 0, least(4, nlevel(s.path)))
  LEFT JOIN organisations og ON nlevel(s.path) >= 5 AND og.path = subpath(s.path, 0, least(5, nlevel(s.path)))
  LEFT JOIN organisations oc ON nlevel(s.path) >= 6 AND oc.path = s.path;

-- A claim with the names that both schools and the level above see. While it is open, the student's present school counts.
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
