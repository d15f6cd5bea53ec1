"""The house keeps its shape: what a newcomer was promised is checked here, on the code itself."""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from contracts.registry import EVENTS
from prometheus_client import REGISTRY
from servicekit.auth import Rule
from servicekit.refusals import MEANINGS
from stack import handbook, plan

from tests.house.source import ROOT, nodes, parsed, python_files

SQL_CALLS = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "cursor"}


def sources(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file of ours below these folders, parsed; tests left out."""
    for folder in folders or ("libs", "services", "deploy", "demo"):
        for path in sorted((ROOT / folder).rglob("src/**/*.py")):
            yield path.relative_to(ROOT), parsed(path)


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def services() -> dict[str, Any]:
    return {service.name: service.load() for service in plan.SERVICES}


EXPECTED_OF_EACH = {
    "chaos/src/chaos/check/events.py": "what each service must consume, told without asking the code",
    "tests/matrix/test_foreign_ids.py": "things of each service that the others must not find",
}
"""Tables of what is expected of particular services. A new service works without a line there."""


def test_the_list_of_services_stands_in_the_plan_only() -> None:
    every, found = (set(plan.NAMES), set(plan.PATHS)), set()
    for file in python_files():
        for node in nodes(file):
            words = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", ())
            named = {word.value for word in words if isinstance(word, ast.Constant)}
            if any(names <= named for names in every):
                found.add(str(file.relative_to(ROOT)))
    assert found <= set(EXPECTED_OF_EACH)
    for file in (*ROOT.glob("*.toml"), *ROOT.glob("*/*.sh"), ROOT / "Makefile", ROOT / ".importlinter", ROOT / ".ci" / "run"):
        by_hand = re.sub(r"# made: .*?# end", "", file.read_text(encoding="utf-8"), flags=re.S)
        assert not all(re.search(rf"\b{name}\b", by_hand) for name in plan.NAMES), file


def test_every_migration_of_a_service_has_a_number_of_its_own() -> None:
    numbers = [(path.parent, path.name.partition("_")[0]) for path in ROOT.glob("**/src/*/migrations/*.sql")]
    assert [number for number, times in Counter(numbers).items() if times > 1] == []


def test_migrations_say_why_in_their_first_line() -> None:
    for path in ROOT.glob("**/src/*/migrations/*.sql"):
        assert path.read_text(encoding="utf-8").startswith("-- "), path


def test_events_are_published_by_the_kit_only() -> None:
    for path, tree in sources("services", "deploy", "demo"):
        for call in calls(tree):
            assert not (isinstance(call.func, ast.Attribute) and call.func.attr == "publish"), f"{path}:{call.lineno}"


def test_services_speak_sql_in_their_store_only() -> None:
    for path, tree in sources("services"):
        if "store" in path.parts or path.name == "store.py":
            continue
        called = [c for c in calls(tree) if isinstance(c.func, ast.Attribute) and c.func.attr in SQL_CALLS and c.args]
        sql = [c for c in called if isinstance(c.args[0], ast.Constant) and isinstance(c.args[0].value, str)]
        assert [f"{path}:{call.lineno}" for call in sql] == []


def test_no_client_ignores_the_status_of_an_answer() -> None:
    """A function with `async with session.get(...) as answer` looks at `answer.status`."""
    verbs = {"get", "head", "post", "put", "patch", "delete", "request"}
    answers, ignored = 0, []
    for path in python_files():
        for function in nodes(path):
            if not isinstance(function, ast.AsyncFunctionDef):
                continue
            inner = list(ast.walk(function))
            looked_at = {ast.unparse(node.value) for node in inner if isinstance(node, ast.Attribute) and node.attr == "status"}
            for item in (item for node in inner if isinstance(node, ast.AsyncWith) for item in node.items):
                call, answer = item.context_expr, item.optional_vars
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in verbs:
                    answers += 1
                    if answer is None or ast.unparse(answer) not in looked_at:
                        ignored.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert answers > 20
    assert ignored == []


def test_the_environment_is_read_in_one_place() -> None:
    for path, tree in sources("libs", "services", "demo"):
        for node in ast.walk(tree):
            assert not (isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")), f"{path}:{node.lineno}"


def test_files_stay_a_few_screens_long() -> None:
    for path, _ in sources():
        assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= 400, path


def test_every_module_says_what_lives_there() -> None:
    for path, tree in sources():
        assert ast.get_docstring(tree), path


def test_contracts_are_as_committed() -> None:
    folder = ROOT / "libs" / "contracts" / "schemas"
    kept = {path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    assert kept == {subject: event.model_json_schema() for subject, event in EVENTS.items()}


def test_every_event_has_a_subject_of_its_producer_in_the_past_tense() -> None:
    for subject, event in EVENTS.items():
        producer, _, verb, version = subject.split(".")
        assert event.__module__ == f"contracts.{producer}"
        assert re.fullmatch(r"v\d+", version)
        assert verb.endswith(("ed", "en", "wn")) or verb in ("undone", "ready"), subject
        assert event.__doc__, subject
        assert event.key in event.model_fields, subject


FOR_OUTSIDE = {
    "publicity.entry.selected.v1": "a province's own analysis follows what students choose",
    "publicity.entry.unselected.v1": "takes back entry.selected",
}
"""Events that no service consumes, each with the reason why it is published."""


def test_every_event_has_a_consumer_or_a_reason_to_be_published_for_others() -> None:
    consumed = {subject for service in services().values() for subject in service.events.handlers}
    assert set(EVENTS) - consumed == set(FOR_OUTSIDE)


@cache
def uses(path: Path) -> set[str]:
    """Names that a module uses as values, so not in imports, annotations or decorators."""
    notes = [getattr(node, name) for node in nodes(path) for name in ("annotation", "returns") if getattr(node, name, None)]
    handled = [found for node in nodes(path) for found in getattr(node, "decorator_list", ())]
    skipped = {id(inner) for note in (*notes, *handled) for inner in ast.walk(note)}
    names = (node for node in nodes(path) if isinstance(node, ast.Name) and id(node) not in skipped)
    return {node.id for node in names if isinstance(node.ctx, ast.Load)}


def test_every_event_is_published_by_its_producer() -> None:
    for subject, event in EVENTS.items():
        producer = subject.partition(".")[0]
        used = {name for path in plan.BY_NAME[producer].source.rglob("*.py") for name in uses(path)}
        used |= uses(ROOT / "libs" / "contracts" / "src" / "contracts" / f"{producer}.py")  # such as COMMITTED of importer
        assert event.__name__ in used, f"{producer} never makes {event.__name__}"


def test_every_event_handler_says_what_it_does() -> None:
    for name, service in services().items():
        for subject, handler in service.events.handlers.items():
            assert handler.__doc__, f"{name}: {subject}"


def test_every_route_declares_who_may_call_it_and_says_what_it_does() -> None:
    for name, service in services().items():
        seen = set()
        for route in service.api.routes:
            assert isinstance(route.may, Rule)
            assert route.handler.__doc__, f"{name}: {route.handler.__name__}"
            assert (route.method, route.path) not in seen
            seen.add((route.method, route.path))
            if not route.may.anonymous:
                continue
            one_time = route.path == "/downloads/{token}"  # of the kit: the address itself is the proof (L-19)
            assert one_time or name in ("identity", "archive"), f"{name} {route.path} is open to anyone"


def test_every_refusal_is_declared_with_its_meaning() -> None:
    services()
    for path, tree in sources("libs", "services"):
        for call in calls(tree):
            name = getattr(call.func, "id", None)
            position = {"Refusal": 0, "require": 1}.get(str(name))
            if position is None or len(call.args) <= position:
                continue
            code = call.args[position]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                assert code.value in MEANINGS, f"{path}:{call.lineno} {code.value}"


def test_services_cite_the_rules_of_a_deployment_by_name() -> None:
    """A refusal's rule id comes from the scheme. SH-01 is cited where no scheme is known yet; identity has none at all."""
    for path, tree in sources("services"):
        if "identity" in path.parts:
            continue
        routes = {id(node) for call in calls(tree) for word in call.keywords if word.arg == "rules" for node in ast.walk(word)}
        routes |= {
            id(node) for one in tree.body if isinstance(one, ast.Assign) and path.parent.name == "api" for node in ast.walk(one)
        }
        constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in routes]
        cited = [node for node in constants if re.fullmatch(r"(JX|CS|BJ|SH)-\d\d", str(node.value))]
        assert [f"{path}:{node.lineno} {node.value}" for node in cited if node.value != "SH-01"] == []


def test_every_metric_has_a_meaning() -> None:
    services()
    ours = [family for family in REGISTRY.collect() if family.name.startswith("zp_")]
    assert len(ours) > 10
    assert [family.name for family in ours if len(family.documentation) <= 10] == []


RULE = re.compile(r"^\| (JX|CS|BJ|SH|NR|L|X)-\d\d \|", re.M)


def rules() -> dict[str, str]:
    """Rule ids and their state as docs/rules.md tells them."""
    text = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:JX|CS|BJ|SH|NR|L|X)-\d\d) \| (shown|partly|next) \|", text, re.M)
    return dict(rows)


def marked(*folders: str) -> set[str]:
    """Rule ids that tests carry, everywhere or below these folders."""
    found: set[str] = set()
    for folder in folders or ("libs", "services", "deploy", "demo", "tests"):
        for path in (ROOT / folder).rglob("test_*.py"):
            for names in re.findall(r"mark\.feature\(([^)]*)\)", path.read_text(encoding="utf-8")):
                found |= set(re.findall(r"[A-Z]+-\d\d", names))
    return found


def test_every_rule_of_jiangxi_is_shown_through_the_gateway() -> None:
    assert {rule for rule in rules() if rule.startswith("JX-")} - marked("tests/journeys") == set()


def test_every_rule_said_to_be_shown_has_a_test_and_no_test_names_an_unknown_rule() -> None:
    known = rules()
    shown = {rule for rule, state in known.items() if state in ("shown", "partly")}
    assert marked() - set(known) == set()
    assert shown - marked() == set()
    assert len(known) == len(RULE.findall((ROOT / "docs" / "rules.md").read_text(encoding="utf-8")))


@pytest.mark.parametrize("file", handbook.FILES, ids=lambda file: file.name)
def test_what_is_generated_is_what_the_code_says(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == handbook.generated(file), "run: make generate"


@pytest.mark.parametrize("service", plan.SERVICES, ids=lambda service: service.name)
def test_openapi_documents_are_as_committed(service: plan.Service) -> None:
    committed = json.loads(handbook.openapi_file(service).read_text(encoding="utf-8"))
    assert committed == json.loads(handbook.openapi(service)), "run: make generate"


def test_every_setting_is_explained() -> None:
    undocumented = re.findall(r"^\| (`ZP_\w+`) \| ([^|]*) \| [^|]* \|  \|$", handbook.settings(), re.M)
    assert undocumented == []


def test_every_alarm_watches_a_metric_that_exists_and_says_what_to_do() -> None:
    services()
    known = {sample.name for family in REGISTRY.collect() for sample in family.samples}
    known |= {family.name for family in REGISTRY.collect()}
    known |= {f"{name}{end}" for name in known for end in ("_bucket", "_count", "_total")}
    steps = set(re.findall(r"^### (\w+)$", handbook.PAGE.read_text(encoding="utf-8"), re.M))
    for alarm in handbook.alarms():
        assert set(re.findall(r"(?:zp|process)_\w+", alarm["expr"])) <= known, alarm["alert"]
        assert alarm["annotations"]["summary"]
    assert steps == {alarm["alert"] for alarm in handbook.alarms()}
