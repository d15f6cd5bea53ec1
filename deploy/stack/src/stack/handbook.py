"""Generates parts of files from the code: blocks in hand-written files, and the OpenAPI document of each service.

`python -m stack.handbook` rewrites the blocks between `made: <name>` and `end`, and `services/<path>/openapi.json`;
house tests compare them.
"""

import ast
import inspect
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml
from contracts.registry import EVENTS

from stack import plan
from stack.files import REPOSITORY
from stack.platform import PREFERRED_PORTS
from stack.provision import DAY, stream_config

PAGE = REPOSITORY / "docs" / "operations.md"
FILES = (PAGE, REPOSITORY / "docs" / "events.md", REPOSITORY / ".importlinter")
ALARMS = REPOSITORY / "deploy" / "alarms.yaml"
_BLOCK = re.compile(r"((?:<!--|#) made: (\w+)(?: -->)?\n).*?([ ]*(?:<!--|#) end\b)", re.S)


def generated(file: Path) -> str:
    """The file's text with newly generated blocks. Raises KeyError for a block that is not in `BLOCKS`."""
    return _BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found[2]]()}{found[3]}", file.read_text(encoding="utf-8"))


def openapi(service: plan.Service) -> str:
    """The service's OpenAPI document, as committed: its refusal codes are those of servicekit and of this service."""
    from servicekit.http.openapi import document
    from servicekit.refusals import MEANINGS

    described = service.load()
    whole = document(described.api, described.title)
    packages = {"servicekit", service.name}
    whole["x-problem-codes"] = {k: v for k, v in whole["x-problem-codes"].items() if MEANINGS[k].package in packages}
    return json.dumps(whole, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def openapi_file(service: plan.Service) -> Path:
    """The file of the document."""
    return service.folder / "openapi.json"


def alarms() -> list[dict[str, Any]]:
    """The alarms of `deploy/alarms.yaml`."""
    rules: list[dict[str, Any]] = yaml.safe_load(ALARMS.read_text(encoding="utf-8"))["groups"][0]["rules"]
    return rules


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _descriptions(kind: type) -> dict[str, str]:
    """The settings declared in this class, with the docstring below each."""
    [tree] = ast.parse(inspect.getsource(kind)).body
    assert isinstance(tree, ast.ClassDef)
    found: dict[str, str] = {}
    last = None
    for line in tree.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            last = line.target.id
            found[last] = ""
        elif last and isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant):
            found[last] = " ".join(str(line.value.value).split())
        else:
            last = None
    found.pop("model_config", None)
    return found


def _value(kind: Any, name: str) -> str:
    field = kind.model_fields[name]
    if field.is_required():
        return "required"
    return "" if field.default is None else f"`{field.default}`"


def settings() -> str:
    """All variables: those of all services, of services with storage, then of each service."""
    seen: dict[type, list[str]] = {}
    for name in plan.NAMES:
        for kind in plan.BY_NAME[name].load().settings.__mro__:
            if kind.__module__.partition(".")[0] in ("servicekit", name):
                seen.setdefault(kind, []).append(name)
    rows = []
    for kind, users in sorted(seen.items(), key=lambda pair: -len(pair[1])):
        services_ = "all" if len(users) == len(plan.NAMES) else ", ".join(users)
        rows += [
            (f"`ZP_{n.upper()}`", services_, _value(kind, n), description) for n, description in _descriptions(kind).items()
        ]
    return _table(("variable", "service", "default", "meaning"), rows)


def ports() -> str:
    """The preferred ports on one machine."""
    return _table(("port", "who"), sorted((port, name) for name, port in PREFERRED_PORTS.items()))


def buckets() -> str:
    """The buckets with the access of each service."""
    rows = [(f"`{b}`", ", ".join(f"{s.name} ({s.buckets[b]})" for s in plan.SERVICES if b in s.buckets)) for b in plan.BUCKETS]
    return _table(("bucket", "who (right)"), rows)


def streams() -> str:
    """The streams with their limits and consumers."""
    subscriptions = {name: plan.BY_NAME[name].load().events.streams() for name in plan.NAMES}
    rows = []
    for stream in plan.STREAMS:
        config = stream_config(stream)
        users = [
            n for n, subjects in subscriptions.items() if stream.name in subjects or (stream == plan.ADVISORIES and subjects)
        ]
        days = f"{(config.max_age or 0) / DAY:.0f} days, full: refuses new events"
        rows.append((f"`{stream.name}`", f"`{stream.subject}`", days, ", ".join(f"`{n}`" for n in users) or "nobody"))
    return _table(("stream", "subjects", "kept", "durable consumers"), rows)


def metrics() -> str:
    """The metrics of servicekit and the services, with their meaning."""
    from prometheus_client import REGISTRY

    for service in plan.SERVICES:
        service.load()
    ours = sorted((f.name, f.type, f.documentation) for f in REGISTRY.collect() if f.name.startswith("zp_"))
    return _table(("metric", "kind", "meaning"), [(f"`{name}`", kind, description) for name, kind, description in ours])


def timed() -> str:
    """The scheduled jobs of each service."""
    return _table(
        ("service", "scheduled jobs (`what` in the table `jobs`)"),
        [
            (service.name, ", ".join(f"`{what}`" for what in sorted(service.load().jobs.names)) or "none")
            for service in plan.SERVICES
        ],
    )


def events() -> str:
    """All events with producer and consumers; the descriptions are the first lines of docstrings."""
    rows = []
    for subject, event in sorted(EVENTS.items()):
        handlers = {one.name: one.load().events.handlers.get(subject) for one in plan.SERVICES}
        consumers = [f"{name}: {_first_line(handler)}" for name, handler in handlers.items() if handler]
        rows.append((f"`{subject}`", subject.partition(".")[0], _first_line(event), "<br>".join(consumers) or "outside only"))
    return _table(("event", "producer", "what happened", "consumers, and what they do"), rows)


def _first_line(described: object) -> str:
    return (inspect.getdoc(described) or "").partition("\n")[0]


def services() -> str:
    """The services' packages, for the import linter."""
    return "".join(f"    {name}\n" for name in plan.NAMES)


BLOCKS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "ports": ports,
    "buckets": buckets,
    "streams": streams,
    "metrics": metrics,
    "timed": timed,
    "events": events,
    "services": services,
}


if __name__ == "__main__":
    for file in FILES:
        file.write_text(generated(file), encoding="utf-8")
    for service in plan.SERVICES:
        openapi_file(service).write_text(openapi(service), encoding="utf-8")
