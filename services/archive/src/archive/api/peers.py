"""Evaluations by classmates (CS-12)."""

from typing import Annotated
from uuid import UUID

from contracts.base import OrgPath
from pydantic import Field
from servicekit.auth import SIGNED_IN, may
from servicekit.http import Api, Request

from archive.actions import peers as actions
from archive.api.body import Sent
from archive.domain.evaluations import EvaluationInput
from archive.domain.peers import NewCard
from archive.views.peers import (
    CardResultView,
    PeerProgressView,
    PeerResultView,
    PeerSheetView,
    SavedCardsView,
    progress_view,
    result_view,
)

api = Api("peer-evaluations")
_MOST_DIMENSIONS = 20


class Answer(Sent):
    """What is said of one dimension of the scheme; without `dimension` where the evaluation is not by dimension."""

    dimension: Annotated[str, Field(max_length=60)] | None = None
    choice: Annotated[str, Field(max_length=60)] | None = None
    text: str = Field(default="", max_length=10_000)


class Card(Sent):
    """What is said of one classmate, in every dimension."""

    student_id: UUID
    answers: list[Answer] = Field(min_length=1, max_length=_MOST_DIMENSIONS)


class Cards(Sent):
    """Cards about classmates: one from a phone, many from a table. `type`: an evaluation of the scheme."""

    term_id: UUID
    type: str | None = None
    cards: list[Card] = Field(min_length=1, max_length=100)


class Submission(Sent):
    """Which evaluation is submitted."""

    term_id: UUID
    type: str | None = None


@api.get("/peer-evaluations", may=may("act_as_student"), rules=("CS-12",))
async def show_own_cards(request: Request, term_id: UUID, type: str | None = None) -> PeerSheetView:
    """The student's classmates, and what this student said of each so far."""
    return PeerSheetView.of_sheet(await actions.sheet(request.deps, request.actor, term_id, type))


@api.put("/peer-evaluations", may=may("act_as_student"), rules=("CS-12",))
async def save_cards(request: Request, sent: Cards) -> SavedCardsView:
    """Save or change cards about classmates in the window, until they are submitted; the answer says how each went."""
    cards = [
        NewCard(one.student_id, tuple(EvaluationInput(a.text, a.choice, a.dimension) for a in one.answers))
        for one in sent.cards
    ]
    sheet, results = await actions.save(request.deps, request.actor, sent.term_id, sent.type, cards)
    return SavedCardsView(results=[CardResultView.of(one) for one in results], done=sheet.done, of=len(sheet.classmates))


@api.post("/peer-evaluations/submission", may=may("act_as_student"), rules=("CS-12",))
async def submit_cards(request: Request, sent: Submission) -> PeerSheetView:
    """Make the cards about all classmates final."""
    return PeerSheetView.of_sheet(await actions.submit(request.deps, request.actor, sent.term_id, sent.type))


@api.get("/peer-evaluations/result", may=SIGNED_IN, rules=("CS-12",))
async def show_result(request: Request, term_id: UUID, student_id: UUID, type: str | None = None) -> PeerResultView:
    """How often classmates made each choice about a student, after the window and where enough did; never who."""
    term, name, found, texts = await actions.result(request.deps, request.actor, term_id, student_id, type)
    return result_view(term, student_id, name, found, texts)


@api.get("/peer-evaluations/progress", may=may("oversee"), rules=("CS-12",))
async def show_peer_progress(
    request: Request, term_id: UUID, path: OrgPath | None = None, type: str | None = None
) -> PeerProgressView:
    """How many students of each class have evaluated every classmate; of one class, who has."""
    return progress_view(*(await actions.progress(request.deps, request.actor, term_id, path, type)))
