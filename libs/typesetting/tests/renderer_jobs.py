"""Jobs for a pool's worker processes in tests; a module, because workers import it by name."""

import os
from pathlib import Path

from typesetting import PdfRenderer


def process_id(renderer: PdfRenderer) -> int:
    """The worker's process id."""
    return os.getpid()


def die_once(renderer: PdfRenderer, marker_file: Path) -> str:
    """Kill the worker the first time."""
    if not marker_file.exists():
        marker_file.touch()
        os._exit(9)
    return "alive"
