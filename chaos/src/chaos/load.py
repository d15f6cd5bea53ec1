"""Many terms at once: players take the next term of a school as long as the faults last, and end what they began."""

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from chaos.client import Lost, Refused
from chaos.founding import Room, rng
from chaos.journal import Journal
from chaos.term import Term, play


@dataclass
class Load:
    """Players share the schools evenly. `problems` are terms that did not come to their end."""

    rooms: list[Room]
    logs: Path
    seed: int
    records: int = 3
    problems: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    over: bool = False

    async def run(self, at_once: int) -> None:
        """Play until `over`, `at_once` terms at a time; each player ends the term in hand."""
        terms = ((room, number) for number in itertools.count() for room in self.rooms)

        async def player() -> None:
            while True:
                await self.play(*next(terms))
                if self.over:
                    return

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(player())

    async def play(self, room: Room, number: int) -> None:
        """One term."""
        journal = Journal(self.logs / f"{room.code}-{number}.jsonl", f"{room.code}-{number}")
        term = Term(room, number, journal, rng(self.seed, room.code, number), self.records)
        self.counts["terms_begun"] += 1
        try:
            await play(term)
            self.counts["terms_sealed"] += 1
        except (Lost, Refused) as problem:
            self.problems.append(f"term {term.name} ({term.id}): {problem!r}")
        finally:
            journal.close()
