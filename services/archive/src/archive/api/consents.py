"""Reasons for bands, the consent of the level above, and a student's material while grading (X-15)."""

from typing import Annotated, Literal
from uuid import UUID

from contracts.base import OrgPath
from pydantic import Field, TypeAdapter
from servicekit.auth import may
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, MOST, pack, unpack
from servicekit.refusals import Refusal

from archive.actions import consents as actions
from archive.actions import scores
from archive.api.body import Sent
from archive.domain.consents import NewReason
from archive.views.consents import (
    AnswerOutcomes,
    AskedConsentView,
    ReasonOutcomes,
    StudentMaterialView,
    answers_view,
    asked_view,
    material_view,
    reasons_view,
)

api = Api("consents")
RULES = ("X-15",)
_POSITION: TypeAdapter[tuple[str, UUID, UUID, str]] = TypeAdapter(tuple[OrgPath, UUID, UUID, str])


class OneReason(Sent):
    """Why a student gets a band; `version`: what it is based on, null where there was none."""

    student_id: UUID
    dimension: str = Field(default="", max_length=60)
    reason: str = Field(max_length=2_000)
    version: int | None = Field(default=None, ge=0)


class Reasons(Sent):
    """Reasons of one class."""

    term_id: UUID
    path: OrgPath
    reasons: list[OneReason] = Field(min_length=1, max_length=200)


class SeenConsent(Sent):
    """A request as it was looked at."""

    term_id: UUID
    student_id: UUID
    dimension: str = Field(default="", max_length=60)
    version: int = Field(ge=1)


class Answers(Sent):
    """What is answered to one or many requests; a refusal needs its `note`."""

    answer: Literal["consent", "refuse"]
    note: str = Field(default="", max_length=2_000)
    requests: list[SeenConsent] = Field(min_length=1, max_length=200)


@api.put("/scores/reasons", may=may("evaluate"), rules=RULES)
async def write_reasons(request: Request, many: Reasons) -> ReasonOutcomes:
    """Write or change reasons for bands that need the consent of the level above; the answer says how each went."""
    new = [NewReason(one.student_id, one.dimension, one.reason, one.version) for one in many.reasons]
    return reasons_view(await actions.write_reasons(request.deps, request.actor, many.term_id, many.path, new))


@api.get("/scores/material", may=may("see_records"), rules=RULES)
async def read_material(request: Request, term_id: UUID, student_id: UUID) -> StudentMaterialView:
    """What was recorded of a student over the years of the stage, by dimension and school year. Groups of
    classmates see no records."""
    return material_view(await scores.material(request.deps, request.actor, term_id, student_id))


@api.get("/score-consents", may=may("evaluate"), rules=RULES)
async def list_consents(
    request: Request, cursor: Cursor | None = None, limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT
) -> Page[AskedConsentView]:
    """What waits for this card's consent, class by class."""
    key = unpack(cursor, 4)
    try:
        after = None if key is None else _POSITION.validate_python(tuple(key))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None
    rows = await actions.asked(request.deps, request.actor, after, limit + 1)
    last = rows[limit - 1].consent if len(rows) > limit else None
    return Page(
        items=[asked_view(row, request.actor, request.deps.now()) for row in rows[:limit]],
        next=pack(last.path, str(last.term_id), str(last.student_id), last.dimension) if last else None,
    )


@api.post("/score-consents/answers", may=may("evaluate"), status=200, rules=RULES)
async def answer_consents(request: Request, answers: Answers) -> AnswerOutcomes:
    """Consent to requests, or refuse them with a note; a refusal returns the class to those who grade it."""
    seen = [(one.term_id, one.student_id, one.dimension, one.version) for one in answers.requests]
    return answers_view(await actions.answer(request.deps, request.actor, answers.answer, answers.note, seen))
