"""Response shapes. Use cases decide what may be shown; views only format it."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot
from pydantic import BaseModel
from scheme import Field, Scheme
from servicekit.files import evidence_items

from publicity.domain.as_written import dimension_of, kind_of
from publicity.domain.cases import Case
from publicity.domain.entries import Entry, State
from publicity.domain.terms import Term


class FieldView(BaseModel):
    """One value of a record, as people read it."""

    id: str
    title: str
    value: Any
    shown: str


class EvidenceView(BaseModel):
    """A file that proves a record; its address is asked for separately."""

    evidence_id: UUID
    number: int
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    pages: int | None
    preview: bool


class RecordView(BaseModel):
    """A record as it stood."""

    title: str
    kind: str
    version: int
    fields: list[FieldView]
    evidence: list[EvidenceView]


class EntryView(BaseModel):
    """An entry; `state` is `published` where it is selected and the window is open."""

    entry_id: UUID
    record_id: UUID
    term_id: UUID
    student_id: UUID
    student_name: str
    path: str
    dimension: str
    kind: str
    kind_title: str
    title: str
    state: str
    automatic: bool
    open_cases: int
    selected_at: datetime | None
    version: int


class ResultView(BaseModel):
    """How one of many went: `ok`, or the refusal's code and sentence."""

    case_id: UUID
    ok: bool
    state: str | None = None
    stage: str | None = None
    code: str | None = None
    detail: str | None = None


class AddressView(BaseModel):
    """A short-lived address."""

    url: str


def day_of(moment: datetime, term: Term) -> datetime:
    """The beginning of that day in the school's time zone."""
    return moment.astimezone(term.zone).replace(hour=0, minute=0, second=0, microsecond=0)


def fields_of(fields: Iterable[Field], record: RecordSnapshot, zone: tzinfo) -> list[FieldView]:
    """The values of these fields; empty ones are left out, and what some roles may not read (BJ-05): publicity and cases show a
    record to people of every role. `zone`: of their times."""
    return [
        FieldView(id=field.id, title=field.title, value=value, shown=field.shown(value, zone))
        for field in fields
        if not field.read_by and (value := record.data.get(field.id)) is not None
    ]


def evidence_of(record: RecordSnapshot) -> list[EvidenceView]:
    """The files of a record."""
    return [EvidenceView.model_validate(file, from_attributes=True) for file in evidence_items(record.evidence)]


def titles_of(scheme: Scheme, case: Case) -> tuple[str, str]:
    """What a case is about: the titles of the dimension and the kind; of a result neither dimension nor kind."""
    if case.about == "result":
        return "", scheme.text("result", "评价结果")
    return dimension_of(scheme, case.before).title, kind_of(scheme, case.before).title


def record_view(term: Term, record: RecordSnapshot, *, public_only: bool) -> RecordView:
    """A record; with `public_only` without the fields that the board does not show."""
    kind = kind_of(term.scheme, record) if record.kind else None
    fields = [field for field in (kind.form.fields if kind else ()) if field.public or not public_only]
    return RecordView(
        title=record.title,
        kind=record.kind,
        version=record.version,
        fields=fields_of(fields, record, term.zone),
        evidence=evidence_of(record),
    )


def entry_view(entry: Entry, term: Term, now: datetime) -> EntryView:
    """An entry as its owner and staff see it."""
    published = entry.state is State.SELECTED and term.published(now, entry.path)
    computed = {
        "entry_id": entry.id,
        "kind_title": kind_of(term.scheme, entry.snapshot).title,
        "state": "published" if published else entry.state.value,
    }
    return EntryView.model_validate({**dict(entry.snapshot), **vars(entry), **computed})
