"""Reports on the board: where the scheme publishes a student's report as a whole (SH-08)."""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from servicekit.auth import SIGNED_IN
from servicekit.http import Api, Request
from servicekit.http.page import LIMIT, pack, unpack
from servicekit.refusals import Refusal

from publicity.actions import board
from publicity.api.board import PathText
from publicity.views.reports import ReportsView, ReportView, report_view, reports_view

api = Api("reports")


@api.get("/board/reports", may=SIGNED_IN, rules=("SH-08", "X-09"))
async def list_reports(
    request: Request,
    term_id: UUID,
    path: PathText | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Field(ge=1, le=200)] = LIMIT,
) -> ReportsView:
    """The students whose reports are published, by class, as far as this viewer may see them."""
    found = await board.reports(request.deps, request.actor, term_id, path, _after(cursor), limit + 1)
    last = found.rows[limit - 1] if len(found.rows) > limit else None
    following = pack(last.path, last.student_id) if last else None
    return reports_view(found, following, limit, request.actor, request.deps.now())


def _after(cursor: str | None) -> tuple[str, UUID] | None:
    key = unpack(cursor, 2)
    try:
        return None if key is None else (key[0], UUID(key[1]))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None


@api.get("/board/reports/{student_id}", may=SIGNED_IN, rules=("SH-08", "X-09"))
async def show_report(request: Request, student_id: UUID, term_id: UUID) -> ReportView:
    """The whole report of one student. The access is logged."""
    found = await board.read_report(request.deps, request.actor, term_id, student_id)
    return report_view(found, request.actor, request.deps.now())
