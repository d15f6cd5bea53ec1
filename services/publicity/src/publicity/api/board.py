"""The campus publicity board (JX-07, X-09)."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from servicekit.auth import SIGNED_IN
from servicekit.downloads import DownloadView
from servicekit.files import PagesView, PictureView, Width, pages_view, picture_view
from servicekit.http import Api, Request
from servicekit.http.page import LIMIT, pack, unpack
from servicekit.refusals import Refusal

from publicity.actions import board
from publicity.views import AddressView
from publicity.views.board import (
    BoardDetailView,
    BoardTermsView,
    BoardView,
    PreviewsView,
    TreeView,
    board_view,
    detail_view,
    item_views,
    previews_view,
    terms_view,
    tree_view,
)

api = Api("board")

PathText = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$", max_length=250)]


class BoardSearch(BaseModel):
    """Words to search the board for, with its filters."""

    model_config = ConfigDict(extra="forbid")

    term_id: UUID
    q: Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")]
    path: PathText | None = None
    dimension: str | None = None
    kind: str | None = None
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = LIMIT


class PreviewOf(BaseModel):
    """A file of an entry."""

    model_config = ConfigDict(extra="forbid")

    entry_id: UUID
    evidence_id: UUID


class PreviewsWanted(BaseModel):
    """Files whose small pictures are shown together."""

    model_config = ConfigDict(extra="forbid")

    files: Annotated[list[PreviewOf], Field(min_length=1, max_length=100)]


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
) -> BoardView:
    """What is published, by class and student; `q` searches where the scheme says."""
    return await _page(request, term_id, board.BoardFilter(path, dimension, kind, q.strip() if q else None), cursor, limit)


@api.post("/board/search", may=SIGNED_IN, status=200, rules=("JX-07", "X-09", "L-20"))
async def search_board(request: Request, wanted: BoardSearch) -> BoardView:
    """As `GET /board`; the words are in the body, where no log keeps a name."""
    asked = board.BoardFilter(wanted.path, wanted.dimension, wanted.kind, wanted.q.strip())
    return await _page(request, wanted.term_id, asked, wanted.cursor, wanted.limit)


async def _page(request: Request, term_id: UUID, asked: board.BoardFilter, cursor: str | None, limit: int) -> BoardView:
    page = await board.read_page(request.deps, request.actor, term_id, asked, _after(cursor), limit + 1)
    items = item_views(page, request.deps.items, limit)
    last = page.rows[limit - 1] if len(page.rows) > limit else None
    following = pack(last.path, last.student_id, last.id) if last else None
    return board_view(page, items, following, request.actor, request.deps.now())


def _after(cursor: str | None) -> tuple[str, UUID, UUID] | None:
    key = unpack(cursor, 3)
    try:
        return None if key is None else (key[0], UUID(key[1]), UUID(key[2]))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None


@api.post("/board/previews", may=SIGNED_IN, status=200, secret=True, rules=("X-09",))
async def address_previews(request: Request, wanted: PreviewsWanted) -> PreviewsView:
    """Where the small pictures of files can be fetched for 45 seconds; what the viewer may not see is left out. The access is
    logged."""
    files = {(one.entry_id, one.evidence_id) for one in wanted.files}
    found = await board.find_previews(request.deps, request.actor, files)
    return previews_view({key: request.deps.storage.address(stored) for key, stored in found.items()})


@api.get("/board/terms", may=SIGNED_IN, rules=("JX-07", "CS-09"))
async def list_board_terms(request: Request) -> BoardTermsView:
    """The terms of one's school that have a board, newest first: tabs."""
    return terms_view(await board.board_terms(request.deps, request.actor), request.actor, request.deps.now())


@api.get("/board/tree", may=SIGNED_IN, rules=("JX-07", "CS-09"))
async def show_tree(request: Request, term_id: UUID) -> TreeView:
    """The directory of the board with counts."""
    return tree_view(await board.read_tree(request.deps, request.actor, term_id))


@api.get("/board/{entry_id}", may=SIGNED_IN, rules=("JX-07", "X-09"))
async def show_entry(request: Request, entry_id: UUID) -> BoardDetailView:
    """One entry with its complaints. The access is logged."""
    return detail_view(await board.read_entry(request.deps, request.actor, entry_id))


@api.get("/board/{entry_id}/evidence/{evidence_id}/address", may=SIGNED_IN, rules=("X-09",))
async def address_evidence(request: Request, entry_id: UUID, evidence_id: UUID, preview: bool = False) -> AddressView:
    """Where the public copy of a file (`preview`: its small picture) can be fetched for 45 seconds. The access is logged."""
    found = await board.find_evidence(request.deps, request.actor, entry_id, evidence_id, preview)
    return AddressView(url=request.deps.storage.address(found))


@api.post("/board/{entry_id}/evidence/{evidence_id}/address", may=SIGNED_IN, status=200, secret=True, rules=("X-09", "L-19"))
async def offer_evidence_download(request: Request, entry_id: UUID, evidence_id: UUID) -> DownloadView:
    """The public copy by a one-time address that needs no header. The access is logged."""
    found = await board.find_evidence(request.deps, request.actor, entry_id, evidence_id)
    view: DownloadView = request.deps.downloads.of_object(request, found)
    return view


@api.get("/board/{entry_id}/evidence/{evidence_id}/pages", may=SIGNED_IN, rules=("X-09",))
async def show_evidence_pages(request: Request, entry_id: UUID, evidence_id: UUID) -> PagesView:
    """How many pages the public copy of a file has, if it is a PDF, and their sizes. The access is logged."""
    found = await board.find_evidence(request.deps, request.actor, entry_id, evidence_id)
    return await pages_view(request.deps.files.pages, found)


@api.get("/board/{entry_id}/evidence/{evidence_id}/pages/{page}", may=SIGNED_IN, rules=("X-09",))
async def show_evidence_page(request: Request, entry_id: UUID, evidence_id: UUID, page: int, width: Width = 800) -> PictureView:
    """The address of a picture of one page. The access is logged."""
    found = await board.find_evidence(request.deps, request.actor, entry_id, evidence_id)
    return await picture_view(request.deps.files.pages, found, page, width)
