-- What students write about themselves stands on their page of the board, where the scheme says so (CS-07, CS-09).
CREATE TABLE summaries (
    term_id    uuid        NOT NULL,
    student_id uuid        NOT NULL,
    type       text        NOT NULL,
    version    integer     NOT NULL,
    texts      jsonb       NOT NULL,
    PRIMARY KEY (term_id, student_id, type)
);
COMMENT ON TABLE summaries IS 'Texts that students wrote about themselves and that the board shows, of each the newest version';
COMMENT ON COLUMN summaries.texts IS 'By dimension; the empty name where the evaluation has no dimensions';
CREATE INDEX summaries_student ON summaries (student_id);
