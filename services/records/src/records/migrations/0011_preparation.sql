-- What is decided before filling opens: a school's switches, who does not take part, and the lists that staff keep.
SET LOCAL lock_timeout = '5s';
CREATE TABLE term_switches (
    term_id   uuid NOT NULL REFERENCES directory_terms (id),
    switch    text NOT NULL,
    value     boolean NOT NULL,
    frozen_at timestamptz,
    PRIMARY KEY (term_id, switch)
);
COMMENT ON TABLE term_switches IS 'a switch without a row has the value of the scheme; frozen by the first record of certain kinds';
CREATE TABLE switch_changes (
    id      uuid PRIMARY KEY,
    at      timestamptz NOT NULL,
    term_id uuid NOT NULL,
    switch  text NOT NULL,
    value   boolean NOT NULL,
    by_id   uuid NOT NULL,
    by_name text NOT NULL,
    by_role text NOT NULL
);
COMMENT ON TABLE switch_changes IS 'append-only: who set which switch of a term';
CREATE INDEX switch_changes_term ON switch_changes (term_id, id);

CREATE TABLE participation_changes (
    id           uuid PRIMARY KEY,
    at           timestamptz NOT NULL,
    term_id      uuid NOT NULL,
    student_id   uuid NOT NULL,
    version      integer NOT NULL,
    participates boolean NOT NULL,
    reason_code  text,
    note         text,
    by_id        uuid NOT NULL,
    by_name      text NOT NULL,
    by_role      text NOT NULL,
    UNIQUE (term_id, student_id, version)
);
COMMENT ON TABLE participation_changes IS 'append-only: who marked a student as not taking part in a term, or put them back, and why';

CREATE TABLE catalog_items (
    id         uuid PRIMARY KEY,
    catalog    text NOT NULL,
    path       ltree NOT NULL,
    title      text NOT NULL,
    retired    boolean NOT NULL DEFAULT false,
    used       boolean NOT NULL DEFAULT false,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    by_name    text NOT NULL,
    UNIQUE (catalog, path, title)
);
COMMENT ON TABLE catalog_items IS 'choices of fields of type catalog, kept by an organisation; retired ones are offered no more; a used one is in a submitted record and is never deleted';
CREATE TABLE catalog_changes (
    id      uuid PRIMARY KEY,
    at      timestamptz NOT NULL,
    item_id uuid NOT NULL,
    action  text NOT NULL,
    title   text NOT NULL,
    by_id   uuid NOT NULL,
    by_name text NOT NULL,
    by_role text NOT NULL
);
COMMENT ON TABLE catalog_changes IS 'append-only: who added, renamed, retired, restored or removed an item of a list';
CREATE INDEX catalog_changes_item ON catalog_changes (item_id, id);
