-- Each place has its own queue index; one that every query may use would tempt the planner to walk it for a school with nothing waiting.
CREATE INDEX records_queue_of_district ON records (subpath(path, 0, 3), id DESC) WHERE state = 'submitted';
CREATE INDEX records_queue_of_city ON records (subpath(path, 0, 2), id DESC) WHERE state = 'submitted';
CREATE INDEX records_queue_of_province ON records (subpath(path, 0, 1), id DESC) WHERE state = 'submitted';
CREATE INDEX records_queue_of_country ON records (id DESC) WHERE state = 'submitted' AND nlevel(path) > 0;
DROP INDEX records_queue;
