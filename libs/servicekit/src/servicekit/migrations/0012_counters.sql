-- NR-04, BJ-08: counters of organisations that many transactions add to at once. Old code survives this: it does not know the tables.
SET LOCAL lock_timeout = '5s';
CREATE TABLE counters (
    counter text NOT NULL,
    period  text NOT NULL,
    path    ltree NOT NULL,
    parent  ltree NOT NULL,
    item    text NOT NULL,
    count   bigint NOT NULL,
    PRIMARY KEY (counter, path, period, item)
);
COMMENT ON TABLE counters IS 'how many of an item an organisation has with all below it, without what waits in counter_changes';
CREATE INDEX counters_parent ON counters (counter, parent, period, path);

CREATE TABLE counter_changes (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    counter text NOT NULL,
    period  text NOT NULL,
    path    ltree NOT NULL,
    item    text NOT NULL,
    change  bigint NOT NULL
);
COMMENT ON TABLE counter_changes IS 'what transactions added to an organisation; a job adds it to the counters of all levels and deletes it';

-- What lies directly below an organisation is found without reading all that is in it.
CREATE INDEX directory_organisations_parent ON directory_organisations (subpath(path, 0, nlevel(path) - 1), path)
 WHERE nlevel(path) > 0;
