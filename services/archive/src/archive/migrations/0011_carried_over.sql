-- The archive of a stage holds the records of earlier terms that passed the final submission, and no others of them (CS-01).
CREATE TABLE carried_over (
    term_id    uuid NOT NULL,
    record_id  uuid NOT NULL,
    cleared_at timestamptz NOT NULL,
    PRIMARY KEY (term_id, record_id)
);
COMMENT ON TABLE carried_over IS 'Records of earlier terms that were cleared once more in this last term of a stage';
