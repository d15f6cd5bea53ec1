-- NR-04: the home screen of a city asks how many records wait for its roles, of some hundred thousand that wait for others. Old code
-- survives this: it is an index.
SET LOCAL lock_timeout = '5s';
CREATE INDEX records_queue_of_role ON records (reviewer_role) WHERE state = 'submitted';
