"""Pages of lists that are ordered by id, newest first: ids sort by their time."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field
from servicekit.http import Page
from servicekit.http.page import MOST, pack

PAGE = Annotated[int, Field(ge=1, le=MOST)]


def page_of[T](items: list[T], limit: int, id_of: Callable[[T], UUID]) -> Page[T]:
    """The page, with the cursor of the next one if this one is full."""
    return Page(items=items, next=pack(id_of(items[-1])) if len(items) == limit else None)
