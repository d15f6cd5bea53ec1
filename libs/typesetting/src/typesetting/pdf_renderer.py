"""A PDF renderer: one typst compiler with loaded fonts, for one folder of templates."""

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from typesetting.fonts import PLACEHOLDER, font_lists, fonts, missing, printable

ARCHIVAL: tuple[str, ...] = ("a-3a", "ua-1")
PLAIN: tuple[str, ...] = ("1.7",)


class TypesettingError(Exception):
    """A template could not be rendered: it is missing or invalid, or does not fit the data."""


class PdfRenderer:
    """Renders templates of one folder. Thread-safe, one document at a time; use one per process."""

    def __init__(self, templates: Path) -> None:
        import typst  # only in worker processes: the services that use a pool do not need it

        self._templates = templates
        self._lock = threading.Lock()
        found = fonts()
        self._font_lists = font_lists(found.families())
        self._compiler = typst.Compiler(root=str(templates), font_paths=found)

    def print(
        self,
        template: str,
        data: Mapping[str, Any],
        files: Mapping[str, bytes] | None = None,
        *,
        standards: Sequence[str] = ARCHIVAL,
        made_at: datetime | None = None,
    ) -> bytes:
        """Render `template` (a file name in the folder) and return the PDF.

        The template reads `data` (JSON values) with `json("data.json")` and each of `files` by its name, and imports the
        lists of fonts `serif` and `sans` from "fonts.typ". Files are UTF-8 text (JSON, SVG). `sys.inputs.missing` is "yes"
        when a character had to be replaced. The same input and `made_at` give the same bytes. Raises TypesettingError.
        """
        timestamp = made_at and made_at.replace(microsecond=0)  # PDF dates have whole seconds; the compiler refuses fractions
        pdf = self._compile(template, data, files, format="pdf", pdf_standards=list(standards), timestamp=timestamp)
        if not isinstance(pdf, bytes):
            raise TypesettingError(f"{template}: the compiler returned no document")
        return pdf

    def pictures(
        self, template: str, data: Mapping[str, Any], files: Mapping[str, bytes] | None = None, *, ppi: float = 96
    ) -> list[bytes]:
        """The pages as PNG images."""
        pages = self._compile(template, data, files, format="png", ppi=ppi)
        return [pages] if isinstance(pages, bytes) else list(pages or [])

    def missing(self, text: str) -> bytes:
        """The characters of a text that cannot be printed, each once, as UTF-8 (L-18)."""
        return missing(text).encode("utf-8", "surrogatepass")

    def _compile(
        self, template: str, data: Mapping[str, Any], files: Mapping[str, bytes] | None, **options: Any
    ) -> bytes | list[bytes] | None:
        try:
            source = (self._templates / template).read_bytes()
        except OSError as error:
            raise TypesettingError(f"{template}: no such template") from error
        text = json.dumps(printable(dict(data)), ensure_ascii=False)
        inputs: Any = {"main.typ": source, "data.json": text.encode(), "fonts.typ": self._font_lists, **(files or {})}
        replaced = {"missing": "yes" if PLACEHOLDER in text else ""}
        try:
            with self._lock:
                made, warnings = self._compiler.compile_with_warnings(inputs, sys_inputs=replaced, **options)
        except (RuntimeError, ValueError) as error:
            raise TypesettingError(f"{template}: {error}") from error
        if warnings:  # typst only warns of an unknown font, but the text would be missing
            raise TypesettingError(f"{template}: {warnings[0]}")
        return made
