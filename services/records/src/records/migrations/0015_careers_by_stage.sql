-- BJ-03: a career archive is of one stage, and blocks releases in that stage only (JX-14). Old code survives this: it leaves the stage empty, which blocks in every stage.
SET LOCAL lock_timeout = '5s';
ALTER TABLE sealed_careers ADD COLUMN stage text NOT NULL DEFAULT '';
COMMENT ON COLUMN sealed_careers.stage IS 'of the career archive; empty: not known, heard by an older release';
-- The stage of the last term in which the student had a record by then, else of the school now.
UPDATE sealed_careers c
   SET stage = coalesce(
       (SELECT t.stage FROM records r JOIN directory_terms t ON t.id = r.term_id
         WHERE r.student_id = c.student_id AND t.starts_on <= c.at::date ORDER BY t.starts_on DESC, t.id DESC LIMIT 1),
       (SELECT o.stage FROM directory_students d JOIN directory_organisations o ON o.path @> d.path AND o.level = 'school'
         WHERE d.id = c.student_id LIMIT 1),
       '');
ALTER TABLE sealed_careers DROP CONSTRAINT sealed_careers_pkey, ADD PRIMARY KEY (student_id, stage);
