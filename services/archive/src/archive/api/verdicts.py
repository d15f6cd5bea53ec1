"""Verdicts on reports: giving, reading, and the report that they are about (SH-11)."""

from typing import Annotated, Literal
from uuid import UUID

from contracts.base import OrgPath
from pydantic import Field, TypeAdapter
from servicekit.auth import may
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, MOST, pack, unpack
from servicekit.refusals import Refusal

from archive.actions import verdicts as actions
from archive.api.body import Sent
from archive.domain.verdicts import GivenVerdict
from archive.views.verdicts import (
    JudgedStudentView,
    ReportView,
    VerdictOutcomes,
    VerdictOutcomeView,
    report_view,
    student_view,
    verdict_view,
)

api = Api("verdicts")
RULES = ("SH-11",)
READERS = may("act_for_student", "take_archives", "preview_archives")
"""The own side, and those who see archives: they contain the verdict."""
_PATH: TypeAdapter[str] = TypeAdapter(OrgPath)


class OneVerdict(Sent):
    """A verdict on one student; `version`: what it is based on, null where there was none."""

    student_id: UUID
    choice: str = Field(max_length=60)
    reason: str = Field(default="", max_length=2_000)
    version: int | None = Field(default=None, ge=0)


class ManyVerdicts(Sent):
    """Verdicts on one student or on many, such as the rest of a class."""

    term_id: UUID
    verdicts: list[OneVerdict] = Field(min_length=1, max_length=200)


@api.put("/verdicts", may=may("judge"), rules=RULES)
async def give_verdicts(request: Request, many: ManyVerdicts) -> VerdictOutcomes:
    """Give or change verdicts, until the confirmation is printed or the window ends; the answer says how each went."""
    given = [GivenVerdict(one.student_id, one.choice, one.reason, one.version) for one in many.verdicts]
    results = await actions.give(request.deps, request.actor, many.term_id, given)
    term = await actions.term_of(request.deps, request.actor, many.term_id)
    return VerdictOutcomes(
        results=[
            VerdictOutcomeView(
                student_id=one.student_id,
                ok=one.refusal is None,
                verdict=verdict_view(term, one.verdict),
                code=one.refusal.code if one.refusal else None,
                detail=(one.refusal.detail or one.refusal.meaning.title) if one.refusal else None,
                help=one.refusal.details.get("help") if one.refusal else None,
                errors=one.refusal.details.get("errors", []) if one.refusal else [],
            )
            for one in results
        ]
    )


@api.get("/verdicts", may=READERS, rules=RULES)
async def list_verdicts(
    request: Request,
    term_id: UUID,
    path: OrgPath | None = None,
    choice: Annotated[str | None, Field(max_length=60)] = None,
    judged: bool | None = None,
    slip: Literal["none", "printed", "signed", "excused", "withdrawn"] | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[JudgedStudentView]:
    """Students with verdict and confirmation, class by class. `judged=false`: those without a verdict; `slip=printed`: those
    whose signature is missing; `slip=none`: without a confirmation."""
    term, rows = await actions.page(request.deps, request.actor, term_id, path, choice, judged, slip, _after(cursor), limit + 1)
    items = [student_view(term, row) for row in rows[:limit]]
    last = items[-1] if len(rows) > limit else None
    return Page(items=items, next=pack(last.path, last.student_id) if last else None)


def _after(cursor: str | None) -> tuple[str, UUID] | None:
    key = unpack(cursor, 2)
    try:
        return None if key is None else (_PATH.validate_python(key[0]), UUID(key[1]))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None


@api.get("/terms/{term_id}/reports/{student_id}", may=READERS, rules=RULES)
async def read_report(request: Request, term_id: UUID, student_id: UUID) -> ReportView:
    """A student's report as it would be sealed now, with the verdict as the caller may see it."""
    return report_view(*await actions.report(request.deps, request.actor, term_id, student_id))


@api.get("/confirmations/{code}", may=READERS, rules=RULES)
async def open_confirmation(request: Request, code: str) -> JudgedStudentView:
    """What the QR code of a printed confirmation leads to: the student and the term, for those who may see them anyway.
    The code itself opens nothing; a withdrawn one is not found."""
    return student_view(*await actions.behind_code(request.deps, request.actor, code))
