-- What a complainant does is passed on later, together with what others did in that hour, so that no message tells when (L-17).
CREATE TABLE held_events (
    case_id   uuid NOT NULL REFERENCES cases (id),
    no        integer NOT NULL,
    subject   text NOT NULL,
    aggregate text NOT NULL,
    body      bytea NOT NULL,
    PRIMARY KEY (case_id, no)
);
