"""The signed content of a term archive and of a career archive; their PDFs are made from it.

Every code is replaced by the words people read, so that a content can be read in twenty years without its scheme.
"""

import secrets
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

type Text = Annotated[str, StringConstraints(max_length=20_000)]
type Line = Annotated[str, StringConstraints(max_length=400)]
type Code = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){4}$")]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_code() -> str:
    """A verification code: 100 random bits as five groups of four, without letters that look like digits.

    It also salts the Merkle leaf: nobody can guess a classmate's content and test the guess.
    """
    letters = [secrets.choice(_ALPHABET) for _ in range(20)]
    return "-".join("".join(letters[i : i + 4]) for i in range(0, 20, 4))


class Part(BaseModel):
    """Immutable; unknown fields are refused. Where a name differs from the JSON of signed archives, that is its alias."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


class Detail(Part):
    """A label and a value, both as people read them."""

    label: Line
    value: Text


class Profile(Part):
    """The student; `details` are further lines such as birth date or registry number, already masked if they must be."""

    name: Line
    sex: Line
    student_no: Line
    details: tuple[Detail, ...] = Field(default=(), alias="facts")


class SchoolAndClass(Part):
    """The school with its region, and the student's class, as they were when the archive was sealed."""

    school: Line
    class_name: Line
    region: Line = ""


class Position(Part):
    """A position, its scope (班级, 校级), when it was held, and its duties."""

    name: Line
    scope: Line = ""
    period: Line
    duties: Text = ""


class Record(Part):
    """One publicised record. `when` as printed; `source` says who reported it; evidence is counted, not shown."""

    title: Line
    when: Line = ""
    term: Line = ""
    source: Line = ""
    details: tuple[Detail, ...] = Field(default=(), alias="facts")
    text: Text = ""
    evidence: int = Field(default=0, ge=0)


class KindRecords(Part):
    """The records of one kind; `quota` is the most of them that the career archive may have (JX-13)."""

    kind: Line
    records: tuple[Record, ...] = ()
    quota: int | None = Field(default=None, ge=0)


class Summary(Part):
    """What was written about one dimension as a whole; `title`: of the evaluation (CS-07)."""

    title: Line
    text: Text = ""
    choice: Line = ""
    author: Line
    written_on: date | None = None
    term: Line = ""


class DimensionRecords(Part):
    """The records of one dimension, in the scheme's order; `nothing` is printed where there is nothing to report (X-06).

    `summaries`: what was written about the dimension, in the order of the terms.
    """

    dimension: Line
    kinds: tuple[KindRecords, ...] = ()
    nothing: Line = ""
    summaries: tuple[Summary, ...] = ()


class Table(Part):
    """A printed table, such as scores or fitness tests. Every row has as many cells as there are columns."""

    title: Line
    columns: tuple[Line, ...] = Field(min_length=1, max_length=12)
    rows: tuple[tuple[Line, ...], ...] = ()
    note: Line = ""


class TableGroup(Part):
    """Tables under one heading of the scheme, such as the scores; a heading without tables says 无."""

    title: Line
    tables: tuple[Table, ...] = ()


class Statement(Part):
    """A self-evaluation or a teacher's comment; `choice`: such as a grade from A to D."""

    text: Text
    author: Line
    written_on: date | None = None
    term: Line = ""
    choice: Line = ""


class ChoiceCounts(Part):
    """How often classmates made each choice about the student in one dimension, in the order of `choices` (CS-12)."""

    dimension: Line = ""
    counts: tuple[Annotated[int, Field(ge=0)], ...]


class ByClassmates(Part):
    """What classmates said, as numbers. `note`: printed in their place where too few said something; texts without names."""

    term: Line = ""
    evaluators: int = Field(ge=0)
    choices: tuple[Line, ...] = ()
    dimensions: tuple[ChoiceCounts, ...] = ()
    texts: tuple[Text, ...] = ()
    note: Line = ""


class Evaluated(Part):
    """One evaluation of the scheme and its texts; without any, 未填写 is printed (JX-12)."""

    title: Line
    statements: tuple[Statement, ...] = ()
    by_classmates: tuple[ByClassmates, ...] = ()


class Release(Part):
    """The release of a misconduct record (JX-14)."""

    released_on: date
    reason: Text


class Misconduct(Part):
    """A misconduct record, released or not."""

    happened_on: date | None
    what: Text
    measure: Line = ""
    release: Release | None = None


class Axis(Part):
    """One dimension of the radar chart; `mean` is the class's, where it is known."""

    dimension: Line
    value: float = Field(ge=0)
    mean: float | None = Field(default=None, ge=0)


class Radar(Part):
    """The radar chart of activity; `unit` says what is counted, `full` is the outer ring (None: the largest value)."""

    unit: Line
    full: float | None = Field(default=None, gt=0)
    axes: tuple[Axis, ...] = Field(min_length=3, max_length=10)


class Origin(Part):
    """The scheme by which it was made."""

    scheme: Line
    scheme_name: Line
    scheme_version: Line


class Replaced(Part):
    """The version that this one replaces, and why."""

    version: int = Field(ge=1)
    code: Code
    reason: Text


class Backfilled(Part):
    """A term spent at a school of another province, filled in by the receiving school (JX-15)."""

    from_province: Line
    from_school: Line
    transferred_on: date
    filled_by: Line
    lacking: tuple[Line, ...] = ()


class SectionHead(Part):
    """A section in the scheme's order; `source` says which part of the content it shows."""

    title: Line
    source: Line


class GivenVerdict(Part):
    """The verdict on the report, by whom and when, and how it was signed for: label and what is known (SH-11)."""

    title: Line
    verdict: Line
    reason: Text = ""
    author: Line
    given_on: date
    signed: tuple[Detail, ...] = ()


class ArchiveContent(Part):
    """What both archives have. `made_at` is printed in the time zone `zone`; `version` counts corrections from 1.

    `document`: its name on top; `sections`: in the scheme's order. Archives of earlier releases have neither.
    """

    title: Line
    document_no: Line
    version: int = Field(ge=1)
    code: Code
    url: Line
    made_at: AwareDatetime
    zone: Line = "Asia/Shanghai"
    origin: Origin
    school_and_class: SchoolAndClass = Field(alias="place")
    student: Profile
    positions: tuple[Position, ...] = ()
    radar: Radar | None = None
    dimensions: tuple[DimensionRecords, ...] = ()
    groups: tuple[TableGroup, ...] = ()
    evaluations: tuple[Evaluated, ...] = ()
    misconduct: tuple[Misconduct, ...] = ()
    replaces: Replaced | None = None
    former_name: Line | None = None
    document: Line = ""
    sections: tuple[SectionHead, ...] = ()
    result: GivenVerdict | None = None
    scores: tuple[Table, ...] = ()
    """The locked scores as tables, of a career archive one for each term (BJ-10)."""


class TermContent(ArchiveContent):
    """One student's term: made from the publicised records (JX-13), or backfilled for a term spent elsewhere (JX-15)."""

    kind: Literal["term"] = "term"
    term: Line
    backfill: Backfilled | None = None


class CareerContent(ArchiveContent):
    """A student's three years: the chosen records, at most so many per kind (JX-13); backfilled ones say so (JX-15)."""

    kind: Literal["career"] = "career"
    period: Line
    backfilled: bool = False


def as_content(archive: TermContent | CareerContent) -> dict[str, Any]:
    """The JSON that `proof.sign` signs."""
    return archive.model_dump(mode="json", by_alias=True)
