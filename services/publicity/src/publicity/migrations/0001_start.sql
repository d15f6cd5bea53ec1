-- What publicity keeps: terms and students as heard, entries, cases with their way, and who looked at the board.
CREATE TABLE terms (
    id             uuid PRIMARY KEY,
    path           ltree NOT NULL,
    title          text NOT NULL,
    school_year    text NOT NULL,
    number         integer NOT NULL,
    scheme_id      text NOT NULL,
    scheme_version text NOT NULL,
    time_zone      text NOT NULL,
    windows        jsonb NOT NULL,
    version        integer NOT NULL,
    opens_at       timestamptz,
    closes_at      timestamptz,
    opened_at      timestamptz,
    closed_at      timestamptz
);
CREATE INDEX terms_path ON terms (path);

CREATE TABLE students (
    id           uuid PRIMARY KEY,
    path         ltree NOT NULL,
    name         text NOT NULL,
    grade_title  text NOT NULL,
    class_title  text NOT NULL,
    version      integer NOT NULL
);
CREATE INDEX students_path ON students (path);

CREATE TABLE places (
    path        ltree PRIMARY KEY,
    grade_title text NOT NULL,
    class_title text NOT NULL
);

CREATE TABLE entries (
    id             uuid PRIMARY KEY,
    record_id      uuid NOT NULL UNIQUE,
    term_id        uuid NOT NULL,
    student_id     uuid NOT NULL,
    student_name   text NOT NULL,
    path           ltree NOT NULL,
    dimension      text NOT NULL,
    kind           text NOT NULL,
    title          text NOT NULL,
    record_version integer NOT NULL,
    snapshot       jsonb NOT NULL,
    state          text NOT NULL CHECK (state IN ('eligible', 'selected', 'cleared', 'excluded', 'voided')),
    automatic      boolean NOT NULL,
    open_cases     integer NOT NULL DEFAULT 0 CHECK (open_cases >= 0),
    selected_at    timestamptz,
    ended_at       timestamptz,
    version        integer NOT NULL DEFAULT 1
);
CREATE INDEX entries_board ON entries (term_id, path, student_id, id) WHERE state = 'selected';
CREATE INDEX entries_student ON entries (student_id, id);
CREATE INDEX entries_term ON entries (term_id, state, id);
CREATE INDEX entries_path ON entries USING gist (path);

CREATE TABLE cases (
    id                     uuid PRIMARY KEY,
    case_type              text NOT NULL,
    entry_id               uuid NOT NULL REFERENCES entries (id),
    term_id                uuid NOT NULL,
    record_id              uuid NOT NULL,
    student_id             uuid NOT NULL,
    path                   ltree NOT NULL,
    title                  text NOT NULL,
    complainant_account_id uuid NOT NULL,
    complaint_type         text,
    text                   text NOT NULL,
    one_open               boolean NOT NULL,
    parties                text[] NOT NULL,
    stage                  text NOT NULL,
    stage_no               integer NOT NULL,
    waits_for              text[] NOT NULL,
    begun_at               timestamptz,
    due_at                 timestamptz,
    overdue                boolean NOT NULL DEFAULT false,
    proposed               text,
    amended_stage_no       integer,
    last_action_title      text,
    last_reason            text,
    before                 jsonb NOT NULL,
    after                  jsonb,
    outcome                text,
    opened_at              timestamptz NOT NULL,
    closed_at              timestamptz,
    version                integer NOT NULL
);
CREATE UNIQUE INDEX cases_one_open ON cases (entry_id, complainant_account_id) WHERE closed_at IS NULL AND one_open;
CREATE INDEX cases_entry ON cases (entry_id, id);
CREATE INDEX cases_open ON cases (term_id, id) WHERE closed_at IS NULL;
CREATE INDEX cases_term ON cases (term_id, id);
CREATE INDEX cases_student ON cases (student_id, id);
CREATE INDEX cases_complainant ON cases (complainant_account_id, id);
CREATE INDEX cases_path ON cases USING gist (path);

CREATE TABLE case_steps (
    case_id      uuid NOT NULL REFERENCES cases (id),
    no           integer NOT NULL,
    stage        text NOT NULL,
    stage_title  text NOT NULL,
    action       text NOT NULL,
    action_title text NOT NULL,
    actor_role   text NOT NULL,
    account_id   uuid,
    reason_code  text,
    reason       text,
    text         text,
    at           timestamptz NOT NULL,
    PRIMARY KEY (case_id, no)
);

CREATE TABLE board_views (
    id         uuid PRIMARY KEY,
    at         timestamptz NOT NULL,
    account_id uuid NOT NULL,
    card_id    uuid NOT NULL,
    role       text NOT NULL,
    entry_id   uuid NOT NULL,
    file_id    uuid
);
CREATE INDEX board_views_entry ON board_views (entry_id, at);

CREATE FUNCTION keep_as_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only added to', TG_TABLE_NAME;
END $$;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON board_views FOR EACH STATEMENT EXECUTE FUNCTION keep_as_written();
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON case_steps FOR EACH STATEMENT EXECUTE FUNCTION keep_as_written();
