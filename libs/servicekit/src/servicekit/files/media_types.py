"""Media types as devices spell them, and names of files that tell nothing about who made them (L-15, L-16)."""

from collections.abc import Iterable

from contracts.base import EvidenceRef

from servicekit.inspection.inspect import PDF, WORKBOOK

_UNKNOWN = frozenset(
    {"", "application/octet-stream", "binary/octet-stream", "application/unknown", "multipart/form-data", "*/*"}
)
"""What a device says that does not know the type of a file."""
_PDF = frozenset({PDF, "application/x-pdf", "application/acrobat", "application/vnd.pdf", "text/pdf", "text/x-pdf"})
_WORKBOOK = frozenset({
    WORKBOOK, "application/vnd.ms-excel", "application/msexcel", "application/x-msexcel", "application/x-excel",
    "application/wps-office.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml", "application/kset",
    "application/zip", "application/x-zip-compressed", "application/vnd.ms-excel.sheet.macroenabled.12",
})  # fmt: skip
"""What browsers and office programs call a workbook; a macro workbook is refused by its content, with a reason."""
_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", PDF: "pdf"}


def is_possible(declared: str, accepted: frozenset[str]) -> bool:
    """Whether a file that its device calls `declared` may be of an accepted type. The content decides later (L-15)."""
    plain = declared.partition(";")[0].strip().strip("\"'").lower()
    if plain in _UNKNOWN or plain in accepted:
        return True
    if plain.startswith("image/") or plain in ("image", "jpg", "jpeg", "heic", "png"):
        return any(one.startswith("image/") for one in accepted)
    return (plain in _PDF and PDF in accepted) or (plain in _WORKBOOK and WORKBOOK in accepted)


def neutral_name(media_type: str, number: int) -> str:
    """The name of the `number`-th file of a record or case: 图片1.jpg, 文件2.pdf."""
    kind = "图片" if media_type.startswith("image/") else "文件"
    return f"{kind}{number}.{_SUFFIXES.get(media_type, 'bin')}"


def neutrally_named(evidence: Iterable[EvidenceRef]) -> list[EvidenceRef]:
    """The files of a record under neutral names, also those that an earlier release stored with the user's own."""
    return [file.model_copy(update={"name": neutral_name(file.media_type, n)}) for n, file in enumerate(evidence, 1)]
