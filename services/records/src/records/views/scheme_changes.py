"""The response about what a newer version of a scheme concerns (X-01)."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel
from servicekit.mapping import from_attributes

from records.domain.scheme_changes import SchemeChange


class ConcernedView(BaseModel):
    """Records of a kind whose title or step changes from `before` to `after` (null: the kind is retired)."""

    kind: str
    before: str
    after: str | None
    drafts: int
    waiting: int
    returned: int
    finished: int
    schools: int


class RunningTermView(BaseModel):
    """A term under way or to come under an older version. open_records: drafts, and what waits or was returned."""

    id: UUID
    path: str
    school: str
    title: str
    starts_on: date
    ends_on: date
    scheme_version: str
    open_records: int


class SchemeChangeView(BaseModel):
    """What a version concerns in the terms under way below an organisation. counted_at: when the oldest numbers were counted;
    null: not yet."""

    scheme_id: str
    version: str
    schools: int
    drafts: int
    waiting: int
    returned: int
    retired: list[ConcernedView]
    changed: list[ConcernedView]
    steps: list[ConcernedView]
    terms: list[RunningTermView]
    counted_at: datetime | None

    @classmethod
    def of(cls, found: SchemeChange) -> Self:
        """What was counted."""
        parts: dict[str, Any] = {
            name: [from_attributes(ConcernedView, one) for one in concerned]
            for name, concerned in (("retired", found.retired), ("changed", found.changed), ("steps", found.steps))
        }
        terms = [from_attributes(RunningTermView, term) for term in found.terms]
        return from_attributes(cls, found, scheme_id=found.scheme.id, version=found.scheme.version, terms=terms, **parts)
