-- What archive keeps: what it heard of others, evaluations with their history, and sealed archives under their roots.
CREATE TABLE organisations (
    path    ltree PRIMARY KEY,
    level   text NOT NULL,
    title   text NOT NULL,
    version integer NOT NULL
);

CREATE TABLE students (
    id              uuid PRIMARY KEY,
    name            text NOT NULL,
    sex             text NOT NULL,
    registry_number text NOT NULL,
    path            ltree NOT NULL,
    school_title    text NOT NULL,
    grade_title     text NOT NULL,
    class_title     text NOT NULL,
    status          text NOT NULL,
    version         integer NOT NULL
);
CREATE INDEX students_path ON students USING gist (path);
CREATE INDEX students_place ON students (path, id);

CREATE TABLE terms (
    id              uuid PRIMARY KEY,
    path            ltree NOT NULL,
    title           text NOT NULL,
    school_year     text NOT NULL,
    number          integer NOT NULL,
    scheme_id       text NOT NULL,
    scheme_version  text NOT NULL,
    time_zone       text NOT NULL,
    starts_on       date NOT NULL,
    ends_on         date NOT NULL,
    windows         jsonb NOT NULL,
    version         integer NOT NULL,
    closed_at       timestamptz,
    cleared_at_once integer,
    state           text NOT NULL DEFAULT 'collecting' CHECK (state IN ('collecting', 'sealing', 'sealed'))
);
CREATE INDEX terms_path ON terms (path, starts_on);

CREATE TABLE cases (
    id        uuid PRIMARY KEY,
    term_id   uuid NOT NULL,
    record_id uuid NOT NULL,
    outcome   text,
    closed_at timestamptz
);
CREATE INDEX cases_term ON cases (term_id, closed_at);

-- Seals come before what they hold. One seal is one root: of a school's term, or of one student's career.
CREATE TABLE seals (
    id              uuid PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('term', 'career')),
    term_id         uuid REFERENCES terms (id),
    student_id      uuid,
    path            ltree NOT NULL,
    title           text NOT NULL,
    version         integer NOT NULL,
    state           text NOT NULL CHECK (state IN ('sealing', 'sealed')),
    asked_by        uuid NOT NULL,
    asked_by_name   text NOT NULL,
    made_at         timestamptz NOT NULL,
    without_missing jsonb,
    archives        integer NOT NULL,
    root            text,
    key_id          text NOT NULL,
    sealed_at       timestamptz,
    CHECK ((kind = 'term') = (term_id IS NOT NULL)),
    CHECK ((kind = 'career') = (student_id IS NOT NULL))
);
CREATE UNIQUE INDEX seals_term ON seals (term_id, version) WHERE kind = 'term';
CREATE UNIQUE INDEX seals_career ON seals (student_id, version) WHERE kind = 'career';

-- `draft` is the signed document on its way; it is emptied when the bucket holds it.
CREATE TABLE archives (
    id            uuid PRIMARY KEY,
    seal_id       uuid NOT NULL REFERENCES seals (id),
    kind          text NOT NULL,
    term_id       uuid,
    student_id    uuid NOT NULL,
    student_name  text NOT NULL,
    path          ltree NOT NULL,
    place         integer NOT NULL,
    version       integer NOT NULL,
    superseded_by uuid REFERENCES archives (id),
    code          text NOT NULL UNIQUE,
    document_no   text NOT NULL,
    school_title  text NOT NULL,
    term_title    text NOT NULL,
    state         text NOT NULL CHECK (state IN ('planned', 'written', 'placed', 'ready')),
    leaf_hash     bytea,
    draft         bytea,
    proof         jsonb,
    pdf_key       text,
    pdf_sha256    text,
    pdf_size      integer,
    json_key      text,
    json_sha256   text,
    json_size     integer,
    ready_at      timestamptz,
    problem       text,
    UNIQUE (seal_id, place),
    CHECK (state <> 'ready' OR (pdf_sha256 IS NOT NULL AND json_sha256 IS NOT NULL AND ready_at IS NOT NULL))
);
CREATE UNIQUE INDEX archives_term ON archives (term_id, student_id, version) WHERE kind = 'term';
CREATE UNIQUE INDEX archives_career ON archives (student_id, version) WHERE kind = 'career';
CREATE INDEX archives_waiting ON archives (seal_id, state, path);
CREATE INDEX archives_student ON archives (student_id, id) WHERE state = 'ready';
CREATE INDEX archives_path ON archives USING gist (path) WHERE state = 'ready';
CREATE INDEX archives_pdf ON archives (pdf_sha256) WHERE pdf_sha256 IS NOT NULL;
CREATE INDEX archives_json ON archives (json_sha256) WHERE json_sha256 IS NOT NULL;

CREATE TABLE collected (
    record_id  uuid PRIMARY KEY,
    term_id    uuid NOT NULL,
    student_id uuid NOT NULL,
    kind       text NOT NULL,
    published  boolean NOT NULL,
    version    integer NOT NULL,
    snapshot   jsonb NOT NULL,
    release    jsonb,
    archive_id uuid REFERENCES archives (id),
    late       boolean NOT NULL DEFAULT false
);
CREATE INDEX collected_student ON collected (student_id, term_id);
CREATE INDEX collected_term ON collected (term_id) WHERE published;
CREATE INDEX collected_late ON collected (term_id) WHERE late;

-- Records that count no longer. A tombstone, as it may be heard before what it takes away.
CREATE TABLE gone (
    record_id uuid PRIMARY KEY,
    why       text NOT NULL CHECK (why IN ('voided', 'excluded'))
);

CREATE TABLE positions (
    id         uuid PRIMARY KEY,
    term_id    uuid NOT NULL,
    student_id uuid NOT NULL,
    title      text NOT NULL,
    level      text,
    starts_on  date NOT NULL,
    ends_on    date,
    duties     text,
    version    integer NOT NULL
);
CREATE INDEX positions_student ON positions (student_id, term_id);

CREATE TABLE evaluations (
    id          uuid PRIMARY KEY,
    term_id     uuid NOT NULL REFERENCES terms (id),
    student_id  uuid NOT NULL,
    path        ltree NOT NULL,
    type        text NOT NULL,
    text        text NOT NULL,
    account_id  uuid NOT NULL,
    author_name text NOT NULL,
    written_at  timestamptz NOT NULL,
    batch_id    uuid,
    version     integer NOT NULL,
    UNIQUE (term_id, student_id, type)
);
CREATE INDEX evaluations_student ON evaluations (student_id);
CREATE INDEX evaluations_batch ON evaluations (batch_id) WHERE batch_id IS NOT NULL;

CREATE TABLE evaluation_versions (
    evaluation_id uuid NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
    version       integer NOT NULL,
    text          text NOT NULL,
    account_id    uuid NOT NULL,
    author_name   text NOT NULL,
    written_at    timestamptz NOT NULL,
    batch_id      uuid,
    PRIMARY KEY (evaluation_id, version)
);

CREATE TABLE careers (
    student_id uuid PRIMARY KEY,
    record_ids uuid[] NOT NULL,
    version    integer NOT NULL,
    state      text NOT NULL DEFAULT 'collecting' CHECK (state IN ('collecting', 'sealing', 'sealed'))
);
