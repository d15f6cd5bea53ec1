"""The process in which uploads are inspected: `python -m servicekit.files.worker`."""

from typing import Any

from servicekit.files.inspect import NotAccepted, first_page, inspect
from servicekit.sandbox.worker import Answer, serve


def _work(job: dict[str, Any], data: bytes) -> Answer:
    try:
        if job["do"] == "first_page":
            return {}, first_page(data) or b""
        inspected = inspect(data, frozenset(job["accepted"]))
    except NotAccepted as refused:
        return {"refused": str(refused)}, b""
    public, preview = inspected.public or b"", inspected.preview or b""
    return {"media_type": inspected.media_type, "sha256": inspected.sha256, "public": len(public)}, public + preview


if __name__ == "__main__":
    serve(_work)
