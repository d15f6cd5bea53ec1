-- Whose own account uploaded a workbook: a student in a group of evaluators does not score themself (BJ-06, BJ-10).
SET LOCAL lock_timeout = '5s';
ALTER TABLE batches ADD COLUMN own_students uuid[] NOT NULL DEFAULT '{}';
