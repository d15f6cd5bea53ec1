"""The check of an upload by its first bytes. Only the workbook sandbox unpacks files."""

import hashlib

from servicekit.inspection.inspect import Inspected
from servicekit.inspection.not_accepted import NotAccepted

from importer.adapters.workbook import WorkbookRefused
from importer.adapters.workbook.magic_bytes import require_zip

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def inspect(data: bytes, _accepted: frozenset[str]) -> Inspected:
    """A workbook by its first bytes. Raises `NotAccepted` that tells what the file is instead, and what to do."""
    try:
        require_zip(data)
    except WorkbookRefused as refused:
        raise NotAccepted(refused.message) from None
    return Inspected(MEDIA_TYPE, hashlib.sha256(data).hexdigest(), data)
