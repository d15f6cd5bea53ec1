-- Looks at the rows behind the foreign keys of 0007: in a transaction of its own, so that nobody has to wait for it.
ALTER TABLE records VALIDATE CONSTRAINT records_term_id_fkey;
ALTER TABLE positions VALIDATE CONSTRAINT positions_term_id_fkey;
