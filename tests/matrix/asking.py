"""Asking every row as everybody, and telling what is not as expected."""

import asyncio
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.journeys.doors import Answer, fresh
from tests.journeys.things import filled

from .rows import Row, table
from .town import EVERYBODY, Town

AT_ONCE = 32
TOLD = {401: "unauthenticated", 403: "forbidden", 404: "not_found"}


@dataclass
class Findings:
    """What was asked and what was wrong; `cells` is the matrix itself."""

    wrong: list[str] = field(default_factory=list)
    cells: dict[tuple[str, str, str, str], str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass
class Asker:
    """Everybody, with a token each, at the gateway."""

    town: Town
    http: aiohttp.ClientSession
    tokens: dict[str, str] = field(default_factory=dict)
    _hidden: dict[str, re.Pattern[str]] = field(default_factory=dict)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def ready(self) -> None:
        """A token for everybody, and the words that they may not read."""
        for name, user in self.town.people.items():
            self.tokens[name] = await fresh(user)
        for name in self.names:
            card = self.town.people[name].session["card"] if name in self.town.people else None
            students = [card["student_id"]] if card and card.get("student_id") else []
            words = {m.words for m in self.town.markers if not m.may_be_read_by(card, students)}
            self._hidden[name] = re.compile("|".join(map(re.escape, sorted(words))))

    @property
    def names(self) -> list[str]:
        """Everybody, and nobody."""
        return EVERYBODY

    async def ask(self, name: str, method: str, path: str, *, stream: bool = False, **sent: Any) -> Answer:
        """One request as this person; of a stream, its beginning."""
        headers = dict(sent.pop("headers", {}))
        if name != "anonymous":
            headers["Authorization"] = f"Bearer {self.tokens[name]}"
        url = f"{self.town.world.gateway.base}/api{path}"
        async with self._slots, self.http.request(method, url, headers=headers, **sent) as answer:
            body = await _beginning(answer) if stream and answer.status == 200 else await answer.read()
            return Answer(answer.status, answer.headers.copy(), body)

    def request(self, service: str, route: str, row: Row) -> tuple[str, str, dict[str, Any]]:
        """(method, path, what is sent) of a row."""
        method, way = route.split(" ")
        things = self.town.things
        path = f"/{service}" + way.format(**{name: things.get(value, value) for name, value in row.of.items()})
        sent: dict[str, Any] = {"params": {k: str(v) for k, v in filled(row.query, things).items()}}
        body = filled(row.body, things)
        if method in ("POST", "PUT", "PATCH"):
            sent["json"] = {} if body is None else body
        if row.version is not None:
            sent["headers"] = {"If-Match": f'"{str(row.version).format(**things)}"'}
        return method, path, sent

    async def row(self, found: Findings, service: str, route: str, row: Row) -> None:
        """Ask one row as everybody."""
        await asyncio.gather(*(self._cell(found, service, route, row, name) for name in row.asked_as(self.names)))

    async def _cell(self, found: Findings, service: str, route: str, row: Row, name: str) -> None:
        method, path, sent = self.request(service, route, row)
        answer = await self.ask(name, method, path, stream=row.does == "stream", **sent)
        wanted = row.expected(name)
        got = self.outcome(row, answer)
        found.cells[(service, route, str(row), name)] = wanted
        found.counts["requests"] += 1
        where = f"{service} {route} [{row}] as {name}"
        if got != wanted:
            found.wrong.append(
                f"{where}: expected {wanted}, got {got} ({answer.status} {answer.content[:160].decode(errors='replace')})"
            )
        leaked = self.leaked(name, answer, path + json.dumps(sent, ensure_ascii=False))
        if leaked:
            found.wrong.append(f"{where}: tells {leaked}")
        if row.counts is not None and answer.status == 200:
            listed = await self.ask(name, "GET", f"/{service}{row.counts}", params={**sent["params"], "limit": "200"})
            many, counted = len(listed.json["items"]), sum(answer.json.values())
            if many != counted:
                found.wrong.append(f"{where}: counts {counted}, lists {many}")

    def outcome(self, row: Row, answer: Answer) -> str:
        """The answer in the table's words."""
        code = answer.code
        if row.inner is not None and answer.status == 200:
            code = answer.json[row.inner][0]["code"]
            if code in ("not_found", "forbidden"):
                return str(code)
        elif answer.status in TOLD and code is None:
            return f"{answer.status} without a problem document"
        if row.does == "write":
            told = "ok" if code is None and answer.status < 300 else code
            if told == row.then:
                return "allowed"
        if answer.status in TOLD:
            return TOLD[answer.status]
        if row.does == "write":
            return str(code)
        if answer.status == 409 and code == "window_closed":
            return "closed"
        if answer.status != 200:
            return f"{answer.status} {code}"
        return "empty" if self._is_empty(row, answer) else "allowed"

    def _is_empty(self, row: Row, answer: Answer) -> bool:
        if row.shows is not None:
            return row.shows.format(**self.town.things) not in answer.content.decode()
        if row.empty and isinstance(answer.json, list):
            return not any(
                value for one in answer.json for value in one.values() if isinstance(value, int) and value is not True
            )
        return False

    def leaked(self, name: str, answer: Answer, sent: str) -> list[str]:
        """Words in an answer that this person may not read, other than those they sent themselves."""
        text = f"{answer.headers} {answer.content.decode(errors='replace')}"
        words = {word for word in self._hidden[name].findall(text) if word not in sent}
        return sorted(f"{m.words} ({m.what})" for m in self.town.markers if m.words in words)


async def _beginning(answer: aiohttp.ClientResponse) -> bytes:
    try:
        async with asyncio.timeout(0.5):
            return await answer.content.readany()
    except TimeoutError:
        return b""
    finally:
        answer.close()


async def everything(asker: Asker, service: str) -> Findings:
    """All rows of one service as everybody."""
    found = Findings()
    for route, rows in table(service).items():
        await asyncio.gather(*(asker.row(found, service, route, row) for row in rows))
    return found
