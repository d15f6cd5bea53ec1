-- Entries that the school let pass finally are shown on the board of the last term, also those of earlier terms (CS-01).
-- term_id is the term on whose board an entry is; the record's own term is in the snapshot.
ALTER TABLE entries ADD COLUMN final_term_id uuid;
COMMENT ON COLUMN entries.final_term_id IS 'The last term in which the entry was submitted finally and passed; null: it was not';
CREATE INDEX entries_final ON entries (final_term_id) WHERE final_term_id IS NOT NULL;
