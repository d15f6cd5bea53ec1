"""The shapes that records answers with: titles by the scheme, so that clients need no second question."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from contracts.base import EvidenceRef, Window
from pydantic import BaseModel
from scheme import Finding
from scheme.timetable import Possible
from servicekit.auth import Actor

from records.domain import position as positions
from records.domain.position import Position
from records.domain.record import Line, Record
from records.domain.rules import Rules


class FindingView(BaseModel):
    """What the timetable checker says; `windows` are places in the list sent."""

    severity: str
    code: str
    message: str
    windows: list[int]
    rule: str

    @classmethod
    def of(cls, it: Finding) -> Self:
        """A finding."""
        return cls(severity=it.severity, code=it.code, message=it.message, windows=list(it.windows), rule=it.rule)


class TermView(BaseModel):
    """A term; `findings` are warnings about the timetable just sent."""

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
    findings: list[FindingView]

    @classmethod
    def of(cls, rules: Rules, findings: list[Finding] | None = None) -> Self:
        """A term."""
        return cls(
            id=rules.id, path=rules.path, title=rules.title, school_year=rules.school_year, number=rules.number,
            scheme_id=rules.scheme.id, scheme_version=rules.scheme.version, time_zone=rules.zone.key,
            starts_on=rules.starts_on, ends_on=rules.ends_on, windows=list(rules.windows), version=rules.version,
            findings=[FindingView.of(finding) for finding in findings or []],
        )  # fmt: skip


class AllowedView(BaseModel):
    """One thing that one role may do; `until` null: no end is set."""

    operation: str
    operation_title: str
    role: str
    role_title: str
    grade: int | None
    until: datetime | None
    mine: bool

    @classmethod
    def of(cls, rules: Rules, it: Possible, actor: Actor) -> Self:
        """One line of who may do what."""
        return cls(
            operation=it.operation, operation_title=rules.scheme.operation(it.operation).title, role=it.role,
            role_title=rules.scheme.role_title(it.role), grade=it.grade, until=it.until, mine=actor.is_(it.role),
        )  # fmt: skip


class RecordLine(BaseModel):
    """A record in a list. `listed` are the fields that the kind shows in lists, by title, as people read them."""

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

    @classmethod
    def in_list(cls, rules: Rules, it: Record, class_title: str | None) -> Self:
        """A record in a list."""
        return cls(**_line_of(rules, it), class_title=class_title)


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
    def of(cls, rules: Rules, it: Line) -> Self:
        """One line of history."""
        return cls(
            at=it.at, by_name=it.by.name, by_role=it.by.role, action=it.action, from_state=it.from_state,
            to_state=it.to_state, step=it.step, reason_code=it.reason_code,
            reason_title=_reason(rules, it.reason_code), note=it.note, version=it.version,
        )  # fmt: skip


class RecordView(RecordLine):
    """A record with everything in it; `history` only where one record was asked for."""

    data: dict[str, Any]
    evidence: list[EvidenceRef]
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

    @classmethod
    def of(cls, rules: Rules, it: Record, history: list[Line] | None = None) -> Self:
        """A whole record."""
        return cls(
            **_line_of(rules, it), data=it.data, evidence=list(it.evidence), visibility=it.visibility, level=it.level,
            author_role=it.author_role, reason_code=it.reason_code, reason_title=_reason(rules, it.reason_code),
            note=it.note, cases=list(it.cases), released_on=it.released_on, release_reason=it.release_reason,
            released_by=it.released_by, history=[HistoryView.of(rules, line) for line in history or []],
        )  # fmt: skip


def _line_of(rules: Rules, it: Record) -> dict[str, Any]:
    kind = rules.scheme.kind(it.kind)
    return {
        "id": it.id, "term_id": it.term_id, "student_id": it.student_id, "student_name": it.student_name,
        "path": it.path, "dimension": it.dimension, "dimension_title": rules.scheme.dimension(it.dimension).title,
        "kind": it.kind, "kind_title": kind.title, "title": it.title,
        "listed": {field.title: field.shown(it.data.get(field.id)) for field in kind.listed()},
        "state": it.state, "step": it.step, "reviewer_role": it.reviewer_role, "origin": it.origin,
        "evidence_count": len(it.evidence), "author_name": it.author_name, "version": it.version,
        "created_at": it.created_at, "submitted_at": it.submitted_at,
    }  # fmt: skip


def _reason(rules: Rules, code: str | None) -> str | None:
    return rules.scheme.return_reason(code).title if code else None


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
    def of(cls, rules: Rules, it: Position) -> Self:
        """A position."""
        return cls(
            id=it.id, term_id=it.term_id, student_id=it.student_id, student_name=it.student_name, path=it.path,
            title=positions.title_of(rules, it), level=positions.level_of(rules, it), data=it.data, state=it.state,
            reviewer_role=it.reviewer_role, reason_code=it.reason_code, reason_title=_reason(rules, it.reason_code),
            note=it.note, version=it.version, submitted_at=it.submitted_at,
        )  # fmt: skip
