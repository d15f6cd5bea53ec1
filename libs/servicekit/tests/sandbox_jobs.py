"""What a sandbox's process does in `test_sandbox.py`; started by name, so it is a module of its own."""

import ctypes
import os
import time
from pathlib import Path
from typing import Any

from servicekit.sandbox.worker import Answer, serve


def _work(job: dict[str, Any], body: bytes) -> Answer:
    begun = time.process_time()
    match job["do"]:
        case "echo":
            print("what a library says")  # noqa: T201  it must not spoil the answer
            return {"pid": os.getpid()}, body[::-1]
        case "look around":
            return {
                "environment": sorted(os.environ),
                "files": sorted(path.name for path in Path("/proc/self/fd").iterdir()),
            }, b""
        case "eat":
            return {"length": len(b"x" * 2**30)}, b""
        case "compute":
            while time.process_time() < begun + job["seconds"]:
                pass
        case "sleep":
            Path(job["pid_file"]).write_text(str(os.getpid()))
            time.sleep(60)
        case "fault":
            raise LookupError("nothing of the sort")
        case "crash":
            ctypes.string_at(0)
        case "shout":
            os.write(2, b"!" * 60_000 + b"the last words")
            os._exit(7)
        case "write":
            Path(job["path"]).write_bytes(body)
        case "answer no frame":
            os.write(int(job["to"]), b"\xff" * 100)
            time.sleep(60)
    return {}, b""


if __name__ == "__main__":
    serve(_work)
