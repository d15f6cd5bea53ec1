-- NR-04: above schools the numbers of boards and cases are read from counters, not from a row of each school and case. Old code survives
-- this: triggers count what it writes, and it goes on with its own tables.
SET LOCAL lock_timeout = '5s';
CREATE FUNCTION school_of(path ltree) RETURNS ltree LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT subpath(path, 0, least(4, nlevel(path)))
$$;
CREATE FUNCTION starts_item(starts_on date) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT 'starts|' || to_char(greatest(starts_on, '0001-01-01'), 'YYYY-MM-DD')
$$;
CREATE FUNCTION opens_item(opens_at timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT 'opens|' || to_char(opens_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
COMMENT ON FUNCTION starts_item IS 'the item of the counter school_terms: terms of schools that begin on this day';
COMMENT ON FUNCTION opens_item IS 'the item of the counter school_terms: terms of schools whose board opens then; in order as text';

-- A term is counted by its first day, and by when its board opens, so that no job need count when the time has come.
CREATE FUNCTION count_term() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.path, OLD.school_year, OLD.number, OLD.starts_on)
                          = (NEW.path, NEW.school_year, NEW.number, NEW.starts_on) THEN
        RETURN NULL;
    END IF;
    INSERT INTO counter_changes (counter, period, path, item, change)
    SELECT 'school_terms', t.period, t.path, i.item, t.change
      FROM (VALUES (OLD.school_year || '|' || OLD.number, OLD.path, OLD.starts_on, -1),
                   (NEW.school_year || '|' || NEW.number, NEW.path, NEW.starts_on, 1)) AS t (period, path, starts_on, change)
     CROSS JOIN LATERAL (SELECT starts_item(t.starts_on) AS item
                         UNION ALL SELECT opens_item(p.opens_at) FROM publicity_terms p
                                    WHERE p.term_id = NEW.id AND p.opens_at IS NOT NULL) i
     WHERE t.path IS NOT NULL;
    IF TG_OP = 'INSERT' OR (OLD.school_year, OLD.number) <> (NEW.school_year, NEW.number) THEN
        INSERT INTO counter_changes (counter, period, path, item, change)
        SELECT 'cases', t.period, school_of(c.path), i.item, t.change * sum(i.count)
          FROM cases c
         CROSS JOIN (VALUES (OLD.school_year || '|' || OLD.number, -1), (NEW.school_year || '|' || NEW.number, 1))
                    AS t (period, change)
         CROSS JOIN LATERAL (VALUES ('cases', 1), ('open', (c.closed_at IS NULL)::integer),
                                    ('overdue', (c.closed_at IS NULL AND c.overdue)::integer)) AS i (item, count)
         WHERE c.term_id = NEW.id AND t.period IS NOT NULL
         GROUP BY t.period, 3, i.item, t.change HAVING sum(i.count) <> 0;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION count_term IS 'adds a new or changed term of a school to the counters of all levels (servicekit.counters)';

CREATE FUNCTION count_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO counter_changes (counter, period, path, item, change)
    SELECT 'school_terms', t.school_year || '|' || t.number, t.path, opens_item(o.opens_at), o.change
      FROM directory_terms t CROSS JOIN (VALUES (OLD.opens_at, -1), (NEW.opens_at, 1)) AS o (opens_at, change)
     WHERE t.id = NEW.term_id AND o.opens_at IS NOT NULL AND OLD.opens_at IS DISTINCT FROM NEW.opens_at;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION count_opening IS 'adds when the board of a term opens to the counters of all levels';

CREATE FUNCTION count_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO counter_changes (counter, period, path, item, change)
    SELECT 'cases', t.school_year || '|' || t.number, i.path, i.item, sum(i.change)
      FROM (VALUES (OLD.term_id, school_of(OLD.path), 'cases', -1),
                   (OLD.term_id, school_of(OLD.path), 'open', -(OLD.closed_at IS NULL)::integer),
                   (OLD.term_id, school_of(OLD.path), 'overdue', -(OLD.closed_at IS NULL AND OLD.overdue)::integer),
                   (NEW.term_id, school_of(NEW.path), 'cases', 1),
                   (NEW.term_id, school_of(NEW.path), 'open', (NEW.closed_at IS NULL)::integer),
                   (NEW.term_id, school_of(NEW.path), 'overdue', (NEW.closed_at IS NULL AND NEW.overdue)::integer))
           AS i (term_id, path, item, change)
      JOIN directory_terms t ON t.id = i.term_id
     WHERE i.path IS NOT NULL GROUP BY 2, 3, 4 HAVING sum(i.change) <> 0;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION count_case IS 'adds a new or changed case to the counters of its school and all levels above';

LOCK TABLE directory_terms, publicity_terms, cases IN SHARE ROW EXCLUSIVE MODE;
CREATE TRIGGER count_term AFTER INSERT OR UPDATE ON directory_terms FOR EACH ROW EXECUTE FUNCTION count_term();
CREATE TRIGGER count_opening AFTER INSERT OR UPDATE OF opens_at ON publicity_terms FOR EACH ROW EXECUTE FUNCTION count_opening();
CREATE TRIGGER count_case AFTER INSERT OR UPDATE OF term_id, path, closed_at, overdue ON cases
    FOR EACH ROW EXECUTE FUNCTION count_case();
INSERT INTO counter_changes (counter, period, path, item, change)
SELECT 'school_terms', school_year || '|' || number, path, starts_item(starts_on), 1 FROM directory_terms
UNION ALL
SELECT 'school_terms', t.school_year || '|' || t.number, t.path, opens_item(p.opens_at), 1
  FROM directory_terms t JOIN publicity_terms p ON p.term_id = t.id WHERE p.opens_at IS NOT NULL
UNION ALL
SELECT 'cases', t.school_year || '|' || t.number, school_of(c.path), i.item, sum(i.count)
  FROM cases c JOIN directory_terms t ON t.id = c.term_id
 CROSS JOIN LATERAL (VALUES ('cases', 1), ('open', (c.closed_at IS NULL)::integer),
                            ('overdue', (c.closed_at IS NULL AND c.overdue)::integer)) AS i (item, count)
 GROUP BY 2, 3, 4 HAVING sum(i.count) <> 0;

-- What waits for a card is found without reading all open cases of a province.
CREATE INDEX cases_waiting ON cases USING gin (waits_for) WHERE closed_at IS NULL;
