"""Executes a program that is killed when the process that started it dies.

Usage: `python <this file> <parent pid> <death signal> <uid or -> <gid or -> program args...`. Drops root if asked, asks
the kernel to send the signal when the parent dies (on Linux only), then executes the program.
Imports nothing of this package, so that it starts in milliseconds.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> None:
    """Never returns; exits with 1 if the parent has died already."""
    parent, death_signal, uid, gid, *command = argv
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before root is dropped, while its files can be read
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if libc:
        libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)  # after setuid, which clears it
    if os.getppid() != int(parent):
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    main(sys.argv[1:])
