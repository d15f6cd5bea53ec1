"""The repository's path, and atomic writing of files."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[4]


def write_private(path: Path, text: str) -> None:
    """Write a file (mode 600) atomically: readers see the old or the new text, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".new")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    partial.replace(path)
