"""One run of the fast tests on the code as it is: how long each takes, and which lines it runs.

`python -m tests.mutants.baseline OUT` writes that as JSON. A test is fast if it uses no server and starts no process.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import coverage
import pytest

from tests.mutants.mutants import ROOT, packages, sources

CONTRACT = "tests/house/test_house.py::test_openapi_documents_are_as_committed"
"""Holds the codes, statuses and sentences of all refusals of a service against a committed file."""
SERVERS = {"parts", "platform"}
WORKBOOKS = {"test_hostile_workbooks.py", "test_damaged_workbooks.py", "test_typesetting.py"}
"""Hold no rule of a domain, and take longer than all others together."""
OUTSIDE = {"subprocess.Popen", "os.fork", "os.posix_spawn", "socket.bind", "socket.connect"}
"""Audit events: a test that causes one of these is not fast."""
ARGS = ("-q", "--no-header", "-p", "no:cacheprovider", "--timeout=0", "--hypothesis-profile=ci")
"""Hypothesis' own profile `ci` draws the same examples each time and knows no deadline."""


class Recorder:
    """Leaves out tests that need servers or processes, and notes time and lines of the others."""

    def __init__(self, coverage: coverage.Coverage) -> None:
        self.coverage = coverage
        self.seconds: dict[str, float] = {}
        self.pure = True
        sys.addaudithook(self.audit)

    def audit(self, event: str, _: Any) -> None:
        if event in OUTSIDE:
            self.pure = False

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        items[:] = [
            item for item in items if not SERVERS & set(getattr(item, "fixturenames", ())) and item.path.name not in WORKBOOKS
        ]

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        self.coverage.switch_context(item.nodeid)
        self.pure, started = True, time.process_time()
        yield
        if self.pure:
            self.seconds[item.nodeid] = time.process_time() - started
        self.coverage.switch_context("")


def main(out: str) -> int:
    files = [str(path) for package, folder in packages().items() for path in sources(package, folder)]
    measured = coverage.Coverage(data_file=None, include=files, config_file=False)
    recorder = Recorder(measured)
    measured.start()
    tests = [*(str(folder / "tests") for folder in packages().values()), CONTRACT]
    failed = pytest.main([*ARGS, *tests], plugins=[recorder])
    measured.stop()
    if failed:
        return int(failed)
    data = measured.get_data()
    fast = recorder.seconds
    lines = {
        path: {line: [test for test in found if test in fast] for line, found in data.contexts_by_lineno(path).items()}
        for path in files
    }
    modules = [name for name, module in sys.modules.items() if not _ours(module)]
    Path(out).write_text(json.dumps({"seconds": fast, "lines": lines, "modules": modules}), encoding="utf-8")
    return 0


def _ours(module: Any) -> bool:
    path = Path(getattr(module, "__file__", None) or "/")
    return path.is_relative_to(ROOT) and ".venv" not in path.parts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
