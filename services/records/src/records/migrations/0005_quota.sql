-- A quota is counted under a lock that lasts until the transaction ends, so that two cannot take the last place. In a
-- volatile function each query sees what was committed before it: the count sees whoever held the lock before.
CREATE FUNCTION handed_in(student uuid, of_kind text, of_term uuid, of_year text, besides uuid, counted text[])
RETURNS TABLE (term bigint, year bigint, stage bigint) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('quota:' || student || ':' || of_kind, 0));
    RETURN QUERY
        SELECT count(*) FILTER (WHERE r.term_id = of_term), count(*) FILTER (WHERE t.school_year = of_year), count(*)
          FROM records r JOIN terms t ON t.id = r.term_id
         WHERE r.student_id = student AND r.kind = of_kind AND r.id <> besides AND r.state = ANY(counted);
END $$;
