-- Whether all cleared entries have arrived is counted, not waited for: the closing fact says how many, each entry says when.
ALTER TABLE collected ADD COLUMN cleared_at timestamptz;
DROP TABLE closings;
