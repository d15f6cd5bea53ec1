"""`python -m chaos [--seed N] [--minutes M]`: a short or a long run; exits with 1 if a check found something."""

import argparse
import asyncio
import sys
from pathlib import Path

from chaos import report
from chaos.data_folder import data_folder
from chaos.run import Options, run


def main() -> None:
    """Parse the options, run, print the report."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=None, help="without it: each fault once on each part")
    parser.add_argument("--keep", type=Path, default=None, help="keep data and logs in this folder")
    parser.add_argument("--no-drill", action="store_true", help="do not break services on purpose at the end")
    args = parser.parse_args()
    sys.exit(asyncio.run(_main(Options(args.seed, args.minutes, drill=not args.no_drill), args.keep)))


async def _main(options: Options, keep: Path | None) -> int:
    async with data_folder(keep) as path:
        result = await run(path, options)
        report.print_report(result)
    return 0 if result.passed else 1


if __name__ == "__main__":
    main()
