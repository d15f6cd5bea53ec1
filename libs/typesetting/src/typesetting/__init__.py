"""Typesetting: a template and data in, an archival PDF (PDF/A-3a and PDF/UA-1) out.

Holds the fonts, a warm typst compiler (`PdfRenderer`), and a pool of them in processes (`PdfRendererPool`). Templates
and their data belong to the services. CPU-bound: never call a `PdfRenderer` on the event loop.
"""

from typesetting.pdf_renderer import PLAIN, PdfRenderer, TypesettingError
from typesetting.pool import PdfRendererPool

__all__ = ["PLAIN", "PdfRenderer", "PdfRendererPool", "TypesettingError"]
