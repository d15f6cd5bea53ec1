"""Many terms at once: players take the next term of a school as long as the faults last, and end what they began."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from chaos.client import Lost, Refused
from chaos.founding import Room, rng
from chaos.journal import Journal
from chaos.term import Term


@dataclass
class Load:
    """Players share the schools evenly. `problems` are terms that did not come to their end."""

    rooms: list[Room]
    logs: Path
    seed: int
    records: int = 3
    problems: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _next: dict[str, int] = field(default_factory=dict)
    over: bool = False

    async def run(self, at_once: int) -> None:
        """Play until `over`, `at_once` terms in every school; each player ends the term in hand."""
        async with asyncio.TaskGroup() as group:
            for room in self.rooms:
                for _ in range(at_once):
                    group.create_task(self._player(room))

    async def _player(self, room: Room) -> None:
        while True:
            number = self._next.get(room.code, 0)
            self._next[room.code] = number + 1
            await self.play(room, number)
            if self.over:
                return

    async def play(self, room: Room, number: int) -> None:
        """One term."""
        journal = Journal(self.logs / f"{room.code}-{number}.jsonl", f"{room.code}-{number}")
        term = Term(room, number, journal, rng(self.seed, room.code, number), self.records)
        self.counts["terms_begun"] += 1
        try:
            await term.play()
            self.counts["terms_sealed"] += 1
        except (Lost, Refused) as problem:
            self.problems.append(f"term {term.name} ({term.id}): {problem!r}")
        finally:
            journal.close()
