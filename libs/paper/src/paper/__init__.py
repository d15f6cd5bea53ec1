"""Typesetting: a template and data in, an archival PDF (PDF/A-3a and PDF/UA-1) out.

Here: the fonts, a warm typst compiler (`Press`), and a pool of them in processes (`PressPool`). Not here: any template
or any knowledge of what is printed; those stand in the services. CPU-bound: never call a `Press` on the event loop.
"""

from paper.pool import PressPool
from paper.press import PLAIN, PaperError, Press

__all__ = ["PLAIN", "PaperError", "Press", "PressPool"]
