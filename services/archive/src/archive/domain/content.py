"""What a term archive and a career archive hold: the content that is signed, and from which the page is set.

Pure values, complete in themselves: every code is resolved to the words people read, so that a content can be read in
twenty years without a scheme at hand. Facts only; nothing here computes, asks or stores.
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
    """Frozen, and strict about what it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(Part):
    """A label and a value, both as people read them."""

    label: Line
    value: Text


class Profile(Part):
    """The student; `facts` are further lines such as birth date or registry number, already masked if they must be."""

    name: Line
    sex: Line
    student_no: Line
    facts: tuple[Fact, ...] = ()


class Place(Part):
    """Where: the school and, for a term, the grade and class as they stood."""

    school: Line
    class_name: Line
    region: Line = ""


class Position(Part):
    """A position held, where (班级, 校级), when, and what was done in it."""

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
    facts: tuple[Fact, ...] = ()
    text: Text = ""
    evidence: int = Field(default=0, ge=0)


class KindRecords(Part):
    """The records of one kind; `quota` is the most the career archive may hold of it (JX-13)."""

    kind: Line
    records: tuple[Record, ...] = ()
    quota: int | None = Field(default=None, ge=0)


class DimensionRecords(Part):
    """The records of one dimension, in the scheme's order; `nothing` is an honest "nothing to report" (X-06)."""

    dimension: Line
    kinds: tuple[KindRecords, ...] = ()
    nothing: Line = ""


class Table(Part):
    """A table as it is printed: scores, fitness test, basic data. Every row has as many cells as there are columns."""

    title: Line
    columns: tuple[Line, ...] = Field(min_length=1, max_length=12)
    rows: tuple[tuple[Line, ...], ...] = ()
    note: Line = ""


class TableGroup(Part):
    """Tables under one heading of the scheme, such as the scores; a heading without tables says 无."""

    title: Line
    tables: tuple[Table, ...] = ()


class Statement(Part):
    """What somebody wrote: a self-evaluation or a teacher's comment."""

    text: Text
    author: Line
    written_on: date | None = None
    term: Line = ""


class Evaluated(Part):
    """One evaluation of the scheme and what was written for it; nothing written says 未填写 (JX-12)."""

    title: Line
    statements: tuple[Statement, ...] = ()


class Release(Part):
    """A misconduct released: when, and why (JX-14)."""

    released_on: date
    reason: Text


class Misconduct(Part):
    """A misconduct on file, released or not."""

    happened_on: date | None
    what: Text
    measure: Line = ""
    release: Release | None = None


class Axis(Part):
    """One dimension in the radar picture; `mean` is the class's, where it is known."""

    dimension: Line
    value: float = Field(ge=0)
    mean: float | None = Field(default=None, ge=0)


class Radar(Part):
    """The dimensions at a glance; `unit` says what is counted, `full` is the outer ring (None: the largest value).

    A picture of activity, not a mark.
    """

    unit: Line
    full: float | None = Field(default=None, gt=0)
    axes: tuple[Axis, ...] = Field(min_length=3, max_length=10)


class Origin(Part):
    """By which rules it was made."""

    scheme: Line
    scheme_name: Line
    scheme_version: Line


class Replaced(Part):
    """The version that this one takes the place of, and why."""

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


class Archive(Part):
    """What both archives hold. `made_at` is printed in the time zone `zone`; `version` counts corrections from 1."""

    title: Line
    document_no: Line
    version: int = Field(ge=1)
    code: Code
    url: Line
    made_at: AwareDatetime
    zone: Line = "Asia/Shanghai"
    origin: Origin
    place: Place
    student: Profile
    positions: tuple[Position, ...] = ()
    radar: Radar | None = None
    dimensions: tuple[DimensionRecords, ...] = ()
    groups: tuple[TableGroup, ...] = ()
    evaluations: tuple[Evaluated, ...] = ()
    misconduct: tuple[Misconduct, ...] = ()
    replaces: Replaced | None = None


class TermArchive(Archive):
    """One student's term: made from the publicised records (JX-13), or backfilled for a term spent elsewhere (JX-15)."""

    kind: Literal["term"] = "term"
    term: Line
    backfill: Backfilled | None = None


class CareerArchive(Archive):
    """A student's three years: the chosen records, at most so many per kind (JX-13); backfilled ones say so (JX-15)."""

    kind: Literal["career"] = "career"
    period: Line
    backfilled: bool = False


def as_content(archive: TermArchive | CareerArchive) -> dict[str, Any]:
    """The JSON that `proof.sign` signs."""
    return archive.model_dump(mode="json")


def of_content(content: dict[str, Any]) -> TermArchive | CareerArchive:
    """Read a signed content back; pydantic.ValidationError if it is not one of ours."""
    model = CareerArchive if content.get("kind") == "career" else TermArchive
    return model.model_validate(content)
