-- A registry number holds an ID number: kept sealed and found by fingerprint (ADR 5). Stop older code first.
ALTER TABLE students ALTER COLUMN registry_number DROP NOT NULL;
ALTER TABLE students ADD COLUMN registry_sealed text, ADD COLUMN registry_index bytea;
COMMENT ON COLUMN students.registry_number IS 'empty; rows without registry_sealed are sealed when the service starts';
DROP INDEX students_registry;
CREATE INDEX students_registry ON students (registry_index);
CREATE INDEX students_unsealed ON students (id) WHERE registry_sealed IS NULL;
