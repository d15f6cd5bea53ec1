"""The process in which uploads are opened: `python -m servicekit.files.worker`. It has no settings and no database.

It bounds its own memory before it sees the first file, answers one question after another, and ends with its stdin.
"""

import resource
import sys
from typing import Any

from servicekit.files.inspect import NotAccepted, first_page, inspect
from servicekit.files.wire import receive, send

_MEMORY = 1280 * 1024 * 1024
"""Address space: libraries take some 300 MB of it, the largest picture let through some 600."""


def _inspected(data: bytes, accepted: frozenset[str]) -> tuple[dict[str, Any], bytes]:
    seen = inspect(data, accepted)
    public, preview = seen.public or b"", seen.preview or b""
    return {
        "media_type": seen.media_type,
        "sha256": seen.sha256,
        "public": len(public),
        "preview": len(preview),
    }, public + preview


def _answer(head: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        if head["do"] == "inspect":
            return _inspected(data, frozenset(head["accepted"]))
        return {}, first_page(data) or b""
    except NotAccepted as refused:
        return {"refused": str(refused)}, b""
    except MemoryError:
        return {"refused": "文件过于复杂，无法打开，请缩小后上传"}, b""


def _allow(seconds: int) -> None:
    """The next question may take so much computing time; who takes more is killed by the system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds, resource.RLIM_INFINITY))


def main() -> None:
    """Answer until nobody asks."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    while (asked := receive(sys.stdin.buffer)) is not None:
        _allow(asked[0]["seconds"])
        send(sys.stdout.buffer, *_answer(*asked))


if __name__ == "__main__":
    main()
