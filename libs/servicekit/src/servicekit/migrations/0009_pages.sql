-- Viewers show PDFs as pictures of their pages and need sizes before a picture comes: of the files, and of the pages of any PDF.
-- Which pictures exist is stored, so that no process makes one again. Columns are empty in rows of earlier releases.
SET LOCAL lock_timeout = '5s';
ALTER TABLE files ADD COLUMN width integer, ADD COLUMN height integer, ADD COLUMN pages integer;
CREATE TABLE page_sets (
    object_key text PRIMARY KEY,
    pages      integer NOT NULL,
    sizes      jsonb NOT NULL
);
COMMENT ON COLUMN page_sets.sizes IS 'width and height in points of each page that may be drawn; pages may be more';
CREATE TABLE page_pictures (
    object_key    text NOT NULL,
    width         integer NOT NULL,
    block         integer NOT NULL,
    state         text NOT NULL CHECK (state IN ('making', 'ready', 'refused')),
    claimed_until timestamptz,
    PRIMARY KEY (object_key, width, block)
);
