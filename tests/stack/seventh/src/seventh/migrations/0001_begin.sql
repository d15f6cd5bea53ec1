-- No tables of its own yet.
SELECT 1;
