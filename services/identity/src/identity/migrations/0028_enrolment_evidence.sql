-- BJ-04: applications are proved by files; borrowed students have a home school. Old code survives this: it does not name the columns.
SET LOCAL lock_timeout = '5s';
ALTER TABLE enrolment_applications ALTER COLUMN evidence SET DEFAULT '';
COMMENT ON COLUMN enrolment_applications.evidence IS 'of applications before this release: the proof in words; now files are attached to enrolment:<id>';
