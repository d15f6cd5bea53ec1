-- NR-02, NR-03: upload codes, and the signed forms that families photographed. Old code survives this: it does not know the tables.
SET LOCAL lock_timeout = '5s';
CREATE TABLE upload_codes (
    student_id uuid PRIMARY KEY,
    code_index bytea NOT NULL UNIQUE,
    serial     integer NOT NULL
);
COMMENT ON TABLE upload_codes IS 'keyed hash of the upload code on each student''s form; the newest serial counts';

CREATE TABLE upload_code_failures (
    account_id uuid PRIMARY KEY,
    failures   integer NOT NULL,
    last_at    timestamptz NOT NULL
);
COMMENT ON TABLE upload_code_failures IS 'wrong upload codes that an account typed; after some it has to wait';

CREATE TABLE signed_forms (
    id          uuid PRIMARY KEY,
    school_year text NOT NULL,
    term_id     uuid NOT NULL,
    student_id  uuid NOT NULL,
    path        ltree NOT NULL,
    matched     text NOT NULL CHECK (matched IN ('picture', 'typed', 'by_eye')),
    account_id  uuid NOT NULL,
    author_name text NOT NULL,
    author_role text NOT NULL,
    at          timestamptz NOT NULL,
    replaced_at timestamptz,
    returned_at timestamptz,
    returned_by text,
    reason      text
);
COMMENT ON TABLE signed_forms IS 'photographed forms; one is in force for a student and school year, earlier ones stay';
CREATE UNIQUE INDEX signed_forms_in_force ON signed_forms (student_id, school_year) WHERE replaced_at IS NULL;

CREATE TABLE signed_form_files (
    form_id uuid NOT NULL REFERENCES signed_forms,
    number  integer NOT NULL,
    file_id uuid NOT NULL,
    PRIMARY KEY (form_id, number)
);
COMMENT ON TABLE signed_form_files IS 'the photos of a signed form in order; file_id: a row of files, attached to signed_form:<id>';
