"""For every test: who runs beside whom, and `pytest --features`.

With several processes (`-n`), a file's tests stay together, and so do all those that share the one running platform, and
those in a browser. These two take the longest and begin first.
With `--features`, only tests that carry a rule run; then one line per rule: id, state, result, how many tests where.
"""

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parent
ROW = re.compile(r"^\| ((?:JX|CS|BJ|SH|NR|L|X)-\d\d) \| (\w+) \| (.+?) \|$", re.M)
SHARING = ("tests/journeys/", "tests/matrix/", "tests/fuzz/")
RINGS = ("rules", "service", "journey")
_found: dict[str, list[tuple[str, str]]] = defaultdict(list)
"""Rule id to (ring, outcome) of each test that carries it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--features", action="store_true", help="print every rule with its tests and their result")


def scope(nodeid: str) -> str:
    """What one process does together: a file's tests, all that share the running platform, or all in a browser."""
    if nodeid.startswith("tests/browser/"):
        return "browser"
    return "platform" if nodeid.startswith(SHARING) else nodeid.partition("::")[0]


class Together(LoadScopeScheduling):
    """Hands out the tests of one `scope` to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


def pytest_configure(config: pytest.Config) -> None:
    """Let processes take the scopes in the order of the tests."""
    config.option.loadscopereorder = False


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Share tests out among processes so that few things are started twice."""
    return Together(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest scopes first, so that no process waits for another at the end. With `--features`, only tests with a rule."""
    sizes = Counter(scope(item.nodeid) for item in items)
    longest = {"browser": 2, "platform": 1}
    items.sort(key=lambda item: (-longest.get(scope(item.nodeid), 0), -sizes[scope(item.nodeid)], scope(item.nodeid)))
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
    """Note on the report which rules the test carries; it may be made in another process."""
    report = (yield).get_result()
    rules = [rule for marker in item.iter_markers("feature") for rule in marker.args]
    report.user_properties += [(rule, _ring(item)) for rule in rules if (rule, _ring(item)) not in report.user_properties]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note the outcome for each rule that the test carries."""
    if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
        for rule, ring in report.user_properties:
            _found[rule].append((str(ring), report.outcome))


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
