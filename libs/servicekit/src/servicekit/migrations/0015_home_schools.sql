-- A borrowed student's results and archives are filed at the home school (BJ-04). Additive: empty is none, and old code writes none.
SET LOCAL lock_timeout = '5s';
ALTER TABLE directory_students ADD COLUMN home text NOT NULL DEFAULT '';
COMMENT ON COLUMN directory_students.home IS 'of a student who has borrowed a place: the class at the home school; empty: none';
