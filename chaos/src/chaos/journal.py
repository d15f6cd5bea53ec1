"""The clients' log on disk: each write before it is sent, and its outcome.

One JSON object a line: `{"say": "intent", ...}` and `{"say": "outcome", "id": ..., "end": "ok|failed|unknown", ...}`.
It is the checker's only knowledge of what clients did.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Write:
    """One write as its client saw it. `what` is its kind, `about` the values by which the checker finds its effect."""

    id: str
    client: str
    what: str
    about: dict[str, Any]
    outcome: str
    """ok: done; failed: refused, so not done; unknown: the client got no conclusive response."""
    code: str | None
    ids: dict[str, Any]
    attempts: int
    key: str


@dataclass
class Journal:
    """The log of one client. Every line is flushed to the operating system before the call returns."""

    file: Path
    client: str
    _last: int = 0

    def __post_init__(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._out = self.file.open("a", encoding="utf-8")

    def log_intent(self, what: str, about: dict[str, Any], request: dict[str, Any]) -> str:
        """Log a write before it is sent. Returns its id."""
        self._last += 1
        write_id = f"{self.client}-{self._last}"
        self._append({"say": "intent", "id": write_id, "client": self.client, "what": what, "about": about, **request})
        return write_id

    def log_attempt(self, write_id: str, status: int, why: str) -> None:
        """Log an attempt without a conclusive response."""
        self._append({"say": "try", "id": write_id, "status": status, "why": why[:200]})

    def log_outcome(self, write_id: str, outcome: str, attempts: int, code: str | None = None, **ids: Any) -> None:
        """Log the outcome."""
        self._append({"say": "outcome", "id": write_id, "end": outcome, "tries": attempts, "code": code, "ids": ids})

    def _append(self, line: dict[str, Any]) -> None:
        self._out.write(json.dumps({"at": round(time.time(), 3), **line}, ensure_ascii=False) + "\n")
        self._out.flush()

    def close(self) -> None:
        """Close the file."""
        self._out.close()


def read(folder: Path) -> list[Write]:
    """All writes of all clients. An intent without an outcome is unknown."""
    return [write for file in sorted(folder.glob("*.jsonl")) for write in _read(file)]


def _read(file: Path) -> Iterator[Write]:
    intents: dict[str, dict[str, Any]] = {}
    outcomes: dict[str, dict[str, Any]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        line_data = json.loads(line)
        if line_data["say"] == "intent":
            intents[line_data["id"]] = line_data
        elif line_data["say"] == "outcome":
            outcomes[line_data["id"]] = line_data
    for write_id, intent in intents.items():
        done = outcomes.get(write_id, {"end": "unknown", "code": None, "ids": {}, "tries": 1})
        yield Write(
            write_id, intent["client"], intent["what"], intent["about"], done["end"], done["code"], done["ids"], done["tries"],
            intent["key"],
        )  # fmt: skip
