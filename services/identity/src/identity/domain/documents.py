"""Identity documents and login names as people type them, and documents as readers see them (L-03)."""

import re
import unicodedata

from people import DocumentType, InvalidDocumentError, read_document, read_phone
from people.documents import normalised


def possible_keys(typed: str, type_: DocumentType | None = None) -> list[str]:
    """What identifies the holder of a document with this number. Where nobody said which type it is: an 18-digit number is
    one, any other may be of every type that has numbers of its form. Empty: no document has such a number."""
    first = _key(type_, typed)
    if first is not None or type_ is not None:
        return [] if first is None else [first]
    mistyped = re.fullmatch(r"\d{17}[\dX]", normalised(typed)) is not None
    types = (t for t in DocumentType if not (mistyped and t is DocumentType.OTHER))
    return [key for type_ in types if (key := _key(type_, typed)) is not None]


def _key(type_: DocumentType | None, typed: str) -> str | None:
    try:
        return read_document(type_, typed).key
    except InvalidDocumentError:
        return None


def login_name(typed: str) -> str:
    """A login name as it is stored: a phone number however it is spaced and prefixed, else without full-width characters and
    outer blanks."""
    return read_phone(typed) or unicodedata.normalize("NFKC", typed).strip()


def masked(number: str | None) -> str | None:
    """360***********001X, E******78: what anyone sees of a document's number without giving a reason."""
    if number is None:
        return None
    first, last = (3, 4) if len(number) >= 15 else (1, 2)
    hidden = max(0, len(number) - first - last)
    return number[:first] + "*" * hidden + number[-last:] if hidden else "*" * len(number)
