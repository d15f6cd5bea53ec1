-- Students who do not take part in a term: records decides it, and each service leaves them out of what it counts and makes.
-- A student who was put back keeps a row, so that an older event about the marking changes nothing.
SET LOCAL lock_timeout = '5s';
CREATE TABLE directory_opt_outs (
    term_id      uuid NOT NULL,
    student_id   uuid NOT NULL,
    participates boolean NOT NULL,
    version      integer NOT NULL,
    PRIMARY KEY (term_id, student_id)
);
COMMENT ON TABLE directory_opt_outs IS 'from ParticipationChangedV1; records writes its own rows';
