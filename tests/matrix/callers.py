"""Sends every row of the tables as every caller, and notes what each got."""

import asyncio
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.world.client import Answer, access_token
from tests.world.region import EVERYBODY, Region
from tests.world.request_templates import with_ids

from .rows import Row, numbered, table

AT_ONCE = 32
OUTCOME_OF = {401: "unauthenticated", 403: "forbidden", 404: "not_found"}


type Cells = dict[tuple[str, int, str], str]
"""Outcome by route, number of the row and caller."""


@dataclass
class Results:
    """Of one service. `leaks` are answers that tell a caller what they may not read, or counts that differ from a list."""

    outcomes: Cells = field(default_factory=dict)
    answers: dict[tuple[str, int, str], str] = field(default_factory=dict)
    """The beginning of each answer, to explain a difference."""
    leaks: list[str] = field(default_factory=list)

    def differences(self, expected: Cells) -> list[str]:
        """Cells whose outcome is not the expected one, cells that were not requested, and cells that are not expected."""
        return [
            f"{route} [{number}] as {name}: expected {expected.get(cell)}, "
            f"got {self.outcomes.get(cell)} {self.answers.get(cell, '')}"
            for cell in sorted(expected.keys() | self.outcomes.keys())
            if expected.get(cell) != self.outcomes.get(cell)
            for route, number, name in (cell,)
        ]


def expected_cells(service: str) -> Cells:
    """The tables as cells: every row for every caller it speaks of."""
    return {
        (route, number, name): row.expected(name)
        for route, number, row, _ in numbered(service)
        for name in row.asked_as(EVERYBODY)
    }


def sampled_cells(service: str) -> Cells:
    """The cells that are asked: see `Row.sampled`."""
    return {
        (route, number, name): row.expected(name)
        for route, number, row, offset in numbered(service)
        for name in row.sampled(EVERYBODY, offset)
    }


@dataclass
class Callers:
    """Every user of the region with a token, and `anonymous` without one."""

    region: Region
    http: aiohttp.ClientSession
    tokens: dict[str, str] = field(default_factory=dict)
    _hidden: dict[str, re.Pattern[str]] = field(default_factory=dict)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def prepare(self) -> None:
        """Get the tokens, and find out which private texts each caller may not read."""
        for name, user in self.region.people.items():
            self.tokens[name] = await access_token(user)
        for name in EVERYBODY:
            card = self.region.people[name].session["card"] if name in self.region.people else None
            students = [card["student_id"]] if card and card.get("student_id") else []
            words = {m.words for m in self.region.private_texts if not m.may_be_read_by(card, students)}
            self._hidden[name] = re.compile("|".join(map(re.escape, sorted(words))))

    async def renew(self, names: Iterable[str]) -> None:
        """Get new tokens, where the ones of the beginning may have expired on a busy machine."""
        for name in names:
            self.tokens[name] = await access_token(self.region.people[name])

    async def ask(self, name: str, method: str, path: str, *, stream: bool = False, **sent: Any) -> Answer:
        """One request as this caller. Of a stream, reads what arrives in the first half second."""
        headers = dict(sent.pop("headers", {}))
        if name != "anonymous":
            headers["Authorization"] = f"Bearer {self.tokens[name]}"
        url = f"{self.region.world.gateway.base}/api{path}"
        async with self._slots, self.http.request(method, url, headers=headers, **sent) as answer:
            body = await _beginning(answer) if stream and answer.status == 200 else await answer.read()
            return Answer(answer.status, answer.headers.copy(), body)

    def request(self, service: str, route: str, row: Row) -> tuple[str, str, dict[str, Any]]:
        """(method, path, aiohttp arguments) of a row."""
        method, url = route.split(" ")
        ids = self.region.ids
        path = f"/{service}" + url.format(**{name: ids.get(value, value) for name, value in row.of.items()})
        sent: dict[str, Any] = {"params": {k: str(v) for k, v in with_ids(row.query, ids).items()}}
        body = with_ids(row.body, ids)
        if method in ("POST", "PUT", "PATCH"):
            sent["json"] = {} if body is None else body
        if row.version is not None:
            sent["headers"] = {"If-Match": f'"{str(row.version).format(**ids)}"'}
        return method, path, sent

    async def send_cell(self, results: Results, service: str, route: str, number: int, name: str) -> None:
        """Send one row as one caller and note what came back."""
        row = table(service)[route][number]
        method, path, sent = self.request(service, route, row)
        answer = await self.ask(name, method, path, stream=row.does == "stream", **sent)
        results.outcomes[route, number, name] = self.outcome(row, answer)
        results.answers[route, number, name] = f"({answer.status} {answer.content[:160].decode(errors='replace')})"
        leaked = self.leaked(name, answer, path + json.dumps(sent, ensure_ascii=False))
        if leaked:
            results.leaks.append(f"{route} [{number}] as {name}: tells {leaked}")
        if row.counts is not None and answer.status == 200:
            listed = await self.ask(name, "GET", f"/{service}{row.counts}", params={**sent["params"], "limit": "200"})
            many, counted = len(listed.json["items"]), sum(answer.json.values())
            if many != counted:
                results.leaks.append(f"{route} [{number}] as {name}: counts {counted}, lists {many}")

    def outcome(self, row: Row, answer: Answer) -> str:
        """The answer as one of the outcomes of the tables; anything else is a difference."""
        code = answer.code
        if row.inner is not None and answer.status == 200:
            code = answer.json[row.inner][0]["code"]
            if code in ("not_found", "forbidden"):
                return str(code)
        elif answer.status in OUTCOME_OF and code is None:
            return f"{answer.status} without a problem document"
        if row.does == "write":
            actual = "ok" if code is None and answer.status < 300 else code
            if actual == row.then:
                return "allowed"
        if answer.status in OUTCOME_OF:
            return OUTCOME_OF[answer.status]
        if row.does == "write":
            return str(code)
        if answer.status == 409 and code == "window_closed":
            return "closed"
        if answer.status != 200:
            return f"{answer.status} {code}"
        return "empty" if self._is_empty(row, answer) else "allowed"

    def _is_empty(self, row: Row, answer: Answer) -> bool:
        if row.shows is not None:
            return row.shows.format(**self.region.ids) not in answer.content.decode()
        if row.empty and isinstance(answer.json, list):
            return not any(
                value for one in answer.json for value in one.values() if isinstance(value, int) and value is not True
            )
        return False

    def leaked(self, name: str, answer: Answer, sent: str) -> list[str]:
        """Words in an answer that this person may not read, other than those they sent themselves."""
        text = f"{answer.headers} {answer.content.decode(errors='replace')}"
        words = {word for word in self._hidden[name].findall(text) if word not in sent}
        return sorted(f"{m.words} ({m.what})" for m in self.region.private_texts if m.words in words)


async def _beginning(answer: aiohttp.ClientResponse) -> bytes:
    try:
        async with asyncio.timeout(0.5):
            return await answer.content.readany()
    except TimeoutError:
        return b""
    finally:
        answer.close()


async def send_all(callers: Callers, service: str) -> Results:
    """The rows of one service as the callers of `sampled_cells`."""
    results = Results()
    await asyncio.gather(
        *(callers.send_cell(results, service, route, number, name) for route, number, name in sampled_cells(service))
    )
    return results
