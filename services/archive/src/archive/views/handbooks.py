"""Growth handbooks of classes and grades as responses (BJ-09)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from archive.domain.handbook_runs import HandbookPart, HandbookRun
from archive.views.base import View


class HandbookFileView(View):
    """A ZIP of one class, or of some students of it. `size` in bytes, once it is made."""

    number: int
    title: str
    name: str
    students: int
    size: int | None


class HandbookRunView(View):
    """Handbooks that were asked for, and how far they are: `done` of so many students. They are kept until `expires_at`."""

    id: UUID
    path: str
    name: str
    state: Literal["making", "ready", "failed"]
    students: int
    done: int
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime
    problem: str | None
    files: list[HandbookFileView]

    @classmethod
    def of(cls, run: HandbookRun, parts: Sequence[HandbookPart]) -> "HandbookRunView":
        """From a run with its files."""
        files = [
            HandbookFileView(number=one.number, title=one.title, name=one.name, students=len(one.students), size=one.size)
            for one in parts
        ]
        return cls(**{name: getattr(run, name) for name in cls.model_fields if name != "files"}, files=files)
