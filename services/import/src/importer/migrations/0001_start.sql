-- What import keeps from its first day: places, students, terms and comments as heard; batches with their rows.
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
    id              uuid PRIMARY KEY,
    name            text NOT NULL,
    registry_number text NOT NULL,
    path            ltree NOT NULL,
    grade_title     text NOT NULL,
    class_title     text NOT NULL,
    status          text NOT NULL,
    version         integer NOT NULL
);
CREATE INDEX students_path ON students USING gist (path);
CREATE INDEX students_registry ON students (registry_number);

CREATE TABLE terms (
    id             uuid PRIMARY KEY,
    path           ltree NOT NULL,
    title          text NOT NULL,
    school_year    text NOT NULL,
    number         integer NOT NULL,
    scheme_id      text NOT NULL,
    scheme_version text NOT NULL,
    starts_on      date NOT NULL,
    ends_on        date NOT NULL,
    windows        jsonb NOT NULL,
    version        integer NOT NULL
);
CREATE INDEX terms_path ON terms USING gist (path);

-- Apart from terms: the fact may come before the term's own.
CREATE TABLE sealed_terms (
    term_id uuid PRIMARY KEY
);

CREATE TABLE evaluations (
    term_id         uuid NOT NULL,
    student_id      uuid NOT NULL,
    evaluation_type text NOT NULL,
    PRIMARY KEY (term_id, student_id, evaluation_type)
);

CREATE TABLE batches (
    id              uuid PRIMARY KEY,
    type            text NOT NULL,
    title           text NOT NULL,
    target          text NOT NULL CHECK (target IN ('identity', 'records', 'archive')),
    path            ltree NOT NULL,
    term_id         uuid,
    scheme_id       text,
    scheme_version  text,
    roles           text[] NOT NULL,
    role            text NOT NULL,
    account_id      uuid NOT NULL,
    author_name     text NOT NULL,
    file_id         uuid NOT NULL,
    file_name       text NOT NULL,
    state           text NOT NULL CHECK (state IN
                    ('checking', 'refused', 'checked', 'committing', 'applied', 'undone', 'failed')),
    rows_read       integer NOT NULL DEFAULT 0,
    rows_bad        integer NOT NULL DEFAULT 0,
    problem_count   integer NOT NULL DEFAULT 0,
    refusal_code    text,
    refusal_message text,
    answer_key      text,
    chunks          integer NOT NULL DEFAULT 0,
    chunks_applied  integer NOT NULL DEFAULT 0,
    created         integer NOT NULL DEFAULT 0,
    changed         integer NOT NULL DEFAULT 0,
    unchanged       integer NOT NULL DEFAULT 0,
    not_applied     integer NOT NULL DEFAULT 0,
    removed         integer,
    restored        integer,
    kept            integer,
    created_at      timestamptz NOT NULL,
    checked_at      timestamptz,
    committed_at    timestamptz,
    applied_at      timestamptz,
    undone_at       timestamptz,
    version         integer NOT NULL
);
CREATE INDEX batches_path ON batches USING gist (path);
CREATE INDEX batches_age ON batches (created_at);
CREATE INDEX batches_committing ON batches (type, term_id) WHERE state = 'committing';

-- All that was said about a batch, apart from it, so that lists stay light.
CREATE TABLE batch_findings (
    batch_id uuid PRIMARY KEY REFERENCES batches (id) ON DELETE CASCADE,
    problems jsonb NOT NULL,
    warnings jsonb NOT NULL,
    applied  jsonb NOT NULL DEFAULT '[]'
);

-- Rows that passed every check, with ID numbers sealed: what is committed is what was checked.
CREATE TABLE batch_rows (
    batch_id   uuid NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    no         integer NOT NULL,
    sheet      text NOT NULL,
    row_number integer NOT NULL,
    student_id uuid,
    data       jsonb NOT NULL,
    sealed     jsonb NOT NULL,
    PRIMARY KEY (batch_id, no)
);

CREATE TABLE batch_chunks (
    batch_id uuid NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    chunk    integer NOT NULL,
    PRIMARY KEY (batch_id, chunk)
);
