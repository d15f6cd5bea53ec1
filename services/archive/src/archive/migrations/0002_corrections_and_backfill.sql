-- What is sealed is corrected by new versions, terms before a transfer are backfilled, and what the school did is on record.

-- Where the student was when the archive was sealed; rows from before fall back to where the student is.
ALTER TABLE archives ADD COLUMN grade_title text, ADD COLUMN class_title text;
CREATE INDEX archives_newest ON archives (term_id, path, id) WHERE state = 'ready' AND superseded_by IS NULL;

-- `waiting`: for the second signature; `making`: the new version is on its way.
CREATE TABLE corrections (
    id               uuid PRIMARY KEY,
    archive_id       uuid NOT NULL REFERENCES archives (id),
    student_id       uuid NOT NULL,
    path             ltree NOT NULL,
    reason           text NOT NULL,
    state            text NOT NULL CHECK (state IN ('waiting', 'making', 'done', 'declined')),
    second_by        text,
    asked_by         uuid NOT NULL,
    asked_by_name    text NOT NULL,
    asked_at         timestamptz NOT NULL,
    answered_by      uuid,
    answered_by_name text,
    answered_at      timestamptz,
    note             text,
    seal_id          uuid REFERENCES seals (id),
    version          integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX corrections_open ON corrections (archive_id) WHERE state IN ('waiting', 'making');
CREATE UNIQUE INDEX corrections_seal ON corrections (seal_id) WHERE seal_id IS NOT NULL;
CREATE INDEX corrections_path ON corrections USING gist (path);
CREATE INDEX corrections_archive ON corrections (archive_id, id);

-- A term that only one student has: it was spent at a school outside, and is filled in here. Its id is the backfill's.
ALTER TABLE terms ADD COLUMN student_id uuid, ADD COLUMN backfill jsonb;
DROP INDEX terms_path;
CREATE INDEX terms_path ON terms (path, starts_on) WHERE student_id IS NULL;

CREATE TABLE backfills (
    id             uuid PRIMARY KEY,
    student_id     uuid NOT NULL,
    path           ltree NOT NULL,
    scheme_id      text NOT NULL,
    scheme_version text NOT NULL,
    time_zone      text NOT NULL,
    school_year    text NOT NULL,
    number         integer NOT NULL,
    starts_on      date NOT NULL,
    ends_on        date NOT NULL,
    from_province  text NOT NULL,
    from_school    text NOT NULL,
    transferred_on date NOT NULL,
    profile        jsonb NOT NULL,
    positions      jsonb NOT NULL,
    evaluations    jsonb NOT NULL,
    made_by        uuid NOT NULL,
    made_by_name   text NOT NULL,
    made_at        timestamptz NOT NULL,
    version        integer NOT NULL,
    UNIQUE (student_id, school_year, number)
);
CREATE INDEX backfills_path ON backfills USING gist (path);

CREATE TABLE backfill_records (
    id          uuid PRIMARY KEY,
    backfill_id uuid NOT NULL REFERENCES backfills (id) ON DELETE CASCADE,
    kind        text NOT NULL,
    title       text NOT NULL,
    data        jsonb NOT NULL,
    evidence    jsonb NOT NULL
);
CREATE INDEX backfill_records_of ON backfill_records (backfill_id, id);

-- Every closing of publicity that was told: a term may close grade by grade.
CREATE TABLE closings (
    event_key  text PRIMARY KEY,
    term_id    uuid NOT NULL,
    entries    integer NOT NULL,
    in_dispute integer NOT NULL,
    at         timestamptz NOT NULL
);
CREATE INDEX closings_term ON closings (term_id);

CREATE TABLE audit (
    id         uuid PRIMARY KEY,
    at         timestamptz NOT NULL,
    what       text NOT NULL,
    account_id uuid NOT NULL,
    name       text NOT NULL,
    path       ltree NOT NULL,
    subject    uuid,
    detail     jsonb NOT NULL
);
CREATE INDEX audit_path ON audit USING gist (path);
CREATE INDEX audit_at ON audit (at, id);
COMMENT ON TABLE audit IS 'append-only: who sealed, corrected, backfilled or took away archives';
