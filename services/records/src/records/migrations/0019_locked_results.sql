-- BJ-07: while the results of a class are locked, its records of some kinds are no longer entered. Old code survives this: it does not know the table.
SET LOCAL lock_timeout = '5s';
CREATE TABLE locked_results (
    term_id uuid NOT NULL,
    path    ltree NOT NULL,
    version integer NOT NULL,
    locked  boolean NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (term_id, path)
);
COMMENT ON TABLE locked_results IS 'the classes whose results archive locked or unlocked, by term; version: of the class''s score sheet, an older one changes nothing';
