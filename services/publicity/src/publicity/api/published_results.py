"""Published results (X-15). Nobody is searched for: a page is of a class, a grade or a school."""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from servicekit.auth import SIGNED_IN
from servicekit.http import Api, Request
from servicekit.http.page import LIMIT, pack, unpack
from servicekit.refusals import Refusal

from publicity.actions import published_results
from publicity.api.board import PathText
from publicity.views.published_results import ResultBoardView, result_board_view

api = Api("published_results")


@api.get("/results", may=SIGNED_IN, rules=("X-15", "X-09"))
async def show_results(
    request: Request,
    term_id: UUID,
    path: PathText | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Field(ge=1, le=200)] = LIMIT,
) -> ResultBoardView:
    """The results that are published to the viewer now, by class. The access is logged."""
    key = unpack(cursor, 2)
    try:
        after = None if key is None else (key[0], UUID(key[1]))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None
    page = await published_results.read_board(request.deps, request.actor, term_id, path, after, limit + 1)
    last = page.items[limit - 1].row.result if len(page.items) > limit else None
    return result_board_view(page, limit, pack(last.path, last.student_id) if last else None)
