-- BJ-04: changes of enrolment are applied for and approved on both sides. Old code survives this: it does not know the tables.
SET LOCAL lock_timeout = '5s';
CREATE TABLE enrolment_applications (
    id             uuid PRIMARY KEY,
    student_id     uuid NOT NULL REFERENCES students ON DELETE CASCADE,
    change         text NOT NULL,
    change_title   text NOT NULL,
    effect         text NOT NULL,
    from_path      ltree NOT NULL,
    other          ltree,
    to_path        ltree,
    decides        ltree,
    approvals      jsonb NOT NULL,
    passed         integer NOT NULL,
    state          text NOT NULL CHECK (state IN ('open', 'approved', 'done', 'rejected', 'withdrawn', 'lapsed')),
    waits_for      ltree,
    applied_by     ltree NOT NULL,
    reason         text NOT NULL,
    evidence       text NOT NULL,
    effective_on   date NOT NULL,
    within         integer NOT NULL,
    due_at         timestamptz,
    escalated      boolean NOT NULL DEFAULT false,
    attempt        integer NOT NULL,
    confirmed      integer,
    rule           text NOT NULL,
    time_zone      text NOT NULL,
    applied_at     timestamptz NOT NULL,
    account_id     uuid NOT NULL,
    ended_at       timestamptz,
    answer         text NOT NULL DEFAULT '',
    version        integer NOT NULL
);
COMMENT ON TABLE enrolment_applications IS 'applications for changes of enrolment, as they stand now; their history is in enrolment_application_log';
COMMENT ON COLUMN enrolment_applications.other IS 'the school that receives the student; null: no other school';
COMMENT ON COLUMN enrolment_applications.passed IS 'so many of the approvals were given';
COMMENT ON COLUMN enrolment_applications.attempt IS 'the last statement of evaluation data that was asked for';
COMMENT ON COLUMN enrolment_applications.confirmed IS 'the statement that the releasing school confirmed; null: none yet';
CREATE UNIQUE INDEX enrolment_applications_one ON enrolment_applications (student_id) WHERE state IN ('open', 'approved');
CREATE INDEX enrolment_applications_student ON enrolment_applications (student_id, id);
CREATE INDEX enrolment_applications_from ON enrolment_applications USING gist (from_path);
CREATE INDEX enrolment_applications_other ON enrolment_applications USING gist (other);
CREATE INDEX enrolment_applications_waiting ON enrolment_applications USING gist (waits_for) WHERE state = 'open';

CREATE TABLE enrolment_application_log (
    application_id uuid NOT NULL,
    version        integer NOT NULL,
    what           text NOT NULL,
    side           text,
    account_id     uuid,
    card_id        uuid,
    path           ltree,
    reason         text NOT NULL,
    at             timestamptz NOT NULL,
    PRIMARY KEY (application_id, version)
);
COMMENT ON TABLE enrolment_application_log IS 'append-only: each step of an application, who took it for which organisation, and why (BJ-04)';

CREATE TABLE enrolment_statements (
    application_id uuid NOT NULL,
    attempt        integer NOT NULL,
    service        text NOT NULL,
    lines          jsonb NOT NULL,
    at             timestamptz NOT NULL,
    PRIMARY KEY (application_id, attempt, service)
);
COMMENT ON TABLE enrolment_statements IS 'append-only: what evaluation data a service had of the student when it was asked: counts and titles of terms';

CREATE VIEW enrolment_application_details AS
SELECT a.*, s.name AS student_name, s.registry_number, f.title AS school_title, f.path AS school, o.title AS other_title,
       c.title AS class_title, d.title AS to_title
  FROM enrolment_applications a
  JOIN student_details s ON s.id = a.student_id
  LEFT JOIN organisations f ON f.path = subpath(a.from_path, 0, least(4, nlevel(a.from_path)))
  LEFT JOIN organisations c ON c.path = a.from_path
  LEFT JOIN organisations o ON o.path = a.other
  LEFT JOIN organisations d ON d.path = a.to_path;
