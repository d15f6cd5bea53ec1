"""The responses of records, with the titles of the scheme, so that clients need no second request."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from contracts.base import Window
from pydantic import BaseModel, ConfigDict
from scheme import Finding
from scheme.quotas import LedgerLine
from scheme.timetable import Possible
from servicekit.auth import Actor
from servicekit.files import EvidenceItem, evidence_items
from servicekit.mapping import from_attributes

from records.domain import position as positions
from records.domain.access import readable
from records.domain.position import Position
from records.domain.record import HistoryLine, Record
from records.domain.term import Term


class RemedyView(BaseModel):
    """One change that ends a finding: this window starts or ends `at` another time; `says` it in Chinese."""

    model_config = ConfigDict(from_attributes=True)

    window: int
    edge: str
    at: datetime
    says: str


class FindingView(BaseModel):
    """A finding of the timetable check; `windows` are indexes of the list that was sent."""

    severity: str
    code: str
    message: str
    windows: list[int]
    rule: str
    remedies: list[RemedyView]


class TermView(BaseModel):
    """A term; `findings` are warnings about the timetable just sent. `terms_per_year`: how many the school has."""

    id: UUID
    path: str
    title: str
    school_year: str
    number: int
    scheme_id: str
    scheme_version: str
    time_zone: str
    starts_on: date
    ends_on: date
    windows: list[Window]
    version: int
    terms_per_year: int
    findings: list[FindingView]

    @classmethod
    def of(cls, term: Term, findings: list[Finding] | None = None) -> Self:
        """A term."""
        warnings = [from_attributes(FindingView, finding) for finding in findings or []]
        return from_attributes(
            cls, term, scheme_id=term.scheme.id, scheme_version=term.scheme.version, time_zone=term.zone.key, findings=warnings,
            terms_per_year=term.schooling.terms_per_year,
        )  # fmt: skip


class AllowedView(BaseModel):
    """One operation that one role may do; `until` null: no end is set."""

    operation: str
    operation_title: str
    role: str
    role_title: str
    grade: int | None
    until: datetime | None
    mine: bool

    @classmethod
    def of(cls, term: Term, possible: Possible, actor: Actor) -> Self:
        """One operation; `mine`: the actor has the role."""
        operation, role = term.scheme.operation(possible.operation), term.scheme.role_title(possible.role)
        return from_attributes(cls, possible, operation_title=operation.title, role_title=role, mine=actor.is_(possible.role))


class RecordLine(BaseModel):
    """A record in a list. `listed` are the fields that the kind shows in lists, by title, as people read them.
    `scheme_version`: the version of the term's scheme by which the record is read (X-01)."""

    id: UUID
    term_id: UUID
    student_id: UUID
    student_name: str
    path: str
    class_title: str | None = None
    dimension: str
    dimension_title: str
    kind: str
    kind_title: str
    title: str
    listed: dict[str, str]
    state: str
    step: str | None
    reviewer_role: str | None
    origin: str
    evidence_count: int
    author_name: str
    version: int
    created_at: datetime
    submitted_at: datetime | None
    released_on: date | None = None
    scheme_version: str

    @classmethod
    def in_list(cls, term: Term, record: Record, class_title: str | None, *, reader: Actor) -> Self:
        """A record in a list, as `reader` may read it (BJ-05)."""
        record = readable(term, record, reader)
        return from_attributes(cls, record, class_title=class_title, **_titles(term, record))


class HistoryView(BaseModel):
    """Who did what when; `reason_title` is from the scheme's list."""

    at: datetime
    by_name: str
    by_role: str
    action: str
    from_state: str | None
    to_state: str
    step: str | None
    reason_code: str | None
    reason_title: str | None
    note: str | None
    version: int

    @classmethod
    def of(cls, term: Term, line: HistoryLine) -> Self:
        """One line of a history."""
        reason = _reason(term, line.reason_code)
        return from_attributes(cls, line, by_name=line.by.name, by_role=line.by.role, reason_title=reason)


class LedgerLineView(BaseModel):
    """What a record counts in a quota of points: `counted` of its `amount`; less where the quota was used up (`flagged`)."""

    quota: str
    title: str
    amount: Decimal
    counted: Decimal
    unit: str
    flagged: bool
    says: str

    @classmethod
    def of(cls, line: LedgerLine) -> Self:
        """A line of the ledger, with a sentence for readers."""
        quota, flagged = line.quota, line.counted != line.amount
        tail = f"计入{quota.shown(line.counted)}（{quota.says()}）" if flagged else "全部计入"
        return cls(
            quota=quota.id, title=quota.title, amount=line.amount, counted=line.counted, unit=quota.unit, flagged=flagged,
            says=f"{quota.title}{quota.shown(line.amount)}，{tail}",
        )  # fmt: skip


class RecordView(RecordLine):
    """A whole record; `history` only if one record was asked for."""

    data: dict[str, Any]
    evidence: list[EvidenceItem]
    visibility: str
    level: str
    author_role: str
    reason_code: str | None
    reason_title: str | None
    note: str | None
    cases: list[UUID]
    released_on: date | None
    release_reason: str | None
    released_by: str | None
    history: list[HistoryView]
    ledger: list[LedgerLineView]

    @classmethod
    def of(
        cls,
        term: Term,
        record: Record,
        history: list[HistoryLine] | None = None,
        ledger: Sequence[LedgerLine] = (),
        *,
        reader: Actor,
    ) -> Self:
        """A whole record, as `reader` may read it (BJ-05); `ledger`: as `history`, only if one record was asked for."""
        term = term.as_of(record.scheme_version, record.kind, record.data)
        record = readable(term, record, reader)
        points = [LedgerLineView.of(line) for line in ledger]
        lines = [HistoryView.of(term, line) for line in history or []]
        reason = _reason(term, record.reason_code)
        evidence = evidence_items(record.evidence)
        return from_attributes(
            cls,
            record,
            class_title=None,
            evidence=evidence,
            reason_title=reason,
            history=lines,
            ledger=points,
            **_titles(term, record),
        )


def _titles(term: Term, record: Record) -> dict[str, Any]:
    term = term.as_of(record.scheme_version, record.kind, record.data)
    kind = term.scheme.kind(record.kind)
    return {
        "dimension_title": term.dimension_title(record.dimension),
        "kind_title": kind.title,
        "listed": {field.title: field.shown(record.data.get(field.id), term.zone) for field in kind.listed()},
        "evidence_count": len(record.evidence),
        "scheme_version": term.scheme.version,
    }


def _reason(term: Term, code: str | None) -> str | None:
    return next((reason.title for reason in term.scheme.return_reasons if reason.id == code), None)


class PositionView(BaseModel):
    """A declared position."""

    id: UUID
    term_id: UUID
    student_id: UUID
    student_name: str
    path: str
    title: str
    level: str | None
    data: dict[str, Any]
    state: str
    reviewer_role: str | None
    reason_code: str | None
    reason_title: str | None
    note: str | None
    version: int
    submitted_at: datetime

    @classmethod
    def of(cls, term: Term, position: Position) -> Self:
        """A position."""
        title, level = positions.title_of(term, position), positions.level_of(term, position)
        return from_attributes(cls, position, title=title, level=level, reason_title=_reason(term, position.reason_code))
