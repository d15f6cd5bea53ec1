"""`make mutants`: change the rules one expression at a time, and see whether a test fails each time.

Prints each survivor as a diff, then how many were killed per package. Ends with 1 below 90 %.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.mutants import runner
from tests.mutants.mutants import ROOT, sample

LEAST = 0.9


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--seed", type=int, default=20260901)
    parser.add_argument("-n", type=int, default=400, help="how many mutants to draw")
    parser.add_argument("--all", action="store_true", help="all mutants instead")
    parser.add_argument("--only", help="files whose path contains this")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    asked = parser.parse_args()
    began = time.monotonic()
    os.chdir(ROOT)
    baseline = _baseline()
    mutants, of = sample(asked.seed, None if asked.all else asked.n, asked.only)
    baseline.load_libraries()
    if failure := runner.failure(baseline):
        print(f"{failure}\nThe tests fail on the unchanged code, run as mutants are.")
        return 2
    print(f"{len(mutants)} of {of} mutants, seed {asked.seed}, {len(baseline.seconds)} tests", flush=True)
    results: Counter[tuple[str, str]] = Counter()
    for result in runner.run(mutants, baseline, asked.processes):
        results[result.mutant.package, result.how] += 1
        if result.how != "killed":
            print(f"\n{result.mutant.name}  {result.how} {result.tests} tests", *result.mutant.diff, sep="\n  ", flush=True)
    return _report(results, time.monotonic() - began)


def _baseline() -> runner.Baseline:
    """In a process of its own: this one must not load our packages."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "baseline.json"
        done = subprocess.run(
            [sys.executable, "-m", "tests.mutants.baseline", str(out)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(done.stdout, done.stderr)
            raise SystemExit(2)
        return runner.Baseline(json.loads(out.read_text(encoding="utf-8")))


def _report(results: Counter[tuple[str, str]], seconds: float) -> int:
    print(f"\n{'package':10} {'mutants':>7} {'killed':>6} {'endless':>7} {'survived':>8} {'score':>6}")
    for package in [*sorted({package for package, _ in results}), "total"]:
        of = {
            how: sum(n for (p, h), n in results.items() if h == how and package in (p, "total"))
            for how in ("killed", "endless", "survived")
        }
        every = sum(of.values())
        score = 1 - of["survived"] / every if every else 0.0
        print(f"{package:10} {every:7} {of['killed']:6} {of['endless']:7} {of['survived']:8} {score:6.1%}")
    print(f"{seconds:.0f} s")
    return int(score < LEAST)


if __name__ == "__main__":
    sys.exit(main())
