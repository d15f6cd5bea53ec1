-- Reasons and the consent of the level above for bands that need them; what later terms count of a locked score (X-15).
SET LOCAL lock_timeout = '5s';
CREATE TABLE band_consents (
    term_id         uuid NOT NULL REFERENCES directory_terms (id),
    student_id      uuid NOT NULL,
    dimension       text NOT NULL,
    path            ltree NOT NULL,
    band            text NOT NULL,
    role            text NOT NULL,
    reason          text NOT NULL,
    state           text NOT NULL CHECK (state IN ('written', 'asked', 'consented', 'refused')),
    note            text NOT NULL DEFAULT '',
    account_id      uuid NOT NULL,
    author_name     text NOT NULL,
    at              timestamptz NOT NULL,
    decided_by_name text,
    decided_at      timestamptz,
    version         integer NOT NULL,
    PRIMARY KEY (term_id, student_id, dimension)
);
COMMENT ON TABLE band_consents IS 'why a student gets a band that needs the consent of the level above, and what that said';
CREATE INDEX band_consents_path ON band_consents USING gist (path) WHERE state = 'asked';

CREATE TABLE band_consent_versions (
    term_id     uuid NOT NULL,
    student_id  uuid NOT NULL,
    dimension   text NOT NULL,
    version     integer NOT NULL,
    state       text NOT NULL,
    band        text NOT NULL,
    reason      text NOT NULL,
    note        text NOT NULL,
    account_id  uuid NOT NULL,
    author_name text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (term_id, student_id, dimension, version)
);
COMMENT ON TABLE band_consent_versions IS 'append-only: every reason, question and answer about a band that needs consent';

ALTER TABLE locked_scores ALTER COLUMN total DROP NOT NULL, ALTER COLUMN band DROP NOT NULL;
ALTER TABLE locked_scores ADD COLUMN dimensions jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN locked_scores.dimensions IS 'score and band of each dimension, as later terms count them; empty in rows of older releases';

DROP VIEW locked_scores_in_force;
CREATE VIEW locked_scores_in_force AS
SELECT l.*
  FROM locked_scores l
  JOIN score_sheets s ON s.term_id = l.term_id AND s.path = l.path AND s.locked AND s.version = l.version;
COMMENT ON VIEW locked_scores_in_force IS 'the scores of classes that are locked now';
