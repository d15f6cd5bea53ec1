-- Values that the form gives for all rows of a workbook, such as the exam of a sheet with one column per subject (L-04).
ALTER TABLE batches ADD COLUMN given jsonb NOT NULL DEFAULT '{}';
