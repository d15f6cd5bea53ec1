-- An entry may be withheld from the board while its record is in review again, disputed, or not entered yet.
SET LOCAL lock_timeout = '5s';
ALTER TABLE entries DROP CONSTRAINT entries_state_check,
    ADD CONSTRAINT entries_state_check
        CHECK (state IN ('eligible', 'selected', 'withheld', 'cleared', 'excluded', 'voided')) NOT VALID;
