"""The board by student (CS-09). Words that are searched for are names of minors: they come in a body (L-20)."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from servicekit.auth import SIGNED_IN
from servicekit.http import Api, Request
from servicekit.http.page import LIMIT, pack, unpack
from servicekit.refusals import Refusal

from publicity.actions import board_students
from publicity.api.board import PathText
from publicity.views.board_students import (
    BoardStudentsView,
    StudentBoardView,
    StudentEntriesView,
    entries_view,
    student_view,
    students_view,
)

api = Api("board_students")


class StudentSearch(BaseModel):
    """Which students of the board are asked for; `q`: part of a name."""

    model_config = ConfigDict(extra="forbid")

    term_id: UUID
    path: PathText | None = None
    q: Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")] | None = None
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = LIMIT


@api.post("/board/students", may=SIGNED_IN, status=200, rules=("CS-09", "X-09", "L-20"))
async def list_students(request: Request, wanted: StudentSearch) -> BoardStudentsView:
    """Students who show something on the board, each with how much. The access is logged."""
    key = unpack(wanted.cursor, 2)
    try:
        after = None if key is None else (key[0], UUID(key[1]))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None
    words, limit = (wanted.q or "").strip() or None, wanted.limit
    page = await board_students.listed(
        request.deps, request.actor, wanted.term_id, wanted.path, words, after, limit + 1
    )  # fmt: skip
    last = page.rows[limit - 1] if len(page.rows) > limit else None
    following = pack(last.path, last.student_id) if last else None
    return students_view(page, limit, following, request.actor, request.deps.now())


@api.get("/board/students/{student_id}", may=SIGNED_IN, rules=("CS-09", "X-09"))
async def show_student(request: Request, student_id: UUID, term_id: UUID, tab: UUID | None = None) -> StudentBoardView:
    """A student's page: tabs by term and the directory with counts, of one tab or of all. The access is logged."""
    found = await board_students.read_student(request.deps, request.actor, term_id, student_id)
    return student_view(found, tab, request.actor, request.deps.now())


@api.get("/board/students/{student_id}/entries", may=SIGNED_IN, rules=("CS-09", "X-09"))
async def list_student_entries(
    request: Request,
    student_id: UUID,
    term_id: UUID,
    tab: UUID | None = None,
    dimension: str | None = None,
    kind: str | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Field(ge=1, le=200)] = LIMIT,
) -> StudentEntriesView:
    """What a student shows, newest first, of one tab or of all, and of a part of the directory. The access is logged."""
    key = unpack(cursor, 1)
    try:
        after = None if key is None else UUID(key[0])
    except ValueError:
        raise Refusal("malformed", field="cursor") from None
    found = await board_students.read_entries(
        request.deps, request.actor, term_id, student_id, tab, dimension, kind, after, limit + 1
    )  # fmt: skip
    last = found.entries[limit - 1] if len(found.entries) > limit else None
    return entries_view(found, limit, pack(last.id) if last else None)
