"""Identity documents as in the national student registry: types, and the form of their numbers (L-03)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

type Sex = Literal["男", "女"]

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_DASHES = dict.fromkeys(map(ord, "-‐‑‒–—―−"))


class DocumentType(StrEnum):
    """Types of identity documents."""

    RESIDENT_ID = "resident_id"
    RESIDENCE_PERMIT = "residence_permit"
    HONG_KONG_MACAO_PERMIT = "hong_kong_macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    PASSPORT = "passport"
    FOREIGN_PERMANENT_RESIDENCE = "foreign_permanent_residence"
    OTHER = "other"
    NONE = "none"


TITLES: dict[DocumentType, tuple[str, ...]] = {
    DocumentType.RESIDENT_ID: ("居民身份证", "身份证", "中国居民身份证", "二代身份证", "户口簿", "户口薄"),
    DocumentType.RESIDENCE_PERMIT: ("港澳台居民居住证", "港澳居民居住证", "台湾居民居住证", "居住证"),
    DocumentType.HONG_KONG_MACAO_PERMIT: (
        "港澳居民来往内地通行证",
        "港澳通行证",
        "回乡证",
        "港澳居民来往内地通行证(回乡证)",
        "香港特区护照/身份证明",
        "澳门特区护照/身份证明",
    ),
    DocumentType.TAIWAN_PERMIT: ("台湾居民来往大陆通行证", "台胞证", "台湾通行证"),
    DocumentType.PASSPORT: ("护照", "外国护照", "中国护照", "普通护照", "中华人民共和国护照"),
    DocumentType.FOREIGN_PERMANENT_RESIDENCE: (
        "外国人永久居留身份证",
        "外国人永久居留证",
        "外国人居留证",
        "境外永久居住证",
        "永久居留证",
    ),
    DocumentType.OTHER: (
        "其他",
        "其它",
        "其他证件",
        "其他有效证件",
        "其他有效身份证件",
        "军官证",
        "士兵证",
        "文职干部证",
        "部队离退休证",
        "出生医学证明",
        "出生证明",
        "出生证",
        "外国人居留许可",
    ),
    DocumentType.NONE: ("无", "没有", "无证件", "未办理"),
}
"""Per type its title and other words for it; the first one is displayed."""
_FORMS: dict[DocumentType, re.Pattern[str]] = {
    DocumentType.HONG_KONG_MACAO_PERMIT: re.compile(r"[HM]\d{8}(?:\d{2})?|[A-Z]{1,2}\d{6,8}(?:\(?[\dA]\)?)?|\d{7}\(?\d\)?"),
    DocumentType.TAIWAN_PERMIT: re.compile(r"\d{8}|\d{10}[A-Z]?|[A-Z]\d{8,9}"),
    DocumentType.PASSPORT: re.compile(r"(?=[A-Z]*\d)[A-Z0-9]{5,17}"),
    DocumentType.FOREIGN_PERMANENT_RESIDENCE: re.compile(r"[A-Z]{3}\d{12}|9\d{16}[\dX]"),
    DocumentType.OTHER: re.compile(r"[^\s]{3,40}"),
}


class InvalidDocumentError(ValueError):
    """A number that is none of its type. `code`: `id_form`, `id_birth`, `id_checksum`, `document_form`, `document_number`
    (a number is missing) or `document_none` (there is a number although the type says there is no document)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def document_title(type_: DocumentType) -> str:
    """The type's name in the national registry."""
    return TITLES[type_][0]


@dataclass(frozen=True, slots=True)
class IdentityDocument:
    """A document's type and normalised number. `born` and `sex` are known for 18-digit numbers only."""

    type: DocumentType
    number: str | None
    born: date | None = None
    sex: Sex | None = None

    @property
    def key(self) -> str | None:
        """What identifies the holder: the number; for types other than the 18-digit ones with the type before it. It is
        hashed with a key before it is stored. None without a document."""
        if self.number is None:
            return None
        eighteen = self.type in (DocumentType.RESIDENT_ID, DocumentType.RESIDENCE_PERMIT)
        return self.number if eighteen else f"{self.type}:{self.number}"


def document_type(text: str) -> DocumentType | None:
    """The type with this title, code or other name; None if there is none."""
    folded = _fold(text)
    if folded in DocumentType:
        return DocumentType(folded)
    return next((type_ for type_, titles in TITLES.items() if any(_fold(title) == folded for title in titles)), None)


def check_digit(first: str) -> str:
    """The last character for the first seventeen digits (GB 11643, mod 11-2)."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first, _WEIGHTS, strict=True)) % 11]


def read_document(type_: DocumentType | None, typed: str) -> IdentityDocument:
    """The document with this number as somebody typed it. Without a type it is taken for an 18-digit number; a residence
    permit is recognised by its area (81, 82, 83). Raises `InvalidDocumentError`."""
    number = normalised(typed)
    if type_ is DocumentType.NONE:
        if number not in ("", "无"):
            raise InvalidDocumentError("document_none")
        return IdentityDocument(DocumentType.NONE, None)
    if not number:
        raise InvalidDocumentError("document_number")
    if type_ in (None, DocumentType.RESIDENT_ID, DocumentType.RESIDENCE_PERMIT):
        return _eighteen_digits(number)
    if not _FORMS[type_].fullmatch(number):
        raise InvalidDocumentError("document_form")
    return IdentityDocument(type_, number.translate(_PARENTHESES))


_PARENTHESES = dict.fromkeys(map(ord, "()"))


def normalised(typed: str) -> str:
    """A number as it is compared: half-width, upper case, without blanks, invisible characters, dashes and the
    apostrophe that makes a cell text."""
    text = unicodedata.normalize("NFKC", typed)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Zs"))
    return text.translate(_DASHES).lstrip("'‘’`").upper()


def _eighteen_digits(number: str) -> IdentityDocument:
    if not (number.isascii() and re.fullmatch(r"[1-9]\d{16}[\dX]", number)):
        raise InvalidDocumentError("id_form")
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise InvalidDocumentError("id_birth") from None
    if not 1900 <= born.year <= 2100:
        raise InvalidDocumentError("id_birth")
    if check_digit(number[:17]) != number[17]:
        raise InvalidDocumentError("id_checksum")
    type_ = DocumentType.RESIDENCE_PERMIT if number[:2] in ("81", "82", "83") else DocumentType.RESIDENT_ID
    return IdentityDocument(type_, number, born, "男" if int(number[16]) % 2 else "女")


def _fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
