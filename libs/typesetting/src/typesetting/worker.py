"""The process in which PDFs are rendered: `python -m typesetting.worker`."""

import pickle
from functools import cache
from pathlib import Path
from typing import Any

from servicekit.sandbox.worker import Answer, serve

from typesetting.pdf_renderer import PdfRenderer, TypesettingError


@cache
def _renderer(templates: str) -> PdfRenderer:
    return PdfRenderer(Path(templates))


def _work(job: dict[str, Any], body: bytes) -> Answer:
    function, args, kwargs = pickle.loads(body)  # noqa: S301  the service is trusted; what goes back to it is a PDF, no pickle
    try:
        return {}, function(_renderer(job["templates"]), *args, **kwargs)
    except TypesettingError as error:
        return {"failed": str(error)}, b""


if __name__ == "__main__":
    serve(_work)
