-- What somebody searched for is the name of a child: the log of looks keeps that there was a search, not its words (L-20).
ALTER TABLE board_looks ADD COLUMN searched boolean NOT NULL DEFAULT false;
UPDATE board_looks SET searched = true, q = NULL WHERE q IS NOT NULL;
CREATE FUNCTION forget_search_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.searched := NEW.searched OR NEW.q IS NOT NULL;
    NEW.q := NULL;
    RETURN NEW;
END
$$;
-- processes of the release before still send the words
CREATE TRIGGER forget_search_words BEFORE INSERT ON board_looks FOR EACH ROW WHEN (NEW.q IS NOT NULL)
    EXECUTE FUNCTION forget_search_words();
COMMENT ON COLUMN board_looks.q IS 'Always empty; removed in a later release.';
