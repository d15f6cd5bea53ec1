-- A record that an upheld complaint excludes is not void: an appeal may restore it (CS-11).
SET LOCAL lock_timeout = '5s';
ALTER TABLE records DROP CONSTRAINT records_state_check,
    ADD CONSTRAINT records_state_check
        CHECK (state IN ('draft', 'submitted', 'returned', 'escalated', 'approved', 'amending', 'excluded', 'voided')) NOT VALID;
