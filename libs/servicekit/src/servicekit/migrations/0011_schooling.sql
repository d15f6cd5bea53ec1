-- Schools of one scheme differ in stage and length: a two-year school has four sets of results, a three-year one six (BJ-12).
-- Additive: null is the scheme's usual length; the next event about a row fills it in.
SET LOCAL lock_timeout = '5s';
ALTER TABLE directory_organisations ADD COLUMN years smallint;
COMMENT ON COLUMN directory_organisations.years IS 'of a school: years of its stage; null: the usual length of its scheme';
ALTER TABLE directory_terms ADD COLUMN stage text, ADD COLUMN years smallint;
COMMENT ON COLUMN directory_terms.years IS 'the length of the school as it counts for this term; null: the usual one of its scheme';
