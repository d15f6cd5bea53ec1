-- Records that were refused and not corrected in time become cases; what a case finds missing is entered under an id that it names.
SET LOCAL lock_timeout = '5s';
ALTER TABLE records DROP CONSTRAINT records_state_check,
    ADD CONSTRAINT records_state_check
        CHECK (state IN ('draft', 'submitted', 'returned', 'escalated', 'approved', 'amending', 'voided')) NOT VALID;

-- Who acts at the stage that asks for an amendment; empty where an older event did not tell.
ALTER TABLE amendment_turns ADD COLUMN roles text[] NOT NULL DEFAULT '{}';

CREATE TABLE missing_records (
    record_id uuid PRIMARY KEY,
    case_id   uuid NOT NULL,
    turn      integer NOT NULL,
    open      boolean NOT NULL,
    roles     text[] NOT NULL,
    snapshot  jsonb NOT NULL
);
COMMENT ON TABLE missing_records IS 'what cases found missing in reports, until it is entered';
