"""The report of a run: tables for people, one JSON line for programs, and the evidence of findings."""

import json
from collections import Counter

from rich.console import Console
from rich.table import Table

from chaos.drill import BROKEN_VARIANTS, NO_OUTBOX
from chaos.faults import PARTS
from chaos.run import Result

KINDS = ("kill", "pause", "cut", "relay", "base", "backend")


def print_report(result: Result) -> None:
    """Print the report. The JSON line is the last one on standard output."""
    console = Console(stderr=True)
    done = result.injector.done
    table = Table("part", *KINDS, title=f"faults, seed {result.options.seed}")
    for part in PARTS:
        table.add_row(part, *(str(done[part, kind] or "") for kind in KINDS))
    console.print(table)
    numbers = result.numbers
    rest = Table("what", "count")
    for name, value in numbers.items():
        rest.add_row(name, str(value))
    console.print(rest)
    for line in [*result.problems, *map(str, result.findings)]:
        console.print(f"✗ {line}", markup=False, highlight=False)
    if result.caught:
        table = Table("broken on purpose", "caught", "first finding")
        for variant, caught in result.caught.items():
            broken = next(m for m in (*BROKEN_VARIANTS, NO_OUTBOX) if m.variant == variant)
            first = next((str(f) for f in result.drilled if broken.caught(f)), "")
            table.add_row(f"{variant} ({broken.service})", "yes" if caught else "NO", first[:110])
        console.print(table)
    verdict = "all checks passed" if result.passed else "BROKEN; repeat: " + repeat(result)
    console.print(verdict)
    kinds: Counter[str] = Counter()
    for (_, kind), count in done.items():
        kinds[kind] += count
    summary = {
        "good": result.passed,
        **numbers,
        "faults": sum(done.values()),
        "faults_by_kind": dict(kinds),
        "caught": result.caught,
        "findings": [str(finding) for finding in result.findings],
        "problems": result.problems,
    }
    print(json.dumps(summary, ensure_ascii=False))


def repeat(result: Result) -> str:
    """The command that runs the same schedule again."""
    minutes = f" MINUTES={result.options.minutes:g}" if result.options.minutes is not None else ""
    return f"make chaos SEED={result.options.seed}{minutes}"
