"""Where the repository is, and files that are never seen half written."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[4]


def write_private(path: Path, text: str) -> None:
    """Write a whole file that only its owner can read; a reader sees the old text or the new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".new")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    half.replace(path)
