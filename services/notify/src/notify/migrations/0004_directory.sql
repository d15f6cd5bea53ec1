-- Terms move into the directory's table. Notify had only their names, schemes and time zones: they are marked, and the next
-- event about each fills in the rest, or the same one that `python -m records replay` sends again, as the inbox forgets it here.
-- Nothing in notify needs the rest. The old name stays as a view for one release: processes of the release before read and
-- write the same rows through it while an upgrade rolls.
LOCK TABLE terms IN ACCESS EXCLUSIVE MODE;

INSERT INTO directory_terms (id, path, title, scheme_id, scheme_version, time_zone, version, complete)
SELECT term_id, path, title, scheme_id, scheme_version, time_zone, version, false FROM terms;
DELETE FROM inbox WHERE subject LIKE 'records.term.%';

DROP TABLE terms;
CREATE VIEW terms AS
SELECT id AS term_id, path, title, scheme_id, scheme_version, time_zone, version, complete FROM directory_terms;
ALTER VIEW terms ALTER COLUMN complete SET DEFAULT false;
