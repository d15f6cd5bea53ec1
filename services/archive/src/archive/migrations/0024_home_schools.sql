-- BJ-04: archives of borrowed students are filed at the home school. Additive: null is none.
SET LOCAL lock_timeout = '5s';
ALTER TABLE archives ADD COLUMN filed_at ltree;
COMMENT ON COLUMN archives.filed_at IS 'of a student who had borrowed a place: the class at the home school, whose staff see the archive; null: path is the school itself';
CREATE INDEX archives_filed_at ON archives USING gist (filed_at) WHERE state = 'ready' AND filed_at IS NOT NULL;
