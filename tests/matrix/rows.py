"""The expectation: `services/<name>/tests/access.yaml`, spread over people. Nothing here asks the platform's own rules."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict
from stack import plan

PEOPLE = Path(__file__).parent / "people.yaml"
DOES = Literal["get", "list", "search", "count", "export", "file", "stream", "write"]
EVERY = 3
"""Of the people whom a row forbids, every third one is asked."""
OUTCOMES = ("allowed", "empty", "closed", "not_found", "forbidden", "unauthenticated")


class Row(BaseModel):
    """One way to ask a route, and who gets what. Groups of people are those of `people.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    does: DOES
    of: dict[str, str] = {}
    """Path parameters: the name of a thing of the owner's, or a value as it is."""
    query: dict[str, str | int] = {}
    body: Any = None
    version: str | int | None = None
    inner: str | None = None
    """The answer is 200 with a list of results: the first one's code is the answer."""
    shows: str | None = None
    counts: str | None = None
    then: str = "ok"
    """Of a write: the code that those who may are told. Only `ok` where repeating it changes nothing."""
    only: str | None = None
    """Not asked as anybody else: signing in and out would end the sessions that the matrix needs."""
    but: str = ""
    """Not asked as these: it would succeed. Another row asks as them what cannot."""
    allowed: str = ""
    empty: str = ""
    closed: str = ""
    not_found: str = ""
    forbidden: str = ""
    operator: str = "forbidden"
    anonymous: str = "unauthenticated"
    rest: str | None = None

    def expected(self, name: str) -> str:
        """What this person gets: the first line that names them, else `rest`."""
        for outcome in ("allowed", "empty", "closed", "not_found", "forbidden"):
            if name in people(getattr(self, outcome)):
                return outcome
        if name in ("operator", "anonymous"):
            return str(getattr(self, name))
        if self.rest is None:
            raise LookupError(f"the row says nothing of {name}: name them in a group, or say `rest:`")
        return self.rest

    def sampled(self, names: list[str], number: int) -> list[str]:
        """The people to ask as, but of those who are refused whatever they ask for every third, others in the next row: the
        same guard refuses them all, before it looks at anything else (`test_table.py` compares it with the table)."""
        asked = self.asked_as(names)
        forbidden = [name for name in asked if self.expected(name) == "forbidden"]
        left_out = {name for offset, name in enumerate(forbidden) if (offset + number) % EVERY}
        return [name for name in asked if name not in left_out]

    def asked_as(self, names: list[str]) -> list[str]:
        """The people of whom the row speaks."""
        return [name for name in names if name not in people(self.but) and (self.only is None or name in people(self.only))]

    def __str__(self) -> str:
        asked = "&".join(f"{name}={value}" for name, value in self.query.items())
        named = ", ".join(self.of.values())
        sent = "" if self.body in (None, {}) else json.dumps(self.body, ensure_ascii=False)
        return " ".join(part for part in (named, asked, sent[:60]) if part)


@cache
def groups() -> dict[str, str]:
    """Named groups of people."""
    return dict(yaml.load(PEOPLE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


@cache
def people(words: str) -> frozenset[str]:
    """The people that these words name; a group may name groups."""
    found: set[str] = set()
    for word in words.split():
        found |= people(groups()[word]) if word in groups() else {word}
    return frozenset(found)


@cache
def table(service: str) -> dict[str, tuple[Row, ...]]:
    """Rows of a service by route (`GET /records/{record_id}`)."""
    read = yaml.load(
        (plan.BY_PATH[service].folder / "tests" / "access.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    return {route: tuple(Row(**row) for row in rows) for route, rows in read.items()}


def numbered(service: str) -> Iterator[tuple[str, int, Row, int]]:
    """(route, number of the row, row, number among all rows of the service), to ask other people in each."""
    rows = ((route, number, row) for route, found in table(service).items() for number, row in enumerate(found))
    for offset, (route, number, row) in enumerate(rows):
        yield route, number, row, offset


def every() -> Iterator[tuple[str, str, Row]]:
    """(service, route, row) of all tables."""
    for service in plan.PATHS:
        for route, rows in table(service).items():
            for row in rows:
                yield service, route, row
