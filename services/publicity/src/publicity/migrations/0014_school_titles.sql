-- Above schools, lists of cases name the school of a class (X-15). Filled in by the next event about its students; the old process
-- does not know the column while an upgrade rolls.
ALTER TABLE class_titles ADD COLUMN school_title text NOT NULL DEFAULT '';
COMMENT ON COLUMN class_titles.school_title IS 'The title of the school; empty until an event about its students named it.';
