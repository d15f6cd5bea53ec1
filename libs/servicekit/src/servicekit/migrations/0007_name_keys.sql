-- L-05: students are searched by the key of their name. Rows of older releases have none until a chore computes it.
SET LOCAL lock_timeout = '5s';
ALTER TABLE directory_students ADD COLUMN name_key text;
COMMENT ON COLUMN directory_students.name_key IS 'people.name_key of name; empty: not computed yet';
CREATE INDEX directory_students_without_key ON directory_students (id) WHERE name_key IS NULL;
CREATE INDEX directory_students_name_keys ON directory_students (name_key text_pattern_ops);
-- Code that does not know name_key changes the name only: its key is then computed again.
CREATE FUNCTION forget_student_name_key() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NEW.name <> OLD.name AND NEW.name_key IS NOT DISTINCT FROM OLD.name_key THEN
        NEW.name_key := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER directory_students_name_key_stale BEFORE UPDATE OF name ON directory_students
    FOR EACH ROW EXECUTE FUNCTION forget_student_name_key();
