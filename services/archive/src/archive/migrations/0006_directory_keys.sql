-- Looks at the rows behind the foreign keys of 0005: in a transaction of its own, so that nobody has to wait for it.
ALTER TABLE seals VALIDATE CONSTRAINT seals_term_id_fkey;
ALTER TABLE evaluations VALIDATE CONSTRAINT evaluations_term_id_fkey;
