-- A board that stays quick: names and titles found by pairs of signs, counts out of one index, every page's look written down.
CREATE FUNCTION board_grams(term uuid, words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 2000 AS $$
    SELECT array_agg(DISTINCT right(term::text, 8) || substr(lower(words), n, size))
      FROM generate_series(1, length(words)) AS n, (VALUES (1), (2)) AS sizes (size)
     WHERE n + size - 1 <= length(words)
$$;
COMMENT ON FUNCTION board_grams IS 'Single signs and pairs of signs, each under its term: Chinese names are two to four signs long, too short for trigrams.';
CREATE INDEX entries_words ON entries USING gin (board_grams(term_id, student_name || ' ' || title)) WHERE state = 'selected';

DROP INDEX entries_board;
CREATE INDEX entries_board ON entries (term_id, path, student_id, id) INCLUDE (dimension) WHERE state = 'selected';

CREATE TABLE board_looks (
    id         uuid PRIMARY KEY DEFAULT uuidv7(),
    at         timestamptz NOT NULL,
    account_id uuid NOT NULL,
    card_id    uuid NOT NULL,
    role       text NOT NULL,
    term_id    uuid NOT NULL,
    path       ltree NOT NULL,
    dimension  text,
    kind       text,
    q          text,
    entries    integer NOT NULL
);
COMMENT ON TABLE board_looks IS 'append-only: who paged through which part of the board, and looked for what';
