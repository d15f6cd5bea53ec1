"""`python -m scheme check FOLDER-OR-FILE ...` and `python -m scheme diff OLD NEW` (X-01)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scheme.checking import SchemeError
from scheme.compare import diff
from scheme.files import (
    LAYOUTS,
    load,
    load_all,
    load_calendars,
    load_help,
    load_layout,
    load_layouts,
    problems_of,
    scheme_files,
)
from scheme.scheme import Scheme


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: no problem or difference; 1: problems or differences."""
    parser = argparse.ArgumentParser(prog="scheme", description="Check and compare scheme files.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="read scheme files and list every problem")
    check.add_argument("paths", nargs="+", type=Path)
    compare = commands.add_parser("diff", help="what changed between two scheme files")
    compare.add_argument("old", type=Path)
    compare.add_argument("new", type=Path)
    options = parser.parse_args(arguments)
    try:
        if options.command == "diff":
            return _diff(load(options.old), load(options.new))
        return _check(options.paths)
    except SchemeError as bad:
        print(bad, file=sys.stderr)
        return 1


def _diff(old: Scheme, new: Scheme) -> int:
    changes = diff(old, new)
    for change in changes:
        print(change)
    return 1 if changes else 0


def _check(paths: Sequence[Path]) -> int:
    for path in paths:
        if path.parent.name == LAYOUTS:
            print(f"layout {load_layout(path).id}: valid")
            continue
        for layout in load_layouts(path) if path.is_dir() else ():
            print(f"layout {layout.id} {layout.title}: {len(layout.columns)} columns, valid")
        for id, help_ in load_help(path).items() if path.is_dir() else ():
            print(f"help {id}: {len(help_.questions)} questions, valid")
        for year in load_calendars(path) if path.is_dir() else ():
            print(f"calendar {year.region} {year.year}: {len(year.holidays)} holidays, valid")
        found = [problem for file in (scheme_files(path) if path.is_dir() else [path]) for problem in problems_of(file)]
        if found:
            raise SchemeError(found)
        schemes = load_all(path) if path.is_dir() else [load(path)]
        for scheme in schemes:
            stages = len(scheme.cases.stages)
            print(f"{scheme.id} {scheme.version} {scheme.title}: {len(scheme.kinds)} kinds, {stages} case stages, valid")
    return 0
