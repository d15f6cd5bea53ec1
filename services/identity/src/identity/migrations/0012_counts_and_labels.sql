-- The web client names a card's organisation in words, and shows how many accounts of each school are in use. Old code survives this: it does not know the view and the table.
CREATE VIEW organisation_labels AS
SELECT o.path, o.scheme_id, o.scheme_version,
       concat_ws(' ', CASE WHEN nlevel(o.path) > 4 THEN (SELECT a.title FROM organisations a WHERE a.path = subpath(o.path, 0, 4)) END,
                 CASE WHEN nlevel(o.path) > 5 THEN (SELECT a.title FROM organisations a WHERE a.path = subpath(o.path, 0, 5)) END,
                 o.title) AS label
  FROM organisations o;

CREATE TABLE school_counts (
    path             ltree PRIMARY KEY REFERENCES organisations,
    classes          integer NOT NULL,
    students         integer NOT NULL,
    students_in_use  integer NOT NULL,
    with_guardian    integer NOT NULL,
    guardians_in_use integer NOT NULL,
    counted_at       timestamptz NOT NULL
);
COMMENT ON TABLE school_counts IS 'students of each school and their accounts, counted again every few minutes for the levels above';
CREATE INDEX school_counts_age ON school_counts (counted_at);
CREATE INDEX organisations_schools ON organisations (path) WHERE level = 'school';
