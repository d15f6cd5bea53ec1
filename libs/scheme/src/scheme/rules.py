"""The rules that refusals cite: stable names in code, and the id that each deployment's feature list gives them (X-13)."""

from typing import Annotated, Literal

from pydantic import StringConstraints

type RuleName = Literal[
    "record.report",
    "record.mend",
    "record.review",
    "record.amend",
    "draft",
    "position",
    "misconduct.release",
    "enrolment",
    "term",
    "import",
    "select",
    "select.automatic",
    "board",
    "complaint.open",
    "complaint.window",
    "complaint.move",
    "complaint.decide",
    "appeal",
    "evaluation",
    "archive.term",
    "archive.career",
    "backfill",
]
"""A rule by what it governs. `complaint.open`: who may complain, and when; `complaint.window`: when a stage may be
handled; `complaint.move`: what may be done there and what must come with it; `complaint.decide`: decisions in bulk and
the reasons they need; `appeal`: all of these for a case against another case's outcome."""

type PlatformRule = Literal["X-02", "X-08", "X-09", "X-10", "X-12", "X-13"]
"""A rule of the platform itself, the same in every deployment."""

RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}-\d{2}$")]
"""A rule's id in the feature list: JX-08."""
