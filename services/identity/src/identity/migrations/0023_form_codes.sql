-- NR-02: the two codes of every student's confirmation form. Old code survives this: it does not know the table.
SET LOCAL lock_timeout = '5s';
CREATE TABLE form_codes (
    student_id uuid NOT NULL REFERENCES students ON DELETE CASCADE,
    kind       text NOT NULL CHECK (kind IN ('registration', 'upload')),
    code_index bytea NOT NULL UNIQUE,
    sealed     text NOT NULL,
    serial     integer NOT NULL DEFAULT 1,
    issued_at  timestamptz NOT NULL,
    printed_at timestamptz,
    used_by    uuid,
    used_at    timestamptz,
    PRIMARY KEY (student_id, kind)
);
COMMENT ON TABLE form_codes IS 'codes on confirmation forms: keyed hash and sealed text; serial counts the resets; used_by: the parent''s account';
