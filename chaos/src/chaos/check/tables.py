"""The legal transitions, written a second time, from the rules and not from the services' code."""

RECORD_MOVES: dict[tuple[str | None, str], str] = {
    (None, "create"): "draft",
    (None, "import"): "submitted",
    ("draft", "mend"): "draft",
    ("draft", "submit"): "submitted",
    ("submitted", "withdraw"): "draft",
    ("submitted", "pass"): "submitted",
    ("submitted", "approve"): "approved",
    ("submitted", "return"): "returned",
    ("submitted", "reimport"): "submitted",
    ("submitted", "void"): "voided",
    ("returned", "mend"): "returned",
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
    ("approved", "void"): "voided",
    ("amending", "ask"): "amending",
    ("amending", "amend"): "amending",
    ("amending", "settle"): "approved",
    ("amending", "void"): "voided",
}
CLOSED = "closed"
CASE_MOVES: dict[tuple[str | None, str], str] = {
    (None, "open"): "student_handling",
    ("student_handling", "amend"): "teacher_review",
    ("student_handling", "insist"): "teacher_review",
    ("student_handling", "overdue"): "teacher_review",
    ("teacher_review", "agree"): "recheck",
    ("teacher_review", "disagree"): "student_handling",
    ("recheck", "agree"): CLOSED,
    ("recheck", "disagree"): CLOSED,
}
"""The case workflow of the Jiangxi scheme (JX-09)."""
HISTORY_EVENTS = {
    "records.record.submitted": ("submit",),
    "records.record.withdrawn": ("withdraw",),
    "records.record.approved": ("approve",),
    "records.record.returned": ("return",),
    "records.record.amended": ("amend", "put_back"),
}
"""Each history row with one of these actions belongs to exactly one such event (in each version that is published)."""
NATURAL_KEYS: dict[str, tuple[str, ...]] = {
    "records.record.submitted": ("record_id", "record.version"),
    "records.record.withdrawn": ("record_id", "record.version"),
    "records.record.approved": ("record_id", "record.version"),
    "records.record.returned": ("record_id", "record.version"),
    "records.record.amended": ("record_id", "record.version"),
    "records.record.voided": ("record_id",),
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
    "publicity.entry.voided": ("entry_id", "case_id"),
    "archive.term.sealed": ("term_id", "version"),
    "archive.evaluation.written": ("evaluation_id", "version"),
}
"""The fields that identify an event: a second event with the same values is a duplicate."""
MESSAGES = {
    "record.approved": "records.record.approved",
    "record.returned": "records.record.returned",
    "position.approved": "records.position.approved",
    "publicity.opened": "publicity.term.opened",
    "publicity.closed": "publicity.term.closed",
    "case.closed": "publicity.case.closed",
    "term.sealed": "archive.term.sealed",
}
"""Kinds of messages, and the event that creates one each; `count` says how many events one message combines."""
