"""The campus publicity board (JX-07, X-09)."""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from servicekit.auth import SIGNED_IN
from servicekit.http import Api, Page, Request
from servicekit.http.page import LIMIT, pack, unpack
from servicekit.refusals import Refusal

from publicity.actions import board
from publicity.views import AddressView
from publicity.views.board import BoardDetailView, BoardItemView, TreeView, detail_view, item_views, tree_view

api = Api("board")

PathText = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$", max_length=250)]


@api.get("/board", may=SIGNED_IN, rules=("JX-07", "X-09"))
async def show_board(
    request: Request,
    term_id: UUID,
    path: PathText | None = None,
    dimension: str | None = None,
    kind: str | None = None,
    q: Annotated[str, Field(max_length=60)] | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Field(ge=1, le=200)] = LIMIT,
) -> Page[BoardItemView]:
    """What is published, by class and student; `q` searches where the scheme says."""
    asked = board.BoardFilter(path, dimension, kind, q.strip() if q else None)
    page = await board.read_page(request.deps, request.actor, term_id, asked, _after(cursor), limit + 1)
    items = item_views(page, request.deps.items, limit)
    last = page.rows[limit - 1] if len(page.rows) > limit else None
    return Page(items=items, next=pack(last.path, last.student_id, last.id) if last else None)


def _after(cursor: str | None) -> tuple[str, UUID, UUID] | None:
    key = unpack(cursor, 3)
    try:
        return None if key is None else (key[0], UUID(key[1]), UUID(key[2]))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None


@api.get("/board/tree", may=SIGNED_IN, rules=("JX-07", "CS-09"))
async def show_tree(request: Request, term_id: UUID) -> TreeView:
    """The directory of the board with counts."""
    return tree_view(await board.read_tree(request.deps, request.actor, term_id))


@api.get("/board/{entry_id}", may=SIGNED_IN, rules=("JX-07", "X-09"))
async def show_entry(request: Request, entry_id: UUID) -> BoardDetailView:
    """One entry with its complaints. The access is logged."""
    return detail_view(await board.read_entry(request.deps, request.actor, entry_id))


@api.get("/board/{entry_id}/evidence/{evidence_id}/address", may=SIGNED_IN, rules=("X-09",))
async def address_evidence(request: Request, entry_id: UUID, evidence_id: UUID) -> AddressView:
    """Where the public copy of a file can be fetched for two minutes. The access is logged."""
    return AddressView(url=await board.evidence_address(request.deps, request.actor, entry_id, evidence_id))
