-- What records keeps from its first day: what it heard of identity, terms, records with their history, positions.
CREATE TABLE organisations (
    path           ltree PRIMARY KEY,
    level          text NOT NULL,
    title          text NOT NULL,
    stage          text,
    scheme_id      text,
    scheme_version text,
    time_zone      text NOT NULL,
    version        integer NOT NULL
);
CREATE INDEX organisations_path ON organisations USING gist (path);

CREATE TABLE students (
    id           uuid PRIMARY KEY,
    name         text NOT NULL,
    path         ltree NOT NULL,
    class_title  text NOT NULL,
    status       text NOT NULL,
    version      integer NOT NULL
);
CREATE INDEX students_path ON students USING gist (path);

CREATE TABLE sealed_careers (
    student_id uuid PRIMARY KEY,
    at         timestamptz NOT NULL
);

CREATE TABLE terms (
    id             uuid PRIMARY KEY,
    path           ltree NOT NULL,
    title          text NOT NULL,
    school_year    text NOT NULL,
    number         integer NOT NULL,
    scheme_id      text NOT NULL,
    scheme_version text NOT NULL,
    time_zone      text NOT NULL,
    starts_on      date NOT NULL,
    ends_on        date NOT NULL,
    windows        jsonb NOT NULL,
    version        integer NOT NULL,
    UNIQUE (path, school_year, number)
);
CREATE INDEX terms_path ON terms USING gist (path);

CREATE TABLE records (
    id             uuid PRIMARY KEY,
    term_id        uuid NOT NULL REFERENCES terms (id),
    student_id     uuid NOT NULL,
    student_name   text NOT NULL,
    path           ltree NOT NULL,
    dimension      text NOT NULL,
    kind           text NOT NULL,
    title          text NOT NULL,
    data           jsonb NOT NULL,
    evidence       jsonb NOT NULL,
    state          text NOT NULL
                   CHECK (state IN ('draft', 'submitted', 'returned', 'approved', 'amending', 'voided')),
    step           text,
    reviewer_role  text,
    origin         text NOT NULL CHECK (origin IN ('reported', 'imported', 'entered')),
    level          text NOT NULL,
    visibility     text NOT NULL CHECK (visibility IN ('private', 'class', 'school')),
    author_id      uuid NOT NULL,
    author_name    text NOT NULL,
    author_role    text NOT NULL,
    version        integer NOT NULL,
    created_at     timestamptz NOT NULL,
    submitted_at   timestamptz,
    waits_since    timestamptz,
    reason_code    text,
    note           text,
    cases          uuid[] NOT NULL DEFAULT '{}',
    released_on    date,
    release_reason text,
    released_by    text,
    batch_id       uuid,
    batch_row      integer,
    import_key     text,
    before_batch   jsonb
);
CREATE INDEX records_waiting ON records (term_id, state, id DESC);
CREATE INDEX records_of_student ON records (student_id, term_id, id DESC);
CREATE INDEX records_path ON records USING gist (path);
CREATE INDEX records_words ON records USING gin ((title || ' ' || student_name) gin_trgm_ops);
CREATE INDEX records_batch ON records (batch_id) WHERE batch_id IS NOT NULL;
CREATE UNIQUE INDEX records_imported_once ON records (term_id, kind, student_id, import_key)
    WHERE import_key IS NOT NULL AND state <> 'voided';

CREATE TABLE record_history (
    id          uuid PRIMARY KEY,
    record_id   uuid NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    at          timestamptz NOT NULL,
    by_id       uuid,
    by_name     text NOT NULL,
    by_role     text NOT NULL,
    action      text NOT NULL,
    from_state  text,
    to_state    text NOT NULL,
    step        text,
    reason_code text,
    note        text,
    version     integer NOT NULL
);
CREATE INDEX record_history_of ON record_history (record_id, id);

CREATE TABLE undone_batches (
    batch_id uuid PRIMARY KEY,
    reason   text NOT NULL
);

CREATE TABLE positions (
    id            uuid PRIMARY KEY,
    term_id       uuid NOT NULL REFERENCES terms (id),
    student_id    uuid NOT NULL,
    student_name  text NOT NULL,
    path          ltree NOT NULL,
    data          jsonb NOT NULL,
    state         text NOT NULL CHECK (state IN ('submitted', 'returned', 'approved')),
    step          text,
    reviewer_role text,
    version       integer NOT NULL,
    submitted_at  timestamptz NOT NULL,
    reason_code   text,
    note          text
);
CREATE INDEX positions_waiting ON positions (term_id, state, id DESC);
CREATE INDEX positions_of_student ON positions (student_id, term_id, id DESC);
CREATE INDEX positions_path ON positions USING gist (path);
