"""Response shapes of the organisation tree, and of changing the length of a school."""

from pydantic import BaseModel
from servicekit.mapping import from_attributes

from identity.domain.organisations import Organisation
from identity.domain.school_lengths import LengthChange


class OrganisationView(BaseModel):
    """One node of the organisation tree, with what it inherits."""

    path: str
    level: str
    title: str
    stage: str | None
    scheme_id: str | None
    scheme_version: str | None
    time_zone: str
    area: str | None
    years: int | None
    more_stages: list[str]
    version: int

    @classmethod
    def of(cls, found: Organisation) -> "OrganisationView":
        """From the domain's organisation."""
        return from_attributes(cls, found, more_stages=list(found.more_stages))


class SchoolStageView(BaseModel):
    """A stage of a school: 初中（三年）, its grades, and how many terms it has."""

    stage: str
    title: str
    first_grade: int
    last_grade: int
    terms: int


class GradeChangeView(BaseModel):
    """A grade to which the change matters: the school year it is in and the year in which it leaves, before and after; null:
    it has left, or its stage is no more."""

    title: str
    students: int
    now: int | None
    then: int | None
    leaves: int | None
    leaves_then: int | None


class LengthChangeView(BaseModel):
    """What changing the length of a school would do. `refused`: why it cannot be done, and `help`: who can."""

    title: str
    version: int
    before: list[SchoolStageView]
    after: list[SchoolStageView]
    grades: list[GradeChangeView]
    sealed_terms: int
    refused: str | None
    rule: str | None
    help: str | None

    @classmethod
    def of(cls, found: LengthChange) -> "LengthChangeView":
        """From the domain's change."""
        details = found.refusal.details if found.refusal else {}
        return cls(
            title=found.school.title, version=found.school.version,
            before=[from_attributes(SchoolStageView, one) for one in found.before],
            after=[from_attributes(SchoolStageView, one) for one in found.after],
            grades=[from_attributes(GradeChangeView, one) for one in found.grades],
            sealed_terms=found.sealed_terms, refused=found.refusal.detail if found.refusal else None,
            rule=details.get("rule"), help=details.get("help"),
        )  # fmt: skip
