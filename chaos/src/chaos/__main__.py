"""`python -m chaos [--seed N] [--minutes M]`: a short or a long run; exits with 1 if a check found something."""

import argparse
import asyncio
import shutil
import sys
from pathlib import Path

from stack import testing
from stack.parts import system_user

from chaos import report
from chaos.run import Options, run


def main() -> None:
    """Parse the options, run, print the report."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=None, help="without it: each fault once on each part")
    parser.add_argument("--keep", type=Path, default=None, help="keep data and logs in this folder")
    parser.add_argument("--no-drill", action="store_true", help="do not break services on purpose at the end")
    args = parser.parse_args()
    sys.exit(asyncio.run(_main(Options(args.seed, args.minutes, drill=not args.no_drill), args.keep and _emptied(args.keep))))


async def _main(options: Options, keep: Path | None) -> int:
    async with testing.data_folder(keep) as path:
        result = await run(path, options)
        report.print_report(result)
    return 0 if result.passed else 1


def _emptied(folder: Path) -> Path:
    """The folder without the data of an earlier run; PostgreSQL's system user may enter it."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for old in (system_user.reachable_folder(folder / "postgres"), folder):
        shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(parents=True)
    folder.chmod(0o711)
    return folder


if __name__ == "__main__":
    main()
