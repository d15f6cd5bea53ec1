"""Confirmation forms as a PDF: two pages a student, each with its QR code (NR-01). CPU-bound: for the renderers' processes."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pikepdf
import segno
from typesetting import PLAIN, PdfRenderer


def render_forms(renderer: PdfRenderer, pages: Sequence[dict[str, Any]], made_at: datetime) -> bytes:
    """The forms of a class (`domain.form_codes.form_page`)."""
    codes: dict[str, bytes] = {}
    for number, page in enumerate(pages):
        codes[f"upload-{number}.svg"] = _qr_code(page["upload"]["qr"], "h")  # folded, creased, photographed from the side
        codes[f"registration-{number}.svg"] = _qr_code(page["registration"]["qr"], "m")
    return renderer.print("confirmation_form.typ", {"pages": list(pages)}, codes, standards=PLAIN, made_at=made_at)


def _qr_code(text: str, error: str) -> bytes:
    out = io.BytesIO()
    segno.make(text, error=error, micro=False, mask=3).save(out, kind="svg", border=0, dark="#000000", xmldecl=False)
    return out.getvalue()


def joined(parts: Sequence[bytes]) -> bytes:
    """One PDF of several."""
    if len(parts) == 1:
        return parts[0]
    with pikepdf.new() as whole:
        for part in parts:
            with pikepdf.open(io.BytesIO(part)) as one:
                whole.pages.extend(one.pages)
        out = io.BytesIO()
        whole.save(out)
    return out.getvalue()
