-- Who is there, where they belong, how they sign in, and what was done: the first tables of identity.
CREATE TABLE organisations (
    path           ltree PRIMARY KEY,
    level          text NOT NULL,
    title          text NOT NULL,
    stage          text,
    scheme_id      text,
    scheme_version text,
    time_zone      text NOT NULL,
    area           char(6),
    own_scheme     boolean NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    made_at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX organisations_below ON organisations USING gist (path);
CREATE UNIQUE INDEX organisations_area ON organisations (area) WHERE level = 'district';

CREATE SEQUENCE area_numbers MINVALUE 1 MAXVALUE 99999;
CREATE TABLE eid_counters (
    area char(6) PRIMARY KEY,
    last integer NOT NULL CHECK (last <= 999999)
);

CREATE TABLE persons (
    id               uuid PRIMARY KEY,
    name             text NOT NULL,
    sex              text CHECK (sex IN ('male', 'female')),
    born             date,
    id_number        text,
    id_number_index  bytea UNIQUE,
    version          integer NOT NULL DEFAULT 1,
    made_at          timestamptz NOT NULL DEFAULT now(),
    CHECK ((id_number IS NULL) = (id_number_index IS NULL))
);

CREATE TABLE accounts (
    id          uuid PRIMARY KEY,
    username    text NOT NULL UNIQUE,
    person_id   uuid NOT NULL REFERENCES persons,
    disabled_at timestamptz,
    made_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX accounts_person ON accounts (person_id);

CREATE TABLE credentials (
    account_id        uuid PRIMARY KEY REFERENCES accounts,
    password_hash     text,
    set_at            timestamptz,
    one_time_mac      bytea,
    one_time_until    timestamptz,
    must_change       boolean NOT NULL DEFAULT true
);

CREATE TABLE students (
    id              uuid PRIMARY KEY,
    person_id       uuid NOT NULL REFERENCES persons,
    account_id      uuid NOT NULL REFERENCES accounts,
    registry_number text NOT NULL UNIQUE,
    student_number  text,
    eid             char(13) NOT NULL UNIQUE,
    path            ltree NOT NULL REFERENCES organisations,
    status          text NOT NULL CHECK (status IN ('enrolled', 'borrowed', 'suspended', 'left')),
    version         integer NOT NULL DEFAULT 1,
    made_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX students_place ON students (path, id);
CREATE INDEX students_below ON students USING gist (path);
CREATE INDEX students_person ON students (person_id);
CREATE INDEX students_account ON students (account_id);

-- What the school registered: these phone numbers may take the child's card.
CREATE TABLE guardians (
    student_id uuid NOT NULL REFERENCES students,
    account_id uuid NOT NULL REFERENCES accounts,
    name       text NOT NULL,
    relation   text NOT NULL,
    source     text NOT NULL,
    removed_at timestamptz,
    made_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (student_id, account_id)
);
CREATE INDEX guardians_account ON guardians (account_id);

-- Account x person x role x place. A student's and a guardian's place is where the student is now.
CREATE TABLE cards (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    person_id  uuid NOT NULL REFERENCES persons,
    role       text NOT NULL,
    path       ltree,
    student_id uuid REFERENCES students,
    taken_at   timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    reason     text,
    CHECK ((role IN ('student', 'guardian')) = (student_id IS NOT NULL)),
    CHECK ((path IS NULL) = (student_id IS NOT NULL))
);
CREATE UNIQUE INDEX cards_staff_once ON cards (account_id, role, path) WHERE revoked_at IS NULL AND student_id IS NULL;
CREATE UNIQUE INDEX cards_student_once ON cards (account_id, role, student_id)
    WHERE revoked_at IS NULL AND student_id IS NOT NULL;
CREATE INDEX cards_student ON cards (student_id) WHERE student_id IS NOT NULL;
CREATE INDEX cards_place ON cards (path, id) WHERE revoked_at IS NULL AND student_id IS NULL;
CREATE INDEX cards_below ON cards USING gist (path) WHERE revoked_at IS NULL AND student_id IS NULL;

-- A session is a family of refresh tokens: each is good once, and a used one that comes back ends the family.
CREATE TABLE sessions (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    card_id    uuid REFERENCES cards,
    client     text NOT NULL,
    made_at    timestamptz NOT NULL,
    until      timestamptz NOT NULL,
    ended_at   timestamptz,
    ended_by   text
);
CREATE INDEX sessions_live ON sessions (account_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_age ON sessions (until);
CREATE TABLE refresh_tokens (
    digest     bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

-- Failures per account and address of the caller; the account is a keyed fingerprint of what was typed.
CREATE TABLE failures (
    target  bytea NOT NULL,
    client  text NOT NULL,
    count   integer NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (target, client)
);
CREATE INDEX failures_age ON failures (last_at);

CREATE TABLE enrolment_changes (
    id          uuid PRIMARY KEY,
    student_id  uuid NOT NULL REFERENCES students,
    from_path   ltree NOT NULL,
    to_path     ltree NOT NULL,
    from_status text NOT NULL,
    to_status   text NOT NULL,
    reason      text NOT NULL,
    by_account  uuid NOT NULL,
    at          timestamptz NOT NULL
);
CREATE INDEX enrolment_changes_student ON enrolment_changes (student_id, at);

CREATE TABLE audit (
    id         uuid PRIMARY KEY,
    at         timestamptz NOT NULL,
    what       text NOT NULL,
    account_id uuid,
    card_id    uuid,
    subject    text,
    client     text,
    detail     jsonb NOT NULL
);
CREATE INDEX audit_account ON audit (account_id, at);
CREATE INDEX audit_subject ON audit (subject, at);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'audit rows stay as they were written'; END $$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A student as every reader wants it: with the person, and the titles of school, grade and class.
CREATE VIEW students_seen AS
SELECT s.*, p.name, p.sex, p.born, p.id_number, p.id_number_index,
       os.title AS school_title, og.title AS grade_title, oc.title AS class_title
  FROM students s
  JOIN persons p ON p.id = s.person_id
  LEFT JOIN organisations os ON nlevel(s.path) >= 4 AND os.path = subpath(s.path, 0, least(4, nlevel(s.path)))
  LEFT JOIN organisations og ON nlevel(s.path) >= 5 AND og.path = subpath(s.path, 0, least(5, nlevel(s.path)))
  LEFT JOIN organisations oc ON nlevel(s.path) >= 6 AND oc.path = s.path;
