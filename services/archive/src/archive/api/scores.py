"""Scores: entering them, bonuses and deductions, and the sheets of classes (BJ-10, X-15)."""

from typing import Annotated, Literal
from uuid import UUID

from contracts.base import OrgPath
from pydantic import Field, TypeAdapter
from servicekit.auth import may
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, MOST, pack, unpack, unpack_id
from servicekit.refusals import Refusal

from archive.actions import score_runs as runs
from archive.actions import scores as actions
from archive.api.body import Sent
from archive.domain.scores import NewScore
from archive.views.score_runs import SheetRunView, run_view
from archive.views.scores import (
    AdjustmentView,
    OwnScores,
    ScoreOutcomes,
    SheetHead,
    SheetOutcomes,
    SheetView,
    adjustment_view,
    head_view,
    moved_view,
    outcomes_view,
    own_view,
    sheet_view,
)

api = Api("scores")
RULES = ("BJ-10",)
STAFF = may("evaluate", "see_records")
"""Who enters, checks or locks, and who sees all that is known of students; which part or step, the scheme says."""
Value = Annotated[str, Field(min_length=1, max_length=10)]
_PATH: TypeAdapter[str] = TypeAdapter(OrgPath)


class OneScore(Sent):
    """A value of one student: digits, or the id of a band for a part of marks; `version`: what it is based on, null where there
    was none."""

    student_id: UUID
    dimension: str = Field(default="", max_length=60)
    value: Value
    version: int | None = Field(default=None, ge=0)


class ManyScores(Sent):
    """Values of one part, such as a column of a class."""

    term_id: UUID
    part: str = Field(max_length=60)
    scores: list[OneScore] = Field(min_length=1, max_length=600)


class NewAdjustment(Sent):
    """A bonus (`5`) or deduction (`-3`) with its reason."""

    term_id: UUID
    part: str = Field(max_length=60)
    student_id: UUID
    dimension: str = Field(default="", max_length=60)
    points: Value
    reason: str = Field(max_length=2_000)


class Withdrawal(Sent):
    """Why it no longer counts."""

    reason: str = Field(max_length=2_000)


class SeenSheet(Sent):
    """The sheet of a class as it was looked at."""

    path: OrgPath
    version: int = Field(ge=0)


class SheetMoves(Sent):
    """What to do with the sheets of one or many classes; `reason`: of a return or an unlocking."""

    term_id: UUID
    action: Literal["pass", "return", "lock", "unlock"]
    reason: str = Field(default="", max_length=2_000)
    sheets: list[SeenSheet] = Field(min_length=1, max_length=100)


@api.put("/scores", may=may("evaluate"), rules=RULES)
async def enter_scores(request: Request, many: ManyScores) -> ScoreOutcomes:
    """Enter or change values of a part while the class is not handed over; the answer says how each went."""
    given = [NewScore(one.student_id, one.value, one.dimension, one.version) for one in many.scores]
    return outcomes_view(await actions.enter(request.deps, request.actor, many.term_id, many.part, given))


@api.post("/scores/adjustments", may=may("evaluate"), rules=RULES)
async def adjust_score(request: Request, new: NewAdjustment) -> AdjustmentView:
    """Give a bonus or deduction; the student and guardians read it with its reason."""
    made = await actions.adjust(
        request.deps, request.actor, new.term_id, new.part, new.student_id, new.dimension, new.points, new.reason
    )
    return adjustment_view(await actions.term_of(request.deps, request.actor, made.term_id), made, with_author=True)


@api.post("/scores/adjustments/{adjustment_id}/withdrawal", may=may("evaluate"), status=200, rules=RULES)
async def withdraw_adjustment(request: Request, adjustment_id: UUID, why: Withdrawal) -> AdjustmentView:
    """Take back a bonus or deduction; it stays visible with both reasons."""
    done = await actions.withdraw(request.deps, request.actor, adjustment_id, why.reason)
    return adjustment_view(await actions.term_of(request.deps, request.actor, done.term_id), done, with_author=True)


@api.get("/scores/own", may=may("act_for_student"), rules=RULES)
async def read_own_scores(request: Request, term_id: UUID) -> OwnScores:
    """The own scores once they are locked, and bonuses and deductions."""
    return own_view(*await actions.own(request.deps, request.actor, term_id))


@api.get("/scores", may=STAFF, rules=RULES)
async def read_sheet(request: Request, term_id: UUID, path: OrgPath) -> SheetView:
    """The sheet of a class: every student with what was entered, what it adds up to, the shares, and the history."""
    found = await actions.read(request.deps, request.actor, term_id, path)
    return sheet_view(found, request.actor, request.deps.now())


@api.get("/score-sheets", may=STAFF, rules=RULES)
async def list_sheets(
    request: Request,
    term_id: UUID,
    path: OrgPath | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[SheetHead]:
    """How far the classes below a path are, in order."""
    key = unpack(cursor, 1)
    try:
        after = None if key is None else _PATH.validate_python(key[0])
    except ValueError:
        raise Refusal("malformed", field="cursor") from None
    rows = await actions.page(request.deps, request.actor, term_id, path, after, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(items=[head_view(row) for row in rows[:limit]], next=pack(last.sheet.path) if last else None)


@api.post("/score-sheets/moves", may=may("evaluate"), status=200, rules=RULES)
async def move_sheets(request: Request, moves: SheetMoves) -> SheetOutcomes:
    """Pass on, return, lock or unlock classes; the answer says how each went."""
    seen = [(one.path, one.version) for one in moves.sheets]
    return moved_view(*await actions.move(request.deps, request.actor, moves.term_id, moves.action, moves.reason, seen))


class SheetRunOrder(Sent):
    """The school or grade whose results are locked at once."""

    term_id: UUID
    path: OrgPath


@api.post("/score-sheets/runs", may=may("evaluate"), status=202, rules=("X-15", "BJ-10"))
async def lock_all(request: Request, order: SheetRunOrder) -> SheetRunView:
    """Begin to lock all classes of a grade or school that are not locked, by which their results are published where the scheme
    says so. `GET /score-sheets/runs` shows how far it is, and which classes were not ready, why, and who can help."""
    term, run = await runs.begin(request.deps, request.actor, order.term_id, order.path)
    return run_view(term, run, ())


@api.get("/score-sheets/runs", may=STAFF, rules=("X-15", "BJ-10"))
async def list_runs(
    request: Request,
    term_id: UUID,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[SheetRunView]:
    """The runs of a term in the card's scope, newest first."""
    term, found, refused = await runs.page(request.deps, request.actor, term_id, unpack_id(cursor), limit + 1)
    following = pack(found[limit - 1].id) if len(found) > limit else None
    return Page(items=[run_view(term, one, refused.get(one.id, ())) for one in found[:limit]], next=following)
