"""The process in which uploads are inspected: `python -m servicekit.inspection.worker`."""

import traceback
from typing import Any

from servicekit.inspection import codes, page_drawing, pdfs
from servicekit.inspection.inspect import inspect
from servicekit.inspection.not_accepted import NotAccepted
from servicekit.sandbox.worker import Answer, serve


def _work(job: dict[str, Any], data: bytes) -> Answer:
    """Do a job. Whatever a decoder raises is a refusal of this file: the process goes on with the next one (L-15)."""
    try:
        if job["do"] == "first_page":
            pages, sizes = page_drawing.measure(data)
            return {"pages": pages, "sizes": sizes}, pdfs.first_page(data) or b""
        if job["do"] == "measure":
            pages, sizes = page_drawing.measure(data)
            return {"pages": pages, "sizes": sizes}, b""
        if job["do"] == "draw":
            pictures = page_drawing.draw(data, job["first"], job["last"], job["width"])
            return {"lengths": [len(picture) for picture in pictures]}, b"".join(pictures)
        if job["do"] == "codes":
            return {"texts": codes.read(data, job["media_type"])}, b""
        if job["do"] == "drawn":
            data = pdfs.drawn(data)
        inspected = inspect(data, frozenset(job["accepted"]))
    except NotAccepted as refused:
        return {"refused": str(refused)}, b""
    except MemoryError:
        return {"refused": "文件过于复杂，无法打开，请缩小后上传"}, b""
    except Exception:
        return {"refused": "文件无法安全打开，请另存后上传", "unexpected": traceback.format_exc()[-800:]}, b""
    preview = inspected.preview or b""
    answer = {"media_type": inspected.media_type, "sha256": inspected.sha256, "proof": inspected.proof, "size": inspected.size}
    return answer | {"clean": len(inspected.clean)}, inspected.clean + preview


if __name__ == "__main__":
    serve(_work)
