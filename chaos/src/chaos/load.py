"""Runs many terms in parallel while the faults last; terms that have begun are finished."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from demo.client import Refused

from chaos.client import Lost
from chaos.journal import Journal
from chaos.schools import School, seeded_random
from chaos.term_run import TermRun, no_pace, play


@dataclass
class Load:
    """Starts terms of all schools in turn. `problems` are terms that did not finish.

    schools: run term after term. stages: run the end of a stage, once each, as its last term comes once.
    """

    schools: list[School]
    stages: list[School]
    logs: Path
    seed: int
    records: int = 3
    problems: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    stop: bool = False
    pace: Callable[[], Awaitable[None]] = no_pace
    """Awaited before each part of a term at the end of a stage, so that every part is hit by faults."""
    begun_stages: int = 0
    ended_stages: int = 0

    @property
    def all_schools(self) -> list[School]:
        """The schools of all deployments."""
        return [*self.schools, *self.stages]

    async def run(self, parallel: int) -> None:
        """Run terms until `stop` is set, `parallel` at a time, and beside them one stage of each deployment at a time."""
        terms = ((school, number) for number in itertools.count() for school in self.schools)
        by_deployment: dict[str, list[School]] = {}
        for school in self.stages:
            by_deployment.setdefault(school.world.deployment.scheme_id, []).append(school)

        async def player(upcoming: Iterator[tuple[School, int]]) -> None:
            for school, number in upcoming:
                await self.play(school, number)
                if self.stop:
                    return

        async with asyncio.TaskGroup() as group:
            for _ in range(parallel):
                group.create_task(player(terms))
            for schools in by_deployment.values():
                group.create_task(player(iter([(school, 0) for school in schools])))

    def in_stages(self) -> bool:
        """Are the schools that began the end of a stage still in it?"""
        return self.ended_stages < self.begun_stages

    async def play(self, school: School, number: int) -> None:
        """Run one term."""
        journal = Journal(self.logs / f"{school.code}-{number}.jsonl", f"{school.code}-{number}")
        term = TermRun(school, number, journal, seeded_random(self.seed, school.code, number), self.records)
        term.pace = self.pace
        self.counts["terms_begun"] += 1
        self.begun_stages += school in self.stages
        try:
            await play(term)
            self.counts["terms_sealed"] += 1
            self.counts[f"terms_of_{school.world.deployment.scheme_id}"] += 1
        except (Lost, Refused, TimeoutError) as problem:
            self.problems.append(f"term {term.name} ({term.id}): {problem!r}")
        finally:
            self.ended_stages += school in self.stages
            journal.close()
