"""Keyset pagination: a page ends with a cursor, which holds the sort key of its last row."""

import base64
import json
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from servicekit.refusals import Refusal

type Cursor = str
LIMIT = 50
MOST = 200


class Page[T](BaseModel):
    """One page; `next` is the cursor of the following one, or null."""

    items: list[T]
    next: str | None = None


def pack(*key: Any) -> str:
    """The cursor of a sort key."""
    return base64.urlsafe_b64encode(json.dumps([str(k) for k in key]).encode()).decode().rstrip("=")


def unpack(cursor: str | None, parts: int) -> list[str] | None:
    """The sort key in a cursor; None without one. Refuses malformed cursors."""
    if cursor is None:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None
    if not isinstance(key, list) or len(key) != parts or not all(isinstance(k, str) for k in key):
        raise Refusal("malformed", field="cursor")
    return key


def unpack_id(cursor: str | None) -> UUID | None:
    """The id in a cursor of a list sorted by id."""
    key = unpack(cursor, 1)
    try:
        return None if key is None else UUID(key[0])
    except ValueError:
        raise Refusal("malformed", field="cursor") from None
