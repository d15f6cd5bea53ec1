"""A term being played: who and when, and what every part of the play does."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from chaos.client import Caller, Lost, Refused, Unknown
from chaos.founding import Room
from chaos.journal import Journal

LATE = frozenset({"wrong_state", "stale_version", "not_found", "not_selectable", "amendment_missing", "window_closed"})
"""Refusals of one who comes too late, or too early: look again."""


@dataclass
class Term:
    """One play. `number` counts the terms of the school from 0; `records` is what each pupil reports."""

    room: Room
    number: int
    journal: Journal
    rng: random.Random
    records: int = 3
    id: str = ""
    amended: set[str] = field(default_factory=set)
    """Cases whose record was mended; what remains is to say so."""

    @property
    def name(self) -> str:
        """How the term is called in the log; unique."""
        return f"{self.room.code}-{self.number}"

    async def maybe(self, by: Caller, what: str, about: dict[str, Any], method: str, path: str, body: Any = None) -> Any:
        """A write that may be refused, or left unknown."""
        try:
            return await by.write(self.journal, what, about, method, path, body, must=False)
        except (Refused, Unknown):
            return None

    async def act(self, by: Caller, record: str, action: str, body: Any = None, *, must: bool = False) -> None:
        """Something done to a record; it may be refused, or left unknown."""
        try:
            await by.write(
                self.journal,
                f"record.{action}",
                {"record": record},
                "POST",
                f"/records/records/{record}/{action}",
                body,
                must=must,
            )
        except (Refused, Unknown):
            return

    async def until[T](self, what: str, look: Callable[[], Awaitable[T | None]]) -> T:
        """Look until there is something. Raises Lost where `what` never comes."""
        deadline = asyncio.get_running_loop().time() + self.room.teacher.net.patience
        while True:
            found = await look()
            if found is not None:
                return found
            if asyncio.get_running_loop().time() > deadline:
                raise Lost(f"{self.name}: {what} never came")
            await asyncio.sleep(0.25)

    async def move(self, windows: list[dict[str, Any]], why: str) -> None:
        """Another timetable; the administrator goes on until it stands."""
        admin, path = self.room.administrator, f"/records/terms/{self.id}"
        while True:
            term = await admin.get(path)
            body = {"windows": windows, "reason": why}
            try:
                await admin.write(
                    self.journal, "term.timetable", {"term": self.id}, "PUT", f"{path}/timetable", body, version=term["version"]
                )
            except Refused as refused:
                if refused.code != "stale_version":
                    raise
                continue
            return


def evidence_of(record: dict[str, Any]) -> list[str]:
    """The ids of a record's files, to send again."""
    return [evidence["evidence_id"] for evidence in record["evidence"]]
