-- Rows that passed are kept as the facts they will be sent as: writing, reading and packing 20,000 single rows cost more
-- than reading the workbook. What was checked before this is to be uploaded again (`batch_outdated`); batch_rows goes later.
CREATE TABLE batch_facts (
    batch_id  uuid NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    chunk     integer NOT NULL,
    rows      integer NOT NULL,
    students  uuid[] NOT NULL,
    aggregate text NOT NULL,
    body      bytea NOT NULL,
    PRIMARY KEY (batch_id, chunk)
);
DELETE FROM batch_rows;
