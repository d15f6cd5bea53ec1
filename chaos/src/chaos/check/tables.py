"""The legal transitions, written a second time, from the rules and not from the services' code."""

RECORD_MOVES: dict[tuple[str | None, str], str] = {
    (None, "create"): "draft",
    (None, "import"): "submitted",
    (None, "enter_missing"): "amending",
    ("draft", "mend"): "draft",
    ("draft", "categorise"): "draft",
    ("draft", "carry_over"): "draft",
    ("draft", "submit"): "submitted",
    ("submitted", "withdraw"): "draft",
    ("submitted", "pass"): "submitted",
    ("submitted", "approve"): "approved",
    ("submitted", "return"): "returned",
    ("submitted", "reimport"): "submitted",
    ("submitted", "carry_over"): "submitted",
    ("submitted", "void"): "voided",
    ("returned", "mend"): "returned",
    ("returned", "carry_over"): "returned",
    ("returned", "submit"): "submitted",
    ("returned", "void"): "voided",
    ("returned", "unmended"): "escalated",
    ("escalated", "ask"): "amending",
    ("escalated", "settle"): "approved",
    ("escalated", "void"): "voided",
    ("approved", "revise"): "submitted",
    ("approved", "ask"): "amending",
    ("approved", "release"): "approved",
    ("approved", "put_back"): "approved",
    ("approved", "exclude"): "excluded",
    ("approved", "void"): "voided",
    ("amending", "ask"): "amending",
    ("amending", "amend"): "amending",
    ("amending", "settle"): "approved",
    ("amending", "exclude"): "excluded",
    ("amending", "void"): "voided",
    ("excluded", "restore"): "approved",
    ("excluded", "void"): "voided",
}
CLOSED = "closed"
CASE_STARTS = {
    ("jiangxi", "complaint"): "student_handling",
    ("changsha", "complaint"): "complaint_decision",
    ("changsha", "appeal"): "appeal_decision",
    ("baoshan", "appeal"): "handling",
    ("baoshan", "unmended"): "district_handling",
}
"""By scheme and type of case: the first stage."""
CASE_MOVES: dict[str, dict[tuple[str, str], str]] = {
    "jiangxi": {
        ("student_handling", "amend"): "teacher_review",
        ("student_handling", "insist"): "teacher_review",
        ("student_handling", "overdue"): "teacher_review",
        ("teacher_review", "agree"): "recheck",
        ("teacher_review", "disagree"): "student_handling",
        ("recheck", "agree"): CLOSED,
        ("recheck", "disagree"): CLOSED,
    },
    "changsha": {
        ("complaint_decision", "uphold"): CLOSED,
        ("complaint_decision", "reject"): CLOSED,
        ("complaint_decision", "malicious"): CLOSED,
        ("appeal_decision", "uphold"): CLOSED,
        ("appeal_decision", "reject"): CLOSED,
        ("appeal_decision", "delete"): CLOSED,
    },
    "baoshan": {
        ("handling", "accept"): "mending",
        ("handling", "reject"): CLOSED,
        ("handling", "malicious"): CLOSED,
        ("mending", "amend"): "checking",
        ("mending", "withdraw"): "checking",
        ("checking", "agree"): CLOSED,
        ("checking", "disagree"): "mending",
        ("district_handling", "accept"): "district_mending",
        ("district_handling", "reject"): CLOSED,
        ("district_mending", "amend"): "district_checking",
        ("district_mending", "withdraw"): "district_checking",
        ("district_checking", "agree"): CLOSED,
        ("district_checking", "disagree"): "district_mending",
    },
}
"""By scheme, what an action leads to at a stage (JX-09, CS-10, CS-11, SH-10)."""
OUTCOMES = {
    "changsha": {
        ("complaint", "uphold"): "exclude",
        ("complaint", "reject"): "keep",
        ("complaint", "malicious"): "keep",
        ("appeal", "uphold"): "keep",
        ("appeal", "reject"): "exclude",
        ("appeal", "delete"): "void",
    },
    "baoshan": {
        ("appeal", "reject"): "keep",
        ("appeal", "malicious"): "keep",
        ("unmended", "reject"): "keep",
        ("appeal", "amend"): "amend",
        ("appeal", "withdraw"): "void",
        ("unmended", "amend"): "amend",
        ("unmended", "withdraw"): "void",
    },
}
"""By scheme, type of case and the last action that decides: how it ends."""
FINAL_MOVES = {
    ("open", "submitted"): "submitted",
    ("submitted", "withdrawn"): "open",
    ("submitted", "returned"): "returned",
    ("submitted", "approved"): "approved",
    ("returned", "submitted"): "submitted",
}
"""What the events of a final submission lead to (CS-01, CS-08)."""
SEALED_ENTRIES = {"baoshan": 2022}
"""Schemes that archive only the grade that leaves, with its year of entry in the terms that are run (SH-11)."""
WITHOUT_PUBLICITY = ("beijing",)
"""Schemes that publicise no record."""
ON_BOARD = ("dimension_summary",)
"""Evaluations that the board shows, so that publicity has them (CS-07)."""
HISTORY_EVENTS = {
    "records.record.submitted": ("submit", "revise", "pass", "escalate"),
    "records.record.withdrawn": ("withdraw",),
    "records.record.approved": ("approve",),
    "records.record.returned": ("return",),
    "records.record.amended": ("amend", "put_back", "enter_missing"),
    "records.record.escalated": ("unmended",),
}
"""Each history row with one of these actions belongs to exactly one such event (in each version that is published). What is
approved in the moment in which it is submitted, by no person, does not wait for a review, and has no event of that."""
NATURAL_KEYS: dict[str, tuple[str, ...]] = {
    "records.record.submitted": ("record_id", "record.version"),
    "records.record.withdrawn": ("record_id", "record.version"),
    "records.record.approved": ("record_id", "record.version"),
    "records.record.returned": ("record_id", "record.version"),
    "records.record.amended": ("record_id", "record.version"),
    "records.record.voided": ("record_id",),
    "records.record.escalated": ("record_id",),
    "records.final_submission.submitted": ("submission_id", "version"),
    "records.final_submission.withdrawn": ("submission_id", "version"),
    "records.final_submission.returned": ("submission_id", "version"),
    "records.final_submission.approved": ("submission_id", "version"),
    "records.participation.changed": ("term_id", "student_id", "version"),
    "records.position.submitted": ("position_id", "version"),
    "records.position.approved": ("position_id", "version"),
    "records.term.scheduled": ("term_id",),
    "records.term.changed": ("term_id", "version"),
    "records.batch.applied": ("batch_id", "chunk"),
    "identity.batch.applied": ("batch_id", "chunk"),
    "archive.batch.applied": ("batch_id", "chunk"),
    "importer.records.committed": ("batch_id", "chunk"),
    "importer.roster.committed": ("batch_id", "chunk"),
    "importer.evaluations.committed": ("batch_id", "chunk"),
    "identity.organisation.created": ("path", "version"),
    "publicity.case.opened": ("case_id",),
    "publicity.case.closed": ("case_id",),
    "publicity.term.opened": ("term_id",),
    "publicity.term.closed": ("term_id",),
    "publicity.case.decided": ("case_id",),
    "publicity.case.marked": ("case_id", "lifted"),
    "publicity.entry.voided": ("entry_id", "case_id"),
    "publicity.entry.restored": ("entry_id", "case_id"),
    "publicity.entry.settled": ("entry_id",),
    "publicity.result.amended": ("case_id",),
    "identity.enrolment_application.moved": ("application_id", "version"),
    "archive.term.sealed": ("term_id", "version"),
    "archive.scores.locked": ("term_id", "path", "version"),
    "archive.scores.unlocked": ("term_id", "path", "version"),
    "archive.scores.corrected": ("case_id",),
    "archive.evaluation.written": ("evaluation_id", "version"),
}
"""The fields that identify an event: a second event with the same values is a duplicate."""
MESSAGES = {
    "record.approved": "records.record.approved",
    "record.returned": "records.record.returned",
    "record.refused": "records.record.returned",
    "record.restored": "publicity.entry.restored",
    "final.returned": "records.final_submission.returned",
    "final.approved": "records.final_submission.approved",
    "participation.ended": "records.participation.changed",
    "participation.resumed": "records.participation.changed",
    "case.malicious.warned": "publicity.case.marked",
    "position.approved": "records.position.approved",
    "publicity.opened": "publicity.term.opened",
    "publicity.closed": "publicity.term.closed",
    "case.closed": "publicity.case.closed",
    "term.sealed": "archive.term.sealed",
}
"""Kinds of messages, and the event that creates one each; `count` says how many events one message combines."""
MESSAGES_IF = {
    "record.approved": ("record,origin", False, ("entered",)),
    "record.returned": ("record,origin", False, ("entered",)),
    "record.refused": ("record,origin", True, ("entered",)),
    "participation.ended": ("participates", True, ("false",)),
    "participation.resumed": ("participates", True, ("true",)),
}
"""Kinds of messages that only some of these events create: where this value of the event is (or is not) one of these. Of what
staff entered, its student is not notified, and that it was refused is told to whoever entered it (SH-07)."""
