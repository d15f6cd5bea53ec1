"""The worker's side of a sandbox: no settings, no database, few imports."""

import os
import resource
import sys
import traceback
from collections.abc import Callable
from typing import Any

from servicekit.sandbox import framing

type Answer = tuple[dict[str, Any], bytes]


def serve(work: Callable[[dict[str, Any], bytes], Answer]) -> None:
    """Run one job after another until stdin ends, each within the limits that come with it.

    If a job raises an exception or runs out of memory, the answer is the reason; the service then ends this process.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # libraries may print
    while (asked := framing.read(sys.stdin.buffer)) is not None:
        head, body = asked
        _limit(head["limits"], last=head["last"])
        try:
            answer, out = work(head["job"], body)
            frame = framing.pack({"answer": answer}, out)
        except MemoryError:
            frame = framing.pack({"stopped": "memory"})
        except Exception:
            frame = framing.pack({"stopped": "error", "detail": traceback.format_exc()[-800:]})
        answers.write(frame)
        answers.flush()


def _limit(limits: dict[str, Any], *, last: bool) -> None:
    """Set the limits of the next job. The system kills a process that uses too much CPU time, with SIGXCPU."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = int(used.ru_utime + used.ru_stime) + limits["cpu"]
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1 if last else resource.RLIM_INFINITY))
    for kind, most in ((resource.RLIMIT_AS, limits["memory"]), (resource.RLIMIT_FSIZE, limits["file_size"])):
        resource.setrlimit(kind, (most, most))
