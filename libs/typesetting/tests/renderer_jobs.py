"""Jobs for a pool's worker processes in tests; a module, because workers import it by name."""

import os
from pathlib import Path

from typesetting import PdfRenderer


def look_around(renderer: PdfRenderer) -> bytes:
    """The worker's process id, and what it knows of the service's settings."""
    return f"{os.getpid()} {[name for name in os.environ if name.startswith('ZP_')]}".encode()


def die_once(renderer: PdfRenderer, marker_file: Path) -> bytes:
    """Kill the worker the first time."""
    if not marker_file.exists():
        marker_file.touch()
        os._exit(9)
    return b"alive"


def die(renderer: PdfRenderer) -> bytes:
    """Kill the worker every time."""
    os._exit(9)


def fail(renderer: PdfRenderer) -> bytes:
    """Raise what no caller knows."""
    raise LookupError("nothing of the sort")
