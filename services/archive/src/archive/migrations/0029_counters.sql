-- NR-04: in a city and province the numbers of sealed schools and of their archives are read from counters, not from a row of each
-- school. Old code survives this: triggers count what it writes, and it goes on with its own tables.
SET LOCAL lock_timeout = '5s';
CREATE FUNCTION add_term_to_counters(term directory_terms, state text, sign integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO counter_changes (counter, period, path, item, change)
    SELECT 'school_terms', term.school_year || '|' || term.number, term.path, i.item, sign * i.count
      FROM (SELECT 'starts|' || to_char(greatest(term.starts_on, '0001-01-01'), 'YYYY-MM-DD') AS item, 1 AS count
            UNION ALL SELECT 'sealed', (state = 'sealed')::integer
            UNION ALL SELECT 'archives', (SELECT max(s.archives) FROM seals s WHERE s.term_id = term.id AND s.kind = 'term'
                                              AND s.version = 1 AND s.state = 'sealed')) AS i (item, count)
     WHERE i.count <> 0
$$;
COMMENT ON FUNCTION add_term_to_counters IS 'adds a term of a school, whether it is sealed, and its archives to the counters of all levels';

CREATE FUNCTION count_term() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.path, OLD.school_year, OLD.number, OLD.starts_on) <> (NEW.path, NEW.school_year, NEW.number, NEW.starts_on) THEN
        PERFORM add_term_to_counters(OLD, s.state, -1), add_term_to_counters(NEW, s.state, 1)
           FROM term_states s WHERE s.term_id = NEW.id AND s.student_id IS NULL;
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION count_term_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM add_term_to_counters(t, NEW.state, 1) FROM directory_terms t WHERE t.id = NEW.term_id;
    ELSE
        INSERT INTO counter_changes (counter, period, path, item, change)
        SELECT 'school_terms', t.school_year || '|' || t.number, t.path, 'sealed',
               (NEW.state = 'sealed')::integer - (OLD.state = 'sealed')::integer
          FROM directory_terms t WHERE t.id = NEW.term_id AND (NEW.state = 'sealed') <> (OLD.state = 'sealed');
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION count_sealed_archives() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO counter_changes (counter, period, path, item, change)
    SELECT 'school_terms', t.school_year || '|' || t.number, t.path, 'archives', NEW.archives
      FROM directory_terms t JOIN term_states s ON s.term_id = t.id AND s.student_id IS NULL WHERE t.id = NEW.term_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION count_term IS 'moves a changed term of a school in the counters';
COMMENT ON FUNCTION count_term_state IS 'adds a new term, and that it was sealed, to the counters';
COMMENT ON FUNCTION count_sealed_archives IS 'adds the archives of a term to the counters when they are all ready';

LOCK TABLE directory_terms, term_states, seals IN SHARE ROW EXCLUSIVE MODE;
CREATE TRIGGER count_term AFTER UPDATE ON directory_terms FOR EACH ROW EXECUTE FUNCTION count_term();
CREATE TRIGGER count_term_state AFTER INSERT OR UPDATE OF state ON term_states FOR EACH ROW WHEN (NEW.student_id IS NULL)
    EXECUTE FUNCTION count_term_state();
CREATE TRIGGER count_sealed_archives AFTER UPDATE OF state ON seals FOR EACH ROW
    WHEN (NEW.kind = 'term' AND NEW.version = 1 AND NEW.state = 'sealed' AND OLD.state <> 'sealed')
    EXECUTE FUNCTION count_sealed_archives();
SELECT add_term_to_counters(t, s.state, 1) FROM directory_terms t JOIN term_states s ON s.term_id = t.id WHERE s.student_id IS NULL;
