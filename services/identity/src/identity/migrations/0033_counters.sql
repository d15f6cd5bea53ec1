-- NR-04: above schools the numbers of schools and accounts are read from counters, not summed up over all schools. Old code survives
-- this: triggers count what it writes, and it goes on with its own tables.
SET LOCAL lock_timeout = '5s';
CREATE INDEX organisations_parent ON organisations (subpath(path, 0, nlevel(path) - 1), ordering) WHERE nlevel(path) > 0;

CREATE FUNCTION count_accounts_of_school() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO counter_changes (counter, period, path, item, change)
    SELECT 'accounts', '', NEW.path, i.item, i.now - coalesce(i.before, 0)
      FROM (VALUES ('counted', 1, CASE WHEN TG_OP = 'UPDATE' THEN 1 END),
                   ('classes', NEW.classes, OLD.classes), ('students', NEW.students, OLD.students),
                   ('students_in_use', NEW.students_in_use, OLD.students_in_use),
                   ('with_guardian', NEW.with_guardian, OLD.with_guardian),
                   ('guardians_in_use', NEW.guardians_in_use, OLD.guardians_in_use)) AS i (item, now, before)
     WHERE i.now <> coalesce(i.before, 0);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION count_accounts_of_school IS 'adds what changed in the counts of a school to the counters of all levels (servicekit.counters)';
CREATE FUNCTION count_school() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO counter_changes (counter, period, path, item, change) VALUES ('schools', '', NEW.path, 'schools', 1);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION count_school IS 'adds a new school to the counters of all levels; schools are never deleted';

LOCK TABLE organisations, school_counts IN SHARE ROW EXCLUSIVE MODE;
CREATE TRIGGER count_accounts AFTER INSERT OR UPDATE ON school_counts FOR EACH ROW EXECUTE FUNCTION count_accounts_of_school();
CREATE TRIGGER count_school AFTER INSERT ON organisations FOR EACH ROW WHEN (NEW.level = 'school') EXECUTE FUNCTION count_school();
INSERT INTO counter_changes (counter, period, path, item, change)
SELECT 'accounts', '', c.path, i.item, i.count
  FROM school_counts c
 CROSS JOIN LATERAL (VALUES ('counted', 1), ('classes', c.classes), ('students', c.students), ('students_in_use', c.students_in_use),
                            ('with_guardian', c.with_guardian), ('guardians_in_use', c.guardians_in_use)) AS i (item, count)
 WHERE i.count <> 0
UNION ALL SELECT 'schools', '', path, 'schools', 1 FROM organisations WHERE level = 'school';
