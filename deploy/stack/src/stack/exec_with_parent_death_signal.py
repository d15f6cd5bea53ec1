"""Becomes another program that dies with the process that started it.

Usage: `python <this file> <parent pid> <death signal> <uid or -> <gid or -> program args...`. Drops root if asked, asks
the kernel to send the signal when the parent dies (on Linux only), then executes the program.
Imports nothing of this package: it must start in milliseconds.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> None:
    """Never returns; ends with 1 when the parent is gone already."""
    parent, death_signal, uid, gid, *command = argv
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded while its files can still be read
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if libc:
        libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)  # after setuid, which would clear it
    if os.getppid() != int(parent):
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    main(sys.argv[1:])
