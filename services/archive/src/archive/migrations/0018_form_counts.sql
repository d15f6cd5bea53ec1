-- NR-04: how many signed forms are uploaded at each level, as counters. Old code survives this: it does not know the tables.
SET LOCAL lock_timeout = '5s';
CREATE TABLE form_rounds (
    school      ltree NOT NULL,
    school_year text NOT NULL,
    ends_on     date NOT NULL,
    PRIMARY KEY (school, school_year)
);
COMMENT ON TABLE form_rounds IS 'school years in which a school''s scheme verifies the data of all students; until when they change';

CREATE TABLE form_students (
    school_year text NOT NULL,
    student_id  uuid NOT NULL,
    path        ltree NOT NULL,
    uploaded    boolean NOT NULL,
    PRIMARY KEY (student_id, school_year)
);
COMMENT ON TABLE form_students IS 'as what each student is counted in form_counts now';

CREATE TABLE form_counts (
    school_year text NOT NULL,
    path        ltree NOT NULL,
    parent      ltree NOT NULL,
    students    integer NOT NULL,
    uploaded    integer NOT NULL,
    PRIMARY KEY (path, school_year)
);
COMMENT ON TABLE form_counts IS 'students and uploaded forms of every organisation from province to class: sums of form_students';
CREATE INDEX form_counts_parent ON form_counts (parent, school_year, path);
