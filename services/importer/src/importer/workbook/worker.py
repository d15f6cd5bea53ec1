"""The worker process: `python -m importer.workbook.worker` reads one job from stdin, writes one answer to stdout.

It bounds its own memory and time before it touches the upload, and has no settings, no database and no network use.
A job is {"do": read | template | answer, ...} and, where needed, the workbook's bytes.
"""

import gc
import resource
import sys
from typing import Any

from importer.workbook import wire
from importer.workbook.limits import MEGABYTE, Limits
from importer.workbook.refused import WorkbookRefused


def _bound(memory: int, cpu: int, file: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file, file))


def _work(job: dict[str, Any], body: bytes, limits: Limits) -> bytes:
    template = wire.template_from(job["template"])
    if job["do"] == "read":
        from importer.workbook import reading

        return wire.pack(wire.parsed_to(reading.read(body, template, limits)))
    if job["do"] == "template":
        from importer.workbook import blank

        return wire.pack({}, blank.write(template, job["rows"]))
    from importer.workbook import answer

    checked = wire.checked_from(job["checked"])
    return wire.pack({}, answer.write(body, template, checked, limits) if body else answer.plain(template, checked))


def main() -> None:
    """Do the one job. A refused file is an answer; running out of memory is one too where Python still can say so."""
    gc.disable()  # one job and the end: nothing lives long enough to be worth looking for
    job, body = wire.unpack(sys.stdin.buffer.read())
    limits = wire.limits_from(job["limits"])
    if job["do"] == "read":
        _bound(limits.read_memory, limits.read_cpu, 0)
    else:
        _bound(limits.write_memory, limits.write_cpu, 512 * MEGABYTE)
    try:
        out = _work(job, body, limits)
    except WorkbookRefused as refused:
        out = wire.pack({"refused": refused.code, "values": refused.values})
    except MemoryError:
        out = wire.pack({"refused": "too_heavy", "values": {}})
    sys.stdout.buffer.write(out)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
