"""Lists page by keyset: a page ends with a cursor that says where the next one starts, never with a number."""

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
    """A cursor out of the last row's sort key."""
    return base64.urlsafe_b64encode(json.dumps([str(k) for k in key]).encode()).decode().rstrip("=")


def unpack(cursor: str | None, parts: int) -> list[str] | None:
    """The sort key a cursor holds; None at the beginning; refuses what we did not make."""
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
    """The id a cursor holds, for lists sorted by id."""
    key = unpack(cursor, 1)
    try:
        return None if key is None else UUID(key[0])
    except ValueError:
        raise Refusal("malformed", field="cursor") from None
