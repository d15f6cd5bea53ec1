"""`python -m chaos [--seed N] [--minutes M]`: the short run, or a long one; ends with 1 where a promise was broken."""

import argparse
import asyncio
import sys
from pathlib import Path

from chaos import report
from chaos.run import Options, run
from chaos.workplace import folder


def main() -> None:
    """Read the options, run, tell."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=None, help="without it: each fault once on each part")
    parser.add_argument("--keep", type=Path, default=None, help="keep data and logs in this folder")
    parser.add_argument("--no-drill", action="store_true", help="do not break services on purpose at the end")
    args = parser.parse_args()
    sys.exit(asyncio.run(_main(Options(args.seed, args.minutes, drill=not args.no_drill), args.keep)))


async def _main(options: Options, keep: Path | None) -> int:
    async with folder(keep) as place:
        result = await run(place, options)
        report.tell(result)
    return 0 if result.good else 1


if __name__ == "__main__":
    main()
