"""The pages under `/docs`, from the templates in `pages/`."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from stack import plan

type Json = dict[str, Any]


@dataclass(frozen=True)
class Accounts:
    """The accounts of a platform with demo data: by place the user name of each role, and the password that all have."""

    by_place: dict[str, dict[str, str]]
    password: str

    @classmethod
    def of(cls, file: Path | None) -> "Accounts | None":
        """The accounts in the demo's file; None where no demo data was loaded."""
        if file is None or not file.exists():
            return None
        stored = json.loads(file.read_text(encoding="utf-8"))
        return cls(stored["accounts"], stored["password"]) if stored["accounts"] and "password" in stored else None


def developer_page(services: Sequence[str], base: str, accounts: Accounts | None = None) -> str:
    """Addresses, demo accounts, links to the documents, and how to send a first request. `base`: the gateway's URL."""
    known = [plan.BY_NAME[name] for name in services]
    return _render("developer.html", address="/docs", services=known, base=base, accounts=accounts)


def openapi_page() -> str:
    """The OpenAPI document of one service at a time."""
    return _render("openapi.html", address="/docs/openapi")


def openapi_script(services: Sequence[str]) -> str:
    """The script of `openapi_page`."""
    documents = [{"name": plan.BY_NAME[name].label, "url": f"/api/{plan.BY_NAME[name].path}/openapi.json"} for name in services]
    return _render("openapi.js", documents=documents)


def events_page(document: Json) -> str:
    """All events with their descriptions and schemas, by producer, from an AsyncAPI 3 document."""
    schemas: Json = dict(document["components"]["schemas"])
    events_by_producer: dict[str, list[Json]] = defaultdict(list)
    for name, channel in sorted(document["channels"].items()):
        payload = document["components"]["messages"][f"{name}:Message"]["payload"]["$ref"].rpartition("/")[2]
        producer = name.partition(".")[0]
        title = f"{plan.BY_NAME[producer].title} {producer}"
        events_by_producer[title].append({**channel, "schema": schemas.pop(payload)})
    return _render(
        "events.html", address="/docs/asyncapi", events_by_producer=events_by_producer, shared=sorted(schemas.items())
    )


def problems_page(meanings: dict[str, tuple[int, str]]) -> str:
    """All refusal codes: code → (HTTP status, Chinese sentence)."""
    return _render("problems.html", address="/docs/problems", meanings=meanings)


def _linked(schema: Json) -> Markup:
    """A JSON schema as text, in which references link to the entries of the schemas."""
    pretty = escape(json.dumps(schema, ensure_ascii=False, indent=2))
    return Markup(re.sub(r"#/components/schemas/(\w+)", r'<a href="#schema-\1">\1</a>', pretty))  # noqa: S704  escaped above


_TEMPLATES = Environment(loader=PackageLoader("stack", "pages"), autoescape=True, undefined=StrictUndefined)
_TEMPLATES.filters["linked"] = _linked


def _render(template: str, address: str | None = None, **values: Any) -> str:
    return _TEMPLATES.get_template(template).render(address=address, **values)
