-- SH-12: each school keeps a contact sheet, which its district reads and exports. Old code survives this: it does not know the table.
SET LOCAL lock_timeout = '5s';
CREATE TABLE contacts (
    path       ltree NOT NULL REFERENCES organisations,
    line       text NOT NULL,
    name       text NOT NULL,
    post       text NOT NULL,
    phone      text NOT NULL,
    qq         text NOT NULL,
    note       text NOT NULL,
    main       boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (path, line)
);
COMMENT ON TABLE contacts IS 'the contact sheet of each school: one person for each line that its scheme names';
CREATE INDEX contacts_below ON contacts USING gist (path);
