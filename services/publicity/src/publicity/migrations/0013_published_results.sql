-- Locked results, published in steps, and cases against them (X-15).
SET LOCAL lock_timeout = '5s';
CREATE TABLE result_classes (
    term_id    uuid NOT NULL,
    path       ltree NOT NULL,
    version    integer NOT NULL,
    locked_at  timestamptz,
    settled_at timestamptz,
    PRIMARY KEY (term_id, path)
);
COMMENT ON TABLE result_classes IS 'classes whose results are published: the version of their lock, and since when; locked_at empty: unlocked';

CREATE TABLE results (
    id           uuid PRIMARY KEY,
    term_id      uuid NOT NULL,
    student_id   uuid NOT NULL,
    path         ltree NOT NULL,
    lock_version integer NOT NULL,
    version      integer NOT NULL,
    grades       jsonb NOT NULL,
    open_cases   integer NOT NULL DEFAULT 0 CHECK (open_cases >= 0),
    UNIQUE (term_id, student_id)
);
COMMENT ON TABLE results IS 'the locked result of each student; published while its class is locked at lock_version';
COMMENT ON COLUMN results.grades IS 'by dimension: the id of the band, and the score';
CREATE INDEX results_class ON results (term_id, path, student_id);

ALTER TABLE cases DROP CONSTRAINT cases_entry_id_fkey;
ALTER TABLE cases ADD COLUMN about text NOT NULL DEFAULT 'record';
ALTER TABLE cases ADD COLUMN grades_before jsonb;
ALTER TABLE cases ADD COLUMN grades_after jsonb;
COMMENT ON COLUMN cases.entry_id IS 'The entry that it is about, or the result (about).';
COMMENT ON COLUMN cases.grades_before IS 'Of a case about a result: the bands by dimension when it was opened.';
COMMENT ON COLUMN cases.grades_after IS 'Those that a decision put in their place.';
