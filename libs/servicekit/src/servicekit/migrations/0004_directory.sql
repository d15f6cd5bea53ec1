-- Organisations, students and terms had tables of their own in five services, each a little different: the kit owns one shape.
-- A service's own migration copies what it had. `complete`: false where it had less than is kept now; the next event about
-- the row, also of the version that is there already (`python -m <service> replay` sends it again), fills it in.
CREATE TABLE directory_organisations (
    path           ltree PRIMARY KEY,
    level          text NOT NULL,
    title          text NOT NULL,
    stage          text,
    scheme_id      text,
    scheme_version text,
    time_zone      text,
    version        integer NOT NULL,
    complete       boolean NOT NULL DEFAULT true
);
CREATE INDEX directory_organisations_path ON directory_organisations USING gist (path);

-- A service keeps of a student what it needs; columns that it does not keep are empty in all rows.
CREATE TABLE directory_students (
    id              uuid PRIMARY KEY,
    name            text NOT NULL,
    path            ltree NOT NULL,
    school_title    text NOT NULL DEFAULT '',
    grade_title     text NOT NULL DEFAULT '',
    class_title     text NOT NULL DEFAULT '',
    status          text NOT NULL DEFAULT '',
    sex             text NOT NULL DEFAULT '',
    registry_number text NOT NULL DEFAULT '',
    version         integer NOT NULL
);
COMMENT ON COLUMN directory_students.registry_number IS 'masked (ADR 5)';
CREATE INDEX directory_students_path ON directory_students USING gist (path);
CREATE INDEX directory_students_in_order ON directory_students (path, id);
CREATE INDEX directory_students_names ON directory_students (name text_pattern_ops);

CREATE TABLE directory_terms (
    id             uuid PRIMARY KEY,
    path           ltree NOT NULL,
    title          text NOT NULL,
    school_year    text NOT NULL DEFAULT '',
    number         integer NOT NULL DEFAULT 0,
    scheme_id      text NOT NULL,
    scheme_version text NOT NULL,
    time_zone      text,
    starts_on      date NOT NULL DEFAULT '-infinity',
    ends_on        date NOT NULL DEFAULT 'infinity',
    windows        jsonb NOT NULL DEFAULT '[]',
    version        integer NOT NULL,
    complete       boolean NOT NULL DEFAULT true
);
CREATE INDEX directory_terms_path ON directory_terms USING gist (path);
CREATE INDEX directory_terms_in_order ON directory_terms (path, starts_on);
