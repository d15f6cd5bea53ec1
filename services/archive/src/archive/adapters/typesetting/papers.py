"""Papers that people sign: the confirmations of a class, and the summary of a school (SH-11). CPU-bound, like `render`."""

from collections.abc import Sequence
from typing import Any

from typesetting import PLAIN, PdfRenderer

from archive.adapters.typesetting.render import qr_code


def render_confirmations(renderer: PdfRenderer, pages: Sequence[dict[str, Any]]) -> bytes:
    """One page for each student (`domain.papers.confirmation_page`), each with its QR code."""
    codes = {f"qr-{number}.svg": qr_code(page["url"]) for number, page in enumerate(pages)}
    return renderer.print("confirmation.typ", {"pages": list(pages)}, codes, standards=PLAIN)


def render_summary(renderer: PdfRenderer, page: dict[str, Any]) -> bytes:
    """The summary (`domain.papers.summary_page`)."""
    return renderer.print("summary.typ", page, {"qr.svg": qr_code(page["url"])}, standards=PLAIN)
