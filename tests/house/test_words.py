"""Names and pages use the terms of `docs/glossary.md`: the private words of earlier releases do not come back."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT, nodes

OLD_NAMES = {
    "Bare": "baseline", "Books": "Databases", "Classroom": "SchoolClass", "Clock": "Scheduler", "ContentIn": "RecordContent",
    "Docket": "CaseEngine", "Due": "ScheduledJobs", "Ears": "EventConsumer", "Given": "RecordContent, ExternalServers",
    "Ground": "Environment", "Hand": "ChangedBy", "Hands": "FaultInjector", "Hears": "EventHandlers", "Held": "AccountScope",
    "Lanes": "KeyedBatcher", "Later": "RetryLater", "Note": "Notification, NewAuditRow", "Post": "WebhookDelivery",
    "Press": "PdfRenderer", "Room": "School, SchoolClass", "Shelf": "cachetools.LRUCache", "Sight": "ViewScope",
    "Standing": "FailureCounts", "Told": "Notification", "Try": "LoginAttempt", "Vault": "Tokens, SealedNumbers",
    "Written": "RecordContent", "bare": "baseline", "due": "jobs", "fact": "event", "facts": "events", "gate": "preflight",
    "ground": "load_context, environment", "hear": "projections", "heard": "projections, consumed", "hears": "on_event",
    "keeper": "uploads, supervisor", "lanes": "ordering groups, sequences", "leash": "exec_with_parent_death_signal",
    "mark": "pseudonym, flag, marker", "marks": "cell_flags", "paper": "typesetting", "place": "org_path, position, offset",
    "posting": "webhook delivery", "press": "pdf_renderer", "reverted": "undo_import", "room": "school_class, layer, sandbox",
    "rooms": "school_classes, layers", "said": "what it is: text, response, ...", "sniff": "magic_bytes",
    "speaking": "refusal_context", "stamp": "template_metadata", "take_back": "undo_import", "take_in": "apply_import",
    "told": "what it is: event, text, ...", "tries": "attempts", "undone": "undo_import", "vault": "tokens", "wire": "framing",
}  # fmt: skip
"""A name that must not be used, and what to use instead."""

API_NAMES = {"services/notify": {"facts", "place", "tries"}, "tests": {"press"}}
"""Names of JSON fields that clients read, and of Playwright's methods, by folder: they stay."""

OLD_TABLES = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN|TABLE) (due|facts|students_seen)\b")
OLD_IN_DOCS = re.compile(
    r"\b(Clock|Docket|Due|Ears|Hears|hears|Lanes|Shelf|[Ff]acts?|due rows?|bare ground|keeper|Press|presses|vault)\b"
)


def names(path: Path) -> Iterator[tuple[int, str]]:
    """(line, name) of every name that a file defines or uses, apart from `pytest.mark` and `ast.Try`."""
    for node in nodes(path):
        match node:
            case ast.Attribute(value=ast.Name(id="pytest" | "ast"), attr="mark" | "Try"):
                pass
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.keyword(arg=str(name)):
                yield node.lineno, name
            case ast.alias(name=name, asname=other):
                for part in (*name.split("."), other or ""):
                    yield node.lineno, part


def old_names(folder: Path) -> list[str]:
    """Where the folder's Python files use an old name, as a module's name too."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        used = [(1, path.stem), *names(path)]
        where = path.relative_to(ROOT)
        rejected = OLD_NAMES.keys() - API_NAMES.get(folder.relative_to(ROOT).as_posix(), set())
        found += [f"{where}:{line} {name}: {OLD_NAMES[name]}" for line, name in used if name in rejected]
    return found


MEMBERS = sorted(
    path.parent.relative_to(ROOT).as_posix()
    for pattern in ("*/pyproject.toml", "*/*/pyproject.toml")
    for path in ROOT.glob(pattern)
    if not path.parent.name.startswith(".") and path.parent.parent.name[:1] != "."
)


@pytest.mark.parametrize("folder", [*MEMBERS, "tests"])
def test_code_uses_the_terms_of_the_glossary(folder: str) -> None:
    found = old_names(ROOT / folder)
    assert not found, "\n".join(found)


def test_sql_uses_no_old_tables() -> None:
    for path in sorted(ROOT.glob("*/*/src/**/*.py")):
        constants = [node for node in nodes(path) if isinstance(node, ast.Constant)]
        texts = [node for node in constants if isinstance(node.value, str)]
        assert [f"{path}:{node.lineno}" for node in texts if OLD_TABLES.search(str(node.value))] == []


def test_pages_use_the_terms_of_the_glossary() -> None:
    pages = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md"), *(ROOT / "deploy").glob("*.md"), ROOT / "chaos" / "README.md"]
    for page in pages:
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            assert not OLD_IN_DOCS.search(line), f"{page.relative_to(ROOT)}:{number} {line}"


def test_the_glossary_has_one_line_for_each_term() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    terms = [line.split("|")[2].strip() for line in text.splitlines() if line.startswith("| ") and "`" in line.split("|")[2]]
    assert len(terms) > 60
    assert len(terms) == len(set(terms)), sorted(term for term in terms if terms.count(term) > 1)
