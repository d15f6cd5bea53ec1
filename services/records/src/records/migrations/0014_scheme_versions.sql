-- X-01: a record keeps the version of the scheme under which it was written. Old code survives this: the column may be empty, and it does not know the table.
SET LOCAL lock_timeout = '5s';
ALTER TABLE records ADD COLUMN scheme_version text;
COMMENT ON COLUMN records.scheme_version IS 'under which the record was written; null: by an older release, then it is the newest version that knows its kind and fields';

CREATE TABLE kind_counts (
    term_id    uuid NOT NULL REFERENCES directory_terms (id),
    kind       text NOT NULL,
    step       text NOT NULL,
    drafts     integer NOT NULL,
    waiting    integer NOT NULL,
    returned   integer NOT NULL,
    finished   integer NOT NULL,
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (term_id, kind, step)
);
COMMENT ON TABLE kind_counts IS 'how many records of each kind a term has, and at which step they wait (empty: at none), counted again every few minutes: the preview of a new version cannot count a district''s records for each look';
