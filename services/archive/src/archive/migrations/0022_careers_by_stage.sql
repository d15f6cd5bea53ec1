-- BJ-03: a student has a career archive of each stage. Old code survives this: it leaves the stage empty, which the next use fills in.
SET LOCAL lock_timeout = '5s';
ALTER TABLE seals ADD COLUMN stage text;
COMMENT ON COLUMN seals.stage IS 'of a career archive: the stage; empty: not known, made by an older release';
ALTER TABLE archives ADD COLUMN stage text;
COMMENT ON COLUMN archives.stage IS 'of a career archive: the stage; empty: not known, made by an older release';
ALTER TABLE careers ADD COLUMN stage text NOT NULL DEFAULT '';
COMMENT ON COLUMN careers.stage IS 'empty: not known, begun by an older release';

-- The stage of what there is: of the school's newest term at that time, else of the school now.
UPDATE seals s
   SET stage = coalesce(
       (SELECT t.stage FROM directory_terms t
         WHERE s.path <@ t.path AND t.starts_on <= s.made_at::date ORDER BY t.starts_on DESC, t.id DESC LIMIT 1),
       (SELECT o.stage FROM directory_organisations o WHERE o.path @> s.path AND o.level = 'school' LIMIT 1),
       '')
 WHERE s.kind = 'career';
UPDATE archives a SET stage = s.stage FROM seals s WHERE s.id = a.seal_id AND a.kind = 'career';
UPDATE careers c
   SET stage = coalesce(
       (SELECT s.stage FROM seals s WHERE s.student_id = c.student_id AND s.kind = 'career' ORDER BY s.version LIMIT 1),
       (SELECT o.stage FROM directory_students d JOIN directory_organisations o ON o.path @> d.path AND o.level = 'school'
         WHERE d.id = c.student_id LIMIT 1),
       '');

ALTER TABLE careers DROP CONSTRAINT careers_pkey, ADD PRIMARY KEY (student_id, stage);
DROP INDEX seals_career;
CREATE UNIQUE INDEX seals_career ON seals (student_id, stage, version) WHERE kind = 'career';
DROP INDEX archives_career;
CREATE UNIQUE INDEX archives_career ON archives (student_id, stage, version) WHERE kind = 'career';
