"""The type of an upload by its first bytes, whatever its name. Unpacks nothing."""

from importer.adapters.workbook.refused import WorkbookRefused

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def require_zip(data: bytes) -> None:
    """Pass when the bytes look like a zip archive; else raise `WorkbookRefused` naming what they are."""
    if not data:
        raise WorkbookRefused("file_empty")
    if data.startswith(b"PK"):
        return
    if data.startswith(_OLE):
        raise WorkbookRefused("file_encrypted" if _ENCRYPTED in data else "file_is_xls")
    head = data[:4096]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise WorkbookRefused("file_is_html")
    if _is_text(head):
        raise WorkbookRefused("file_is_text")
    raise WorkbookRefused("file_not_workbook")


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(byte < 32 and byte not in b"\t\r\n\f" for byte in head)
