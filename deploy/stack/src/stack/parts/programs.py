"""Finds programs that wheels install next to the interpreter."""

import shutil
import sys
from pathlib import Path


def program(name: str) -> str:
    """The path of a program in this environment or on the machine. Raises FileNotFoundError."""
    own = Path(sys.executable).parent / name
    found = str(own) if own.exists() else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed: run make setup")
    return found
