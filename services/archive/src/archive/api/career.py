"""The career archive of each stage (BJ-03, JX-13)."""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from scheme.stages import StageId
from servicekit.auth import SIGNED_IN, may
from servicekit.http import Api, Request

from archive.actions import career as actions
from archive.api.body import Sent
from archive.views import CareerView

api = Api("career")


class Selection(Sent):
    """The whole selection; it replaces the one before."""

    record_ids: Annotated[list[UUID], Field(max_length=500)]


class CareerOrder(Sent):
    """`without_missing`: go on though terms of the stage have no archive; it is recorded which ones.
    `with_unprintable`: go on though the name has characters that cannot be printed."""

    without_missing: bool = False
    with_unprintable: bool = False


@api.get("/career/{student_id}", may=SIGNED_IN, rules=("BJ-03", "JX-13"))
async def read_career(request: Request, student_id: UUID, stage: StageId | None = None) -> CareerView:
    """What may be picked, what is picked, how many terms are sealed, and the archive once it is ready; of the present stage, or
    of an earlier one."""
    return CareerView.of(await actions.read(request.deps, request.actor, student_id, stage))


@api.put("/career/{student_id}/selection", may=may("act_as_student"), rules=("JX-13",))
async def select_for_career(
    request: Request, student_id: UUID, selection: Selection, stage: StageId | None = None
) -> CareerView:
    """Pick records of sealed terms, at most so many per kind. Changing a selection takes `If-Match`."""
    record_ids = selection.record_ids
    return CareerView.of(await actions.select(request.deps, request.actor, student_id, stage, record_ids, request.seen))


@api.post("/career/{student_id}/seal", may=may("act_as_student", "seal"), status=202, rules=("BJ-03", "JX-13", "JX-14", "L-18"))
async def seal_career(request: Request, student_id: UUID, order: CareerOrder, stage: StageId | None = None) -> CareerView:
    """Begin to seal the career archive; `GET /career/{student_id}` shows it when it is ready. There is no way back."""
    return CareerView.of(
        await actions.seal(request.deps, request.actor, student_id, stage, order.without_missing, order.with_unprintable)
    )
