-- The table of grade and class titles by class path gets a name that says what it holds.
ALTER TABLE places RENAME TO class_titles;
ALTER INDEX places_pkey RENAME TO class_titles_pkey;
-- Processes of the release before still use the old name while an upgrade rolls; the next release drops this view.
CREATE VIEW places AS SELECT path, grade_title, class_title FROM class_titles;
