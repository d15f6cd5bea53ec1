"""A PDF renderer: one typst compiler with its fonts kept warm, over one folder of templates."""

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from typesetting.fonts import PLACEHOLDER, fonts, printable

ARCHIVAL: tuple[str, ...] = ("a-3a", "ua-1")
PLAIN: tuple[str, ...] = ("1.7",)


class TypesettingError(Exception):
    """A template could not be set: wrong template, or data it does not fit."""


def _whole(at: datetime | None) -> datetime | None:
    """PDF dates count whole seconds, and the compiler refuses anything finer."""
    return None if at is None else at.replace(microsecond=0)


class PdfRenderer:
    """Sets templates of one folder. Safe to share between threads (one page at a time); one per process is best."""

    def __init__(self, templates: Path) -> None:
        import typst  # in the worker only: a service that has a pool of PDF renderers never needs it itself

        self._templates = templates
        self._lock = threading.Lock()
        self._compiler = typst.Compiler(root=str(templates), font_paths=fonts())

    def print(
        self,
        template: str,
        data: Mapping[str, Any],
        files: Mapping[str, bytes] | None = None,
        *,
        standards: Sequence[str] = ARCHIVAL,
        made_at: datetime | None = None,
    ) -> bytes:
        """Set `template` (a file name in the folder) and return the PDF.

        The template reads `data` (JSON values) with `json("data.json")` and each of `files` by its name. Files are
        UTF-8 text (JSON, SVG). `sys.inputs.missing` is "yes" when a character had to be replaced. The same input and
        `made_at` give the same bytes. Raises TypesettingError.
        """
        pdf = self._compile(template, data, files, format="pdf", pdf_standards=list(standards), timestamp=_whole(made_at))
        if not isinstance(pdf, bytes):
            raise TypesettingError(f"{template}: no document came out")
        return pdf

    def pictures(
        self, template: str, data: Mapping[str, Any], files: Mapping[str, bytes] | None = None, *, ppi: float = 96
    ) -> list[bytes]:
        """The same pages as PNG pictures, one per page, to look at."""
        pages = self._compile(template, data, files, format="png", ppi=ppi)
        return [pages] if isinstance(pages, bytes) else list(pages or [])

    def _compile(
        self, template: str, data: Mapping[str, Any], files: Mapping[str, bytes] | None, **options: Any
    ) -> bytes | list[bytes] | None:
        try:
            source = (self._templates / template).read_bytes()
        except OSError as error:
            raise TypesettingError(f"{template}: no such template") from error
        text = json.dumps(printable(dict(data)), ensure_ascii=False)
        inputs: Any = {"main.typ": source, "data.json": text.encode(), **(files or {})}
        missing = {"missing": "yes" if PLACEHOLDER in text else ""}
        try:
            with self._lock:
                made, warnings = self._compiler.compile_with_warnings(inputs, sys_inputs=missing, **options)
        except (RuntimeError, ValueError) as error:
            raise TypesettingError(f"{template}: {error}") from error
        if warnings:  # an unknown font is a warning to typst, and a page without letters to everybody else
            raise TypesettingError(f"{template}: {warnings[0]}")
        return made
