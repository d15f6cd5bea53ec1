-- Lists of a place walk an index in the order they show; what waits and what is shared have small ones; names are searched at students.
CREATE INDEX records_in_class ON records (path, id DESC);
CREATE INDEX records_in_school ON records (subpath(path, 0, 4), id DESC);
CREATE INDEX records_in_district ON records (subpath(path, 0, 3), id DESC);
CREATE INDEX records_queue ON records (id DESC) WHERE state = 'submitted';
CREATE INDEX records_queue_of_class ON records (path, id DESC) WHERE state = 'submitted';
CREATE INDEX records_queue_of_school ON records (subpath(path, 0, 4), id DESC) WHERE state = 'submitted';
CREATE INDEX records_shared_in_class ON records (path, id DESC) WHERE visibility <> 'private';
CREATE INDEX records_shared_in_school ON records (subpath(path, 0, 4), id DESC) WHERE visibility = 'school';
DROP INDEX records_path;
CREATE INDEX positions_in_class ON positions (path, id DESC);
CREATE INDEX positions_in_school ON positions (subpath(path, 0, 4), id DESC);
CREATE INDEX students_names ON students (name text_pattern_ops);
CREATE STATISTICS records_places ON subpath(path, 0, 2), subpath(path, 0, 1) FROM records;
