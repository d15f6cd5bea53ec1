"""`pytest --features`: after the run, one line per rule: id, state, rule, how many tests show it where, result."""

import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
ROW = re.compile(r"^\| ((?:JX|CS|BJ|SH|NR|X)-\d\d) \| (\w+) \| (.+?) \|$", re.M)
RINGS = ("rules", "service", "journey")
_found: dict[str, list[tuple[str, str]]] = defaultdict(list)
"""Rule id to (ring, outcome) of each test that carries it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--features", action="store_true", help="print every rule with its tests and their result")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--features`, leave out tests that carry no rule."""
    if config.getoption("features"):
        bare = [item for item in items if item.get_closest_marker("feature") is None]
        config.hook.pytest_deselected(items=bare)
        items[:] = [item for item in items if item.get_closest_marker("feature") is not None]


def _ring(item: pytest.Item) -> str:
    if item.path.relative_to(ROOT).parts[0] == "tests" and "house" not in item.path.parts:
        return "journey"
    return "service" if {"parts", "platform"} & set(getattr(item, "fixturenames", ())) else "rules"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item):  # type: ignore[no-untyped-def]
    """Note the outcome for each rule that the test carries."""
    report = (yield).get_result()
    if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
        for marker in item.iter_markers("feature"):
            for rule in marker.args:
                _found[rule].append((_ring(item), report.outcome))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table, and a count of rules per result."""
    if not config.getoption("features"):
        return
    write = terminalreporter.write_line
    results: Counter[str] = Counter()
    write("")
    write(f"{'id':6} {'state':7} {'result':8} {'tests':>17}  rule")
    for rule, state, words in ROW.findall((ROOT / "docs" / "rules.md").read_text(encoding="utf-8")):
        rings = Counter(ring for ring, _ in _found[rule])
        outcomes = {outcome for _, outcome in _found[rule]}
        result = "failed" if "failed" in outcomes else "passed" if "passed" in outcomes else "no test"
        results[result] += 1
        where = " ".join(f"{ring[0]}{rings[ring]}" for ring in RINGS if rings[ring])
        write(f"{rule:6} {state:7} {result:8} {where:>17}  {words}")
    write(f"rules: {', '.join(f'{count} {result}' for result, count in sorted(results.items()))}")
    write("tests: r in memory, s one service on real servers, j through the gateway")
