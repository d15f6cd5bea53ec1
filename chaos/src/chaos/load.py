"""Runs many terms in parallel while the faults last; terms that have begun are finished."""

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from demo.client import Refused

from chaos.client import Lost
from chaos.journal import Journal
from chaos.schools import School, seeded_random
from chaos.term_run import TermRun, play


@dataclass
class Load:
    """Starts terms of all schools in turn. `problems` are terms that did not finish."""

    schools: list[School]
    logs: Path
    seed: int
    records: int = 3
    problems: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    stop: bool = False

    async def run(self, parallel: int) -> None:
        """Run terms until `stop` is set, `parallel` at a time."""
        terms = ((school, number) for number in itertools.count() for school in self.schools)

        async def player() -> None:
            while True:
                await self.play(*next(terms))
                if self.stop:
                    return

        async with asyncio.TaskGroup() as group:
            for _ in range(parallel):
                group.create_task(player())

    async def play(self, school: School, number: int) -> None:
        """Run one term."""
        journal = Journal(self.logs / f"{school.code}-{number}.jsonl", f"{school.code}-{number}")
        term = TermRun(school, number, journal, seeded_random(self.seed, school.code, number), self.records)
        self.counts["terms_begun"] += 1
        try:
            await play(term)
            self.counts["terms_sealed"] += 1
        except (Lost, Refused, TimeoutError) as problem:
            self.problems.append(f"term {term.name} ({term.id}): {problem!r}")
        finally:
            journal.close()
