-- How far the classes of a term are, counted every few minutes: a district cannot count a million records for each look.
CREATE TABLE class_progress (
    term_id     uuid NOT NULL REFERENCES directory_terms (id),
    path        ltree NOT NULL,
    school_year text NOT NULL,
    number      integer NOT NULL,
    students    integer NOT NULL,
    complete    integer NOT NULL,
    partial     integer NOT NULL,
    waiting     integer NOT NULL,
    waiting_long integer NOT NULL,
    returned    integer NOT NULL,
    confirmed   integer NOT NULL,
    dimensions  jsonb NOT NULL,
    counted_at  timestamptz NOT NULL,
    PRIMARY KEY (term_id, path)
);
CREATE INDEX class_progress_path ON class_progress USING gist (path);

-- One row per school and day, for the curve of a term.
CREATE TABLE school_progress (
    term_id     uuid NOT NULL REFERENCES directory_terms (id),
    day         date NOT NULL,
    path        ltree NOT NULL,
    school_year text NOT NULL,
    number      integer NOT NULL,
    students    integer NOT NULL,
    complete    integer NOT NULL,
    PRIMARY KEY (term_id, day)
);
CREATE INDEX school_progress_path ON school_progress USING gist (path);
