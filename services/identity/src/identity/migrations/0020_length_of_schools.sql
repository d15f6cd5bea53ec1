-- Schools under one scheme differ in length: 6+3 and 5+4 years, two-year and three-year schools (BJ-12).
SET LOCAL lock_timeout = '5s';
ALTER TABLE organisations ADD COLUMN years smallint CHECK (years BETWEEN 1 AND 9);
COMMENT ON COLUMN organisations.years IS 'of a school: years of its stage; null: the usual length of its scheme';
