"""Score sheets, adjustments and locked scores as responses (BJ-10, X-15)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from servicekit.auth import Actor

from archive.domain import score_sheets as sheets
from archive.domain.score_sheets import LockedScore, SheetRow
from archive.domain.score_values import ScoreInputs
from archive.domain.scores import ANYBODY, WHOLE, Adjustment, Score, dimensions_in
from archive.domain.terms import ArchiveTerm
from archive.results import ClassSheet, FullSheet, MoveOutcome, ScoreOutcome
from archive.views.base import View
from archive.views.consents import ReasonView, reason_views


class EnteredView(View):
    """A value that was entered: of a part of marks `band` is its band. `version`: what a change is based on."""

    part: str
    dimension: str
    value: float
    band: str | None
    author_name: str
    at: datetime
    mine: bool
    version: int


class AdjustmentView(View):
    """A bonus or deduction; families do not see who gave it. `withdrawn_at`: it no longer counts."""

    adjustment_id: UUID
    part: str
    part_title: str
    dimension: str
    dimension_title: str
    points: float
    reason: str
    author_name: str | None
    at: datetime
    withdrawn_at: datetime | None
    withdrawn_because: str | None


class DimensionScoreView(View):
    """The score of a dimension so far: what each part is worth, the score and its band once nothing is missing.
    `left_out`: parts that the student cannot have; `unsettled`: those whose scorers do not agree."""

    dimension: str
    values: dict[str, float]
    score: float | None
    band: str | None
    left_out: list[str]
    unsettled: list[str]


class StudentScoreView(View):
    """A student of a class with what was entered and what it adds up to."""

    student_id: UUID
    student_name: str
    dimensions: list[DimensionScoreView]
    total: float | None
    band: str | None
    entered: list[EnteredView]
    adjustments: list[AdjustmentView]


class ScorePartView(View):
    """A part of the score as the scheme says; `in_bands`: its values are bands; `each`: everybody enters an own
    one. `may_enter`: this card enters it now, `why_not`: why it does not."""

    id: str
    title: str
    source: str
    weight: float
    minimum: float
    maximum: float
    decimals: int
    who: str
    in_bands: bool
    each: bool
    may_enter: bool
    why_not: str | None
    until: datetime | None


class NamedView(View):
    """An id with its title."""

    id: str
    title: str


class SheetBandView(NamedView):
    """A band, and the dimensions that have it; empty: all of them."""

    dimensions: list[str]


class ShareView(View):
    """A share: how many of how many students have one of the bands in a dimension, and how many may."""

    dimension: str
    dimension_title: str
    bands: list[str]
    of: str
    students: int
    taken: int
    seats: int
    enforced: bool


class SheetMoveView(View):
    """What somebody did with the sheet of a class."""

    action: str
    role: str
    author_name: str
    reason: str
    at: datetime


class SheetHead(View):
    """How far the scores of a class are, and what this card may do next."""

    term_id: UUID
    path: str
    grade_title: str
    class_title: str
    students: int
    step: int
    locked: bool
    state: str
    actions: list[str]
    version: int


class SheetView(SheetHead):
    """The sheet of a class with its students; `total`: whether the dimensions have one, a number with a band or a band only."""

    parts: list[ScorePartView]
    dimensions: list[NamedView]
    bands: list[SheetBandView]
    rows: list[StudentScoreView]
    shares: list[ShareView]
    reasons: list[ReasonView]
    may_write_reasons: bool
    total: bool
    moves: list[SheetMoveView]


class ScoreOutcomeView(View):
    """How one value went: saved, or refused with code, sentence and wrong field."""

    student_id: UUID
    dimension: str
    ok: bool
    value: float | None
    version: int | None
    code: str | None
    detail: str | None
    errors: list[dict[str, Any]]


class ScoreOutcomes(View):
    """In the order in which the values were sent."""

    results: list[ScoreOutcomeView]


class SheetOutcomeView(View):
    """How one sheet went: moved, or refused."""

    path: str
    ok: bool
    state: str | None
    version: int | None
    code: str | None
    detail: str | None
    help: str | None
    errors: list[dict[str, Any]]


class SheetOutcomes(View):
    """In the order in which the sheets were sent."""

    results: list[SheetOutcomeView]


class OwnScoreView(View):
    """A student's locked scores as a table in words."""

    student_id: UUID
    columns: list[str]
    rows: list[list[str]]


class OwnScores(View):
    """What the own side sees: locked scores, and bonuses and deductions as they are given. `locked`: there is a score."""

    term_id: UUID
    locked: bool
    scores: list[OwnScoreView]
    adjustments: list[AdjustmentView]


def head_view(head: ClassSheet) -> SheetHead:
    """From the use case's result."""
    return SheetHead(**_head(head))


def _head(head: ClassSheet) -> dict[str, Any]:
    sheet = head.sheet
    return {
        "term_id": head.term.id, "path": sheet.path, "grade_title": head.grade_title, "class_title": head.class_title,
        "students": head.students, "step": sheet.step, "locked": sheet.locked, "state": sheets.state_title(head.term, sheet),
        "actions": list(head.actions), "version": sheet.version,
    }  # fmt: skip


def sheet_view(found: FullSheet, actor: Actor, now: datetime) -> SheetView:
    """From the use case's result, as this card sees it."""
    head, term = found.head, found.head.term
    rule, parts = term.need_scored(), _parts(head, actor, now)
    return SheetView(
        **_head(head),
        parts=parts,
        dimensions=[NamedView(id=d, title=_dimension(term, d)) for d in dimensions_in(term, rule)],
        bands=[SheetBandView(id=band.id, title=band.title, dimensions=list(band.dimensions)) for band in rule.bands],
        rows=[_row(term, row, found.given, actor) for row in found.rows],
        shares=[
            ShareView(
                dimension=one.dimension, dimension_title=_dimension(term, one.dimension), bands=list(one.share.bands),
                of=one.share.of, students=one.students, taken=one.taken, seats=one.seats,
                enforced=one.share.enforced,
            )
            for one in found.shares
        ],
        reasons=reason_views(found),
        may_write_reasons=any(part.may_enter for part in parts),
        total=rule.overall != "none",
        moves=[
            SheetMoveView(
                action=one.action, role=term.scheme.role_title(one.role), author_name=one.author_name, reason=one.reason,
                at=one.at,
            )
            for one in found.moves
        ],
    )  # fmt: skip


def _parts(head: ClassSheet, actor: Actor, now: datetime) -> list[ScorePartView]:
    term = head.term
    made = []
    for part in term.scored_at(head.sheet.path).parts:
        by = part.by or (term.scheme.evaluation(part.evaluation).by if part.evaluation else ())
        open_, why, until = sheets.entry(term, head.sheet, part, actor.roles, now)
        made.append(
            ScorePartView(
                id=part.id, title=part.title, source=part.source, weight=float(part.weight), minimum=float(part.minimum),
                maximum=float(part.maximum), decimals=part.decimals, who="、".join(term.scheme.role_title(r) for r in by),
                in_bands=part.in_bands, each=part.scorers == "each", may_enter=open_, why_not=why, until=until,
            )
        )  # fmt: skip
    return made


def _dimension(term: ArchiveTerm, dimension: str) -> str:
    return "" if dimension == WHOLE else term.scheme.dimension(dimension).title


def _row(term: ArchiveTerm, row: SheetRow, given: Mapping[UUID, ScoreInputs], actor: Actor) -> StudentScoreView:
    mine, score = given[row.student.id], row.score
    return StudentScoreView(
        student_id=row.student.id,
        student_name=row.student.name,
        dimensions=[
            DimensionScoreView(
                dimension=one.dimension, values={name: float(value) for name, value in one.values.items()},
                score=_number(one.score), band=one.band.id if one.band else None, left_out=sorted(one.left_out),
                unsettled=sorted(one.unsettled),
            )
            for one in score.dimensions
        ],
        total=_number(score.total),
        band=score.band.id if score.band else None,
        entered=[_entered(term, one, actor) for one in mine.scores],
        adjustments=adjustment_views(term, mine.adjustments, with_author=True),
    )  # fmt: skip


def _entered(term: ArchiveTerm, one: Score, actor: Actor) -> EnteredView:
    rule = term.need_scored()
    part = rule.part(one.part)
    band = rule.band(one.value, one.dimension).id if part is not None and part.in_bands else None
    return EnteredView(
        part=one.part, dimension=one.dimension, value=float(one.value), band=band,
        author_name=one.author.name, at=one.at, mine=one.scorer in (ANYBODY, actor.account_id), version=one.version,
    )  # fmt: skip


def adjustment_view(term: ArchiveTerm, one: Adjustment, *, with_author: bool) -> AdjustmentView:
    """One bonus or deduction."""
    part = term.need_scored().part(one.part)
    return AdjustmentView(
        adjustment_id=one.id, part=one.part, part_title=part.title if part else one.part, dimension=one.dimension,
        dimension_title=_dimension(term, one.dimension), points=float(one.points), reason=one.reason,
        author_name=one.author.name if with_author else None, at=one.at, withdrawn_at=one.withdrawn_at,
        withdrawn_because=one.withdrawn_because,
    )  # fmt: skip


def adjustment_views(term: ArchiveTerm, given: Iterable[Adjustment], *, with_author: bool) -> list[AdjustmentView]:
    """Bonuses and deductions."""
    return [adjustment_view(term, one, with_author=with_author) for one in given]


def own_view(term: ArchiveTerm, locked: Sequence[LockedScore], given: Sequence[Adjustment]) -> OwnScores:
    """What the own side sees."""
    return OwnScores(
        term_id=term.id,
        locked=bool(locked),
        scores=[
            OwnScoreView(student_id=one.student_id, columns=one.content["columns"], rows=one.content["rows"]) for one in locked
        ],
        adjustments=adjustment_views(term, given, with_author=False),
    )


def outcomes_view(outcomes: Iterable[ScoreOutcome]) -> ScoreOutcomes:
    """From the use case's result."""
    return ScoreOutcomes(
        results=[
            ScoreOutcomeView(
                student_id=one.given.student_id, dimension=one.given.dimension, ok=one.refusal is None,
                value=float(one.score.value) if one.score else None, version=one.score.version if one.score else None,
                code=one.refusal.code if one.refusal else None,
                detail=(one.refusal.detail or one.refusal.meaning.title) if one.refusal else None,
                errors=one.refusal.details.get("errors", []) if one.refusal else [],
            )
            for one in outcomes
        ]
    )  # fmt: skip


def moved_view(term: ArchiveTerm, outcomes: Iterable[MoveOutcome]) -> SheetOutcomes:
    """From the use case's result."""
    return SheetOutcomes(
        results=[
            SheetOutcomeView(
                path=one.path, ok=one.refusal is None, state=sheets.state_title(term, one.sheet) if one.sheet else None,
                version=one.sheet.version if one.sheet else None, code=one.refusal.code if one.refusal else None,
                detail=(one.refusal.detail or one.refusal.meaning.title) if one.refusal else None,
                help=one.refusal.details.get("help") if one.refusal else None,
                errors=one.refusal.details.get("errors", []) if one.refusal else [],
            )
            for one in outcomes
        ]
    )  # fmt: skip


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
