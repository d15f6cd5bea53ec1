-- A change made after a case was handed in is put back: who asks in which turn, and what records said before, until all is over.
CREATE TABLE amendment_turns (
    case_id   uuid PRIMARY KEY,
    record_id uuid NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    turn      integer NOT NULL,
    open      boolean NOT NULL,
    version   integer
);
CREATE INDEX amendment_turns_of ON amendment_turns (record_id);

-- The content that held up to version `until`.
CREATE TABLE amended_contents (
    record_id uuid NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    until     integer NOT NULL,
    title     text NOT NULL,
    data      jsonb NOT NULL,
    evidence  jsonb NOT NULL,
    PRIMARY KEY (record_id, until)
);
