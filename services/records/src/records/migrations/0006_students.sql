-- A student's list, newest first, over all terms: with the term in between, each page had to sort all that the student has.
DROP INDEX records_of_student;
CREATE INDEX records_of_student ON records (student_id, id DESC);
