-- Additive: the version of the scheme under which what was entered in a term stands, so that a term that moves to a newer one is
-- carried over from just this one (X-01).
ALTER TABLE term_states ADD COLUMN entered_version text;
UPDATE term_states s SET entered_version = t.scheme_version FROM directory_terms t WHERE t.id = s.term_id;
