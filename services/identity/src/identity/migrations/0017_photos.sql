-- CS-15: the photo in a student's profile. Old code survives this: it does not know the table.
SET LOCAL lock_timeout = '5s';
CREATE TABLE student_photos (
    student_id uuid PRIMARY KEY REFERENCES students,
    file_id    uuid NOT NULL,
    by_staff   boolean NOT NULL,
    changed_by uuid NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE student_photos IS 'Photos of profiles; file_id: a row of files, attached to photo:<student>';
