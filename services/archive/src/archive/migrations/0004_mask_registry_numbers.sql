-- A registry number holds an ID number (ADR 5): facts bring it masked now, and what was heard before is masked here.
UPDATE students
   SET registry_number = left(registry_number, 7) || repeat('*', length(registry_number) - 11) || right(registry_number, 4)
 WHERE length(registry_number) > 11 AND registry_number NOT LIKE '%*%';
