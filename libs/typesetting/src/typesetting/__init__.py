"""Renders a template with data to an archival PDF (PDF/A-3a and PDF/UA-1).

Contains the fonts, a renderer around the typst compiler (`PdfRenderer`), and a process pool of renderers
(`PdfRendererPool`). Templates and data belong to the services. CPU-bound: never call a `PdfRenderer` on the event loop.
"""

from typesetting.pdf_renderer import PLAIN, PdfRenderer, TypesettingError
from typesetting.pool import PdfRendererPool

__all__ = ["PLAIN", "PdfRenderer", "PdfRendererPool", "TypesettingError"]
