"""The state of a running term, and the functions that all its steps use."""

import random
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from demo.client import Refused
from demo.scale import until

from chaos.client import MAX_WAIT_SECONDS, Caller, Unknown
from chaos.journal import Journal
from chaos.schools import School

NOT_YET = frozenset({"window_closed", "window_not_open", "not_found", "busy"})
"""Refusals of services that have not received what happened elsewhere: the timetable, a record, a case."""
TOO_EARLY_OR_LATE = frozenset(
    {"wrong_state", "stale_version", "not_found", "not_selectable", "amendment_missing", "window_closed"}
)
"""Refusals because the state has changed meanwhile or not yet: read it again."""


async def no_pace() -> None:
    """Do not wait."""


@dataclass
class TermRun:
    """One running term. `number` counts the school's terms from 0; `records` is the number of records per pupil."""

    school: School
    number: int
    journal: Journal
    rng: random.Random
    records: int = 3
    id: str = ""
    amended: set[str] = field(default_factory=set)
    """Cases whose record was amended, while the action `amend` has not been sent yet."""

    pace: Callable[[], Awaitable[None]] = no_pace
    """Awaited before a part of the term begins."""

    @property
    def name(self) -> str:
        """The term's unique name in the log."""
        return f"{self.school.code}-{self.number}"

    async def try_write(
        self, by: Caller, what: str, about: dict[str, Any], method: str, path: str, body: Any = None, *, must: bool = False
    ) -> Any:
        """Send a write that may be refused or, unless it `must` not, left unknown; returns None then."""
        try:
            return await by.write(self.journal, what, about, method, path, body, must=must)
        except (Refused, Unknown):
            return None

    async def write_in_time(
        self, by: Caller, what: str, about: dict[str, Any], method: str, path: str, body: Any, early: Collection[str]
    ) -> Any:
        """Send a write again as long as it is refused with one of the codes `early`. Returns the answer; None if it is lost."""

        async def done() -> tuple[Any] | None:
            try:
                return (await by.write(self.journal, what, about, method, path, body),)
            except Refused as refused:
                if refused.code not in early:
                    raise
                return None

        [answer] = await until(what, done, MAX_WAIT_SECONDS)
        return answer

    async def act_on_record(self, by: Caller, record: str, action: str, body: Any = None, *, must: bool = False) -> None:
        """Send an action on a record; it may be refused or left unknown."""
        try:
            path = f"/records/records/{record}/{action}"
            await by.write(self.journal, f"record.{action}", {"record": record}, "POST", path, body, must=must)
        except (Refused, Unknown):
            return

    async def settle(self, title: str, step: Callable[[], Awaitable[bool]]) -> None:
        """Repeat a step, which reads the present state and does what is next, until it says that nothing is left to do. A
        refusal because the state changed meanwhile counts for nothing."""

        async def done() -> bool | None:
            try:
                return await step() or None
            except Refused as refused:
                if refused.code not in TOO_EARLY_OR_LATE | NOT_YET:
                    raise
                return None

        await until(f"{title} {self.name}", done, MAX_WAIT_SECONDS)

    async def change_timetable(self, windows: list[dict[str, Any]], why: str) -> None:
        """Replace the timetable; retries until it succeeds."""
        admin, path = self.school.administrator, f"/records/terms/{self.id}"
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
