"""Reasons for bands, the consent of the level above, and a student's material as responses (X-15)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from scheme import Allowed
from servicekit.auth import Actor
from servicekit.refusals import Refusal

from archive.domain.consents import BandConsent, needed
from archive.domain.score_sheets import band_title
from archive.domain.student_material import StudentMaterial
from archive.domain.terms import ArchiveTerm
from archive.results import AskedConsent, DecisionOutcome, FullSheet, ReasonOutcome
from archive.views.base import View


class ReasonView(View):
    """A band that needs a reason and the consent of `by`.

    `state`: missing, written, asked, consented or refused; `note`: what the level above said. `least`, `most`: the length of
    the reason.
    """

    student_id: UUID
    student_name: str
    dimension: str
    dimension_title: str
    band: str
    by: str
    reason: str
    state: str
    note: str
    decided_by_name: str | None
    version: int | None
    least: int
    most: int


class AskedConsentView(View):
    """A request to the level above. `may_answer`: this card answers it now; `why_not`: why it does not."""

    term_id: UUID
    term_title: str
    student_id: UUID
    student_name: str
    path: str
    school_title: str
    grade_title: str
    class_title: str
    dimension: str
    dimension_title: str
    band: str
    band_title: str
    reason: str
    author_name: str
    at: datetime
    version: int
    may_answer: bool
    why_not: str | None
    until: datetime | None


class ReasonOutcomeView(View):
    """How one reason went: saved, or refused."""

    student_id: UUID
    dimension: str
    ok: bool
    version: int | None
    code: str | None
    detail: str | None
    errors: list[dict[str, Any]]


class ReasonOutcomes(View):
    """In the order in which the reasons were sent."""

    results: list[ReasonOutcomeView]


class AnswerOutcomeView(View):
    """How one answer went: given, or refused."""

    term_id: UUID
    student_id: UUID
    dimension: str
    ok: bool
    state: str | None
    code: str | None
    detail: str | None
    errors: list[dict[str, Any]]


class AnswerOutcomes(View):
    """In the order in which the requests were sent."""

    results: list[AnswerOutcomeView]


class RecordLineView(View):
    """A line of a record: label and value."""

    label: str
    value: str


class RecordedView(View):
    """A record as archives print it. `evidence`: how many files prove it."""

    kind: str
    title: str
    when: str
    term: str
    source: str
    lines: list[RecordLineView]
    text: str
    evidence: int


class YearView(View):
    """The records of a school year."""

    school_year: str
    records: list[RecordedView]


class DimensionMaterialView(View):
    """The records of a dimension, newest year first."""

    dimension: str
    dimension_title: str
    years: list[YearView]


class EarlierResultView(View):
    """The locked result of an earlier term as a table in words."""

    term_title: str
    columns: list[str]
    rows: list[list[str]]


class StudentMaterialView(View):
    """What was recorded of a student over the years of the stage."""

    student_id: UUID
    student_name: str
    dimensions: list[DimensionMaterialView]
    results: list[EarlierResultView]


def reason_views(found: FullSheet) -> list[ReasonView]:
    """Every band that needs consent now, with the reason that was written for it."""
    term, made = found.head.term, []
    for one in needed(term, found.rows):
        held = found.consents.get(one.key)
        fits = held is not None and held.band == one.band
        made.append(
            ReasonView(
                student_id=one.student.id, student_name=one.student.name, dimension=one.dimension,
                dimension_title=_dimension(term, one.dimension), band=one.band, by=term.scheme.role_title(one.rule.by),
                reason=held.reason if held else "", state=held.state if held and fits else "missing",
                note=held.note if held else "", decided_by_name=held.decided_by_name if held else None,
                version=held.version if held else None, least=one.rule.reason.min, most=one.rule.reason.max,
            )
        )  # fmt: skip
    return made


def _dimension(term: ArchiveTerm, dimension: str) -> str:
    return term.scheme.dimension(dimension).title if dimension else ""


def asked_view(one: AskedConsent, actor: Actor, now: datetime) -> AskedConsentView:
    """From the use case's result, as this card sees it."""
    held, term = one.consent, one.term
    open_, why, until = _may_answer(term, held, actor, now)
    return AskedConsentView(
        term_id=term.id, term_title=term.title, student_id=held.student_id, student_name=one.student_name, path=held.path,
        school_title=one.school_title, grade_title=one.grade_title, class_title=one.class_title, dimension=held.dimension,
        dimension_title=_dimension(term, held.dimension), band=held.band,
        band_title=band_title(term.need_scored(), held.band), reason=held.reason, author_name=held.author.name, at=held.at,
        version=held.version, may_answer=open_, why_not=why, until=until,
    )  # fmt: skip


def _may_answer(term: ArchiveTerm, held: BandConsent, actor: Actor, now: datetime) -> tuple[bool, str | None, datetime | None]:
    rule = term.need_scored().consent(held.dimension, held.band)
    if rule is None:
        return False, "现在不需要同意", None
    answer = term.ask(rule.operation, actor.roles, now, held.path)
    return (True, None, answer.until) if isinstance(answer, Allowed) else (False, answer.message, None)


def _refused(refusal: Refusal | None) -> dict[str, Any]:
    return {
        "ok": refusal is None,
        "code": refusal.code if refusal else None,
        "detail": (refusal.detail or refusal.meaning.title) if refusal else None,
        "errors": refusal.details.get("errors", []) if refusal else [],
    }


def reasons_view(outcomes: Iterable[ReasonOutcome]) -> ReasonOutcomes:
    """From the use case's result."""
    return ReasonOutcomes(
        results=[
            ReasonOutcomeView(
                student_id=one.given.student_id, dimension=one.given.dimension,
                version=one.consent.version if one.consent else None, **_refused(one.refusal),
            )
            for one in outcomes
        ]
    )  # fmt: skip


def answers_view(outcomes: Iterable[DecisionOutcome]) -> AnswerOutcomes:
    """From the use case's result."""
    return AnswerOutcomes(
        results=[
            AnswerOutcomeView(
                term_id=one.term_id, student_id=one.key[0], dimension=one.key[1],
                state=one.consent.state if one.consent else None, **_refused(one.refusal),
            )
            for one in outcomes
        ]
    )  # fmt: skip


def material_view(found: StudentMaterial) -> StudentMaterialView:
    """From the use case's result."""
    return StudentMaterialView(
        student_id=found.student.id,
        student_name=found.student.name,
        dimensions=[
            DimensionMaterialView(
                dimension=one.dimension,
                dimension_title=one.title,
                years=[
                    YearView(
                        school_year=year.school_year,
                        records=[
                            RecordedView(
                                kind=kind, title=record.title, when=record.when, term=record.term, source=record.source,
                                lines=[RecordLineView(label=d.label, value=d.value) for d in record.details],
                                text=record.text, evidence=record.evidence,
                            )
                            for kind, record in year.records
                        ],
                    )
                    for year in one.years
                ],
            )
            for one in found.dimensions
        ],
        results=[
            EarlierResultView(term_title=one.term_title, columns=one.content["columns"], rows=one.content["rows"])
            for one in found.results
        ],
    )  # fmt: skip
