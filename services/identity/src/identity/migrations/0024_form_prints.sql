-- NR-01: confirmation forms on their way to a PDF, class by class. Old code survives this: it does not know the tables.
SET LOCAL lock_timeout = '5s';
CREATE TABLE form_prints (
    id         uuid PRIMARY KEY,
    path       ltree NOT NULL,
    student_id uuid,
    account_id uuid NOT NULL,
    full_numbers boolean NOT NULL,
    title      text NOT NULL,
    classes    integer NOT NULL,
    made_at    timestamptz NOT NULL
);
COMMENT ON TABLE form_prints IS 'orders of confirmation forms; deleted after a day';
CREATE INDEX form_prints_account ON form_prints (account_id, made_at);

CREATE TABLE form_print_parts (
    print_id uuid NOT NULL REFERENCES form_prints ON DELETE CASCADE,
    path     ltree NOT NULL,
    position    integer NOT NULL,
    forms    integer,
    sealed   bytea,
    PRIMARY KEY (print_id, path)
);
COMMENT ON TABLE form_print_parts IS 'the forms of one class as an encrypted PDF; sealed is null until it is rendered';
