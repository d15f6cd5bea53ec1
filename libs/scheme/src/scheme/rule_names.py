"""The rules that refusals cite: stable names in code; a scheme maps them to the ids of its deployment (X-13)."""

from typing import Annotated, Literal

from pydantic import StringConstraints

type RuleName = Literal[
    "record.report",
    "record.mend",
    "record.review",
    "record.amend",
    "draft",
    "category",
    "final",
    "final.review",
    "client",
    "position",
    "misconduct.release",
    "enrolment",
    "participation",
    "switch",
    "catalog",
    "term",
    "import",
    "select",
    "select.automatic",
    "board",
    "complaint.open",
    "complaint.window",
    "complaint.move",
    "complaint.decide",
    "complaint.malicious",
    "appeal",
    "evaluation",
    "evaluation.classmates",
    "archive.term",
    "archive.career",
    "backfill",
    "contacts",
    "verdict",
    "result",
    "sign_off",
    "first_sign_in",
    "profile",
    "verification.code",
    "verification.form",
    "statistics",
]
"""A rule by its subject. `complaint.open`: who may complain, and when; `complaint.window`: when a stage is open;
`complaint.move`: the actions of a stage and their required input; `complaint.decide`: decisions in bulk and their
reasons; `complaint.malicious`: what follows from malicious complaints; `appeal`: all of these for a case against another
case's outcome; `verification.code`: the codes on a confirmation form; `verification.form`: its upload."""

type PlatformRule = Literal["X-02", "X-08", "X-09", "X-10", "X-12", "X-13"]
"""A rule of the platform, the same in every deployment."""

RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}-\d{2}$")]
"""A rule's id in the feature list: JX-08."""
