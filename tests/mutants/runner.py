"""Runs mutants: each in a process forked from one that has the libraries loaded, against the tests that run its lines.

The child loads our own packages anew, with one module changed, and gives its CPU time back by how it ends. So a mutant
costs what its tests cost and half a second. A mutant that nothing kills meets every fast test of its package, too.
"""

import contextlib
import importlib
import importlib.machinery
import importlib.util
import os
import resource
import signal
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, ModuleType
from typing import Any

import pytest

from tests.mutants.baseline import ARGS, CONTRACT
from tests.mutants.mutants import ROOT, Mutant, packages

CPU_SECONDS = 30
"""Beyond what the tests need: who has not ended then is run once more with four times as much. The tests need one."""
MEMORY = 4 * 2**30
LOADED_ALREADY = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""Plugins are: pytest cannot rewrite their assertions any more, and need not."""


@dataclass(frozen=True)
class Result:
    """`how`: killed, endless (did not end within the long limit either) or survived."""

    mutant: Mutant
    how: str
    tests: int


class Baseline:
    """What the run on the unchanged code told."""

    def __init__(self, report: dict[str, Any]) -> None:
        self.seconds: dict[str, float] = report["seconds"]
        self.lines: dict[str, dict[str, list[str]]] = report["lines"]
        self.modules: list[str] = report["modules"]

    def near(self, mutant: Mutant) -> list[str]:
        """The tests that run the mutant's lines, quick ones of its own package first."""
        lines = self.lines[str(mutant.path)]
        found = {test for line in range(mutant.first, mutant.last + 1) for test in lines.get(str(line), ())}
        return sorted(found, key=lambda test: (not self._own(test, mutant), self.seconds[test], test))

    def rest(self, mutant: Mutant) -> list[str]:
        """The other fast tests of its package: they see what happens only while modules load, or in a cache."""
        near = set(self.near(mutant))
        return [test for test in self.seconds if self._own(test, mutant) and test not in near]

    @staticmethod
    def _own(test: str, mutant: Mutant) -> bool:
        home = f"{packages()[mutant.package].relative_to(ROOT)}/tests/"
        return test.startswith(home) or test == f"{CONTRACT}[{mutant.package}]"

    def load_libraries(self) -> None:
        """Import what all tests import, but nothing of ours."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name in self.modules:
                with contextlib.suppress(Exception):
                    importlib.import_module(name)


class Chosen:
    """Runs just these tests, in this order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.order = {test: n for n, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.order), key=lambda item: self.order[item.nodeid])


class Loader(importlib.machinery.SourceFileLoader):
    """Loads one module from the mutant's code."""

    mutant: Mutant

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.mutant.code, str(self.mutant.path), "exec", dont_inherit=True)


class Finder:
    """Finds the mutant in the place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> Any:
        if name != self.mutant.module_name:
            return None
        loader = Loader(name, str(self.mutant.path))
        loader.mutant = self.mutant
        return importlib.util.spec_from_file_location(name, self.mutant.path, loader=loader)


def _child(mutant: Mutant | None, tests: Sequence[str], cpu: int, log: str) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    signal.alarm(cpu * 10)  # who waits for ever uses no CPU
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    out = os.open(log, os.O_WRONLY)
    os.dup2(out, 1)
    os.dup2(out, 2)
    if mutant is not None:
        sys.meta_path.insert(0, Finder(mutant))  # type: ignore[arg-type]
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
    return int(pytest.main([*ARGS, *LOADED_ALREADY, "-x", "--tb=line", *files], plugins=[Chosen(tests)]))


def _fork(mutant: Mutant | None, tests: Sequence[str], cpu: int, log: str = os.devnull) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        code = _child(mutant, tests, cpu, log)
    finally:
        os._exit(code)


@dataclass
class Job:
    """A mutant on its way: against the near tests, then the rest of its package's."""

    mutant: Mutant
    tests: list[str]
    rest: list[str]
    cpu: int = CPU_SECONDS
    ran: int = 0


def run(mutants: Iterable[Mutant], baseline: Baseline, processes: int) -> Iterator[Result]:
    """Run all, so many at a time, and tell each result when it is there."""
    waiting = [Job(m, baseline.near(m), baseline.rest(m)) for m in mutants]
    waiting.reverse()
    running: dict[int, Job] = {}
    while waiting or running:
        while waiting and len(running) < processes:
            job = waiting.pop()
            if not job.tests:
                job.tests, job.rest = job.rest, []
            running[_fork(job.mutant, job.tests, job.cpu)] = job
        pid, status = os.wait()
        job = running.pop(pid)
        slow = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM)
        if slow and job.cpu == CPU_SECONDS:
            job.cpu *= 4
            waiting.append(job)
        elif slow:
            yield Result(job.mutant, "endless", job.ran + len(job.tests))
        elif os.waitstatus_to_exitcode(status):
            yield Result(job.mutant, "killed", job.ran + len(job.tests))
        elif job.rest:
            job.ran += len(job.tests)
            job.tests, job.rest = job.rest, []
            waiting.append(job)
        else:
            yield Result(job.mutant, "survived", job.ran + len(job.tests))


def failure(baseline: Baseline) -> str:
    """What pytest says where the unchanged code fails in a child: then every mutant would seem killed. Empty: it passes."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as log:
        _, status = os.waitpid(_fork(None, list(baseline.seconds), CPU_SECONDS * 4, log.name), 0)
        return log.read() or "no output" if os.waitstatus_to_exitcode(status) else ""
