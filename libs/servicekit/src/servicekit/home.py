"""What a card's home screen shows: every service answers `GET /home` with a `Home` of its own data.

Texts are in Chinese, from the scheme; the client maps the stable words `operation`, `Todo.id` and `Counter.id` to pages.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field
from scheme import Allowed

from servicekit.directory.term import Term


class HomeWindow(BaseModel):
    """An operation of the term, which the card may do from `opens_at` until before `closes_at`; null: without limit.

    `clients`: where the scheme offers it (CS-02).
    """

    operation: str
    title: str
    opens_at: datetime | None
    closes_at: datetime | None
    term_id: UUID
    clients: list[Literal["pc", "phone"]] = ["pc", "phone"]


class Todo(BaseModel):
    """Something that waits for the card: `count` of it, until `until` (null: without end). `id` is a stable word for a page,
    such as `records_to_review`; `title` and `detail` are shown."""

    id: str
    title: str
    count: int = Field(ge=0)
    until: datetime | None = None
    detail: str | None = None


class Counter(BaseModel):
    """How far something is: `done` of `of`. `path`: the organisation that it counts; null: the card's."""

    id: str
    title: str
    done: int = Field(ge=0)
    of: int = Field(ge=0)
    path: str | None = None


class Home(BaseModel):
    """What the card may do now and until when, what opens next, what waits for it, and how far things are.

    A service with more to show adds members in a subclass.
    """

    now: list[HomeWindow] = []
    next: list[HomeWindow] = []
    todo: list[Todo] = []
    counters: list[Counter] = []


def windows(
    term: Term, operations: Collection[str], roles: Collection[str], path: str, at: datetime
) -> tuple[list[HomeWindow], list[HomeWindow]]:
    """Those of these operations that the roles may do now for this class or the organisation above (X-02), and those that open
    later. First what closes first, and what opens first; operations without a limit in time come last."""
    now, coming = [], []
    for operation in term.scheme.timing.operations:
        if operation.id not in operations:
            continue
        answer = term.ask(operation.id, roles, at, path)
        shown = {"operation": operation.id, "title": operation.title, "term_id": term.id, "clients": operation.clients}
        if isinstance(answer, Allowed):
            opened = answer.window.starts if answer.window is not None else None
            now.append(HomeWindow.model_validate(shown | {"opens_at": opened, "closes_at": answer.until}))
        elif answer.next_opening is not None:
            closing = answer.next_closing
            coming.append(HomeWindow.model_validate(shown | {"opens_at": answer.next_opening, "closes_at": closing}))
    now.sort(key=lambda w: (w.closes_at is None, w.closes_at or at))
    coming.sort(key=lambda w: w.opens_at or at)
    return now, coming


def windows_of_terms(
    terms: Sequence[Term], operations: Collection[str], roles: Collection[str], path: str, at: datetime
) -> tuple[list[HomeWindow], list[HomeWindow]]:
    """As `windows`, for all terms under way (`Directory.current`). What no window limits is shown of the first term only."""
    now: list[HomeWindow] = []
    coming: list[HomeWindow] = []
    for number, term in enumerate(terms):
        is_open, opens = windows(term, operations, roles, path, at)
        now += [one for one in is_open if number == 0 or one.opens_at is not None]
        coming += opens
    now.sort(key=lambda w: (w.closes_at is None, w.closes_at or at))
    coming.sort(key=lambda w: w.opens_at or at)
    return now, coming
