"""Work for a pool's processes in tests; they import it by name, so it is a module of its own."""

import os
from pathlib import Path

from typesetting import PdfRenderer


def where(renderer: PdfRenderer) -> int:
    """The worker's process."""
    return os.getpid()


def die_once(renderer: PdfRenderer, mark: Path) -> str:
    """Take the worker down the first time."""
    if not mark.exists():
        mark.touch()
        os._exit(9)
    return "alive"
