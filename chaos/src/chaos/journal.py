"""The clients' own log on disk: what they were about to send, written before it is sent, and how it ended.

One JSON object a line: `{"say": "intent", ...}` and `{"say": "outcome", "id": ..., "end": "ok|failed|unknown", ...}`.
What the log does not know the checker does not know either.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any


@dataclass(frozen=True)
class Write:
    """One write as its client saw it. `what` is its meaning, `about` what the checker looks for."""

    id: str
    client: str
    what: str
    about: dict[str, Any]
    end: str
    """ok: done; failed: refused, so not done; unknown: nobody told the client."""
    code: str | None
    ids: dict[str, Any]
    tries: int
    key: str

    @property
    def doubtful(self) -> bool:
        """At least one try got no answer."""
        return self.end == "unknown" or self.tries > 1


@dataclass
class Journal:
    """The log of one client. Every line is with the operating system before the call returns."""

    file: Path
    client: str
    _last: int = 0
    _out: IO[str] | None = field(default=None, repr=False)

    def intend(self, what: str, about: dict[str, Any], request: dict[str, Any]) -> str:
        """Write down what is about to be sent. Returns the write's id."""
        self._last += 1
        made = f"{self.client}-{self._last}"
        self._say({"say": "intent", "id": made, "client": self.client, "what": what, "about": about, **request})
        return made

    def tried(self, made: str, status: int, why: str) -> None:
        """A try that told nothing."""
        self._say({"say": "try", "id": made, "status": status, "why": why[:200]})

    def ended(self, made: str, end: str, status: int, tries: int, code: str | None = None, **ids: Any) -> None:
        """How it ended."""
        self._say({"say": "outcome", "id": made, "end": end, "status": status, "tries": tries, "code": code, "ids": ids})

    def _say(self, line: dict[str, Any]) -> None:
        if self._out is None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._out = self.file.open("a", encoding="utf-8")
        self._out.write(json.dumps({"at": round(time.time(), 3), **line}, ensure_ascii=False) + "\n")
        self._out.flush()

    def close(self) -> None:
        """Done."""
        if self._out is not None:
            self._out.close()
            self._out = None


def read(folder: Path) -> list[Write]:
    """All writes of all clients. An intent without an outcome is unknown."""
    return [write for file in sorted(folder.glob("*.jsonl")) for write in _read(file)]


def _read(file: Path) -> Iterator[Write]:
    intents: dict[str, dict[str, Any]] = {}
    ends: dict[str, dict[str, Any]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        if said["say"] == "intent":
            intents[said["id"]] = said
        elif said["say"] == "outcome":
            ends[said["id"]] = said
    for made, intent in intents.items():
        end = ends.get(made, {"end": "unknown", "code": None, "ids": {}, "tries": 1})
        yield Write(
            made, intent["client"], intent["what"], intent["about"], end["end"], end["code"], end["ids"], end["tries"],
            intent["key"],
        )  # fmt: skip
