"""Finds the programs that wheels put beside the interpreter."""

import shutil
import sys
from pathlib import Path


def program(name: str) -> str:
    """Return the path of a program of this environment, or of the machine. Raises FileNotFoundError."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed: run make setup")
    return found
