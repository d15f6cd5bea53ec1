"""The files in a bundle of archives and their names: Chinese, safe on Windows, always the same (JX-13, BJ-09)."""

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.base import level_of
from servicekit.refusals import Refusal

from archive.domain.seals import Archive
from archive.domain.terms import ArchiveTerm

type Format = Literal["pdf", "json", "both"]
_RESERVED = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{name}{n}" for name in ("COM", "LPT") for n in range(1, 10))})
_HEAD = ("班级", "姓名", "曾用名", "编号", "版本", "核验码", "文件", "SHA-256", "字节数")


@dataclass(frozen=True)
class BundleFile:
    """One file of a bundle: its name, its key in the bucket, its SHA-256 and size."""

    name: str
    key: str
    sha256: str
    size: int
    made_at: datetime


def need_class_or_grade(path: str, term: ArchiveTerm) -> None:
    """Refuse a bundle of anything but one class or one grade."""
    if level_of(path) not in ("class", "grade"):
        detail = "请选择一个班级或一个年级"
        errors = [{"field": "path", "message": detail, "type": "level", "in": "query"}]
        raise Refusal("invalid_input", detail=detail, rule=term.scheme.rule("archive.term"), field="path", errors=errors)


def safe(part: str, most: int = 60) -> str:
    """A part of a file name that Windows accepts: no reserved characters or names, no point or space at its end."""
    clean = "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else "_" for c in part)[:most].strip(" .")
    return f"_{clean}" if not clean or clean.split(".")[0].upper() in _RESERVED else clean


def members(archives: Sequence[Archive], format: Format) -> list[BundleFile]:
    """The files of these archives in order, class by class, numbered so that no two share a name."""
    found: list[BundleFile] = []
    numbers: dict[str, int] = {}
    for a in archives:
        assert a.files is not None
        assert a.ready_at is not None
        folder = safe((a.grade_title or "") + (a.class_title or a.path.rpartition(".")[2]))
        number = numbers[folder] = numbers.get(folder, 0) + 1
        version = f"-第{a.version}版" if a.version > 1 else ""
        stem = f"{folder}/{number:02d}-{safe(a.student_name)}-学期档案{version}"
        if format != "json":
            found.append(BundleFile(f"{stem}.pdf", a.files.pdf_key, a.files.pdf_sha256, a.files.pdf_size, a.ready_at))
        if format != "pdf":
            found.append(BundleFile(f"{stem}.json", a.files.json_key, a.files.json_sha256, a.files.json_size, a.ready_at))
    return found


def manifest(archives: Sequence[Archive], files: Sequence[BundleFile]) -> tuple[bytes, bytes]:
    """The list of the files with their hashes, as CSV for spreadsheets and as JSON."""
    each = len(files) // len(archives)
    rows = [
        {
            "class": (a.grade_title or "") + (a.class_title or ""),
            "student": a.student_name,
            "former_name": a.former_name or "",
            "document_no": a.document_no,
            "version": a.version,
            "code": a.code,
            "file": m.name,
            "sha256": m.sha256,
            "size": m.size,
        }
        for n, a in enumerate(archives)
        for m in files[n * each : (n + 1) * each]
    ]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_HEAD)
    writer.writerows([_plain(value) for value in row.values()] for row in rows)
    value = {"term": archives[0].term_title, "files": rows}
    return b"\xef\xbb\xbf" + out.getvalue().encode(), json.dumps(value, ensure_ascii=False, indent=1).encode()


def _plain(value: object) -> str:
    """A cell that a spreadsheet reads as text, never as a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def tag(files: Sequence[BundleFile]) -> str:
    """The entity tag of a bundle: the same files under the same names are the same bytes."""
    named = "\n".join(f"{m.name} {m.sha256} {m.made_at.isoformat()}" for m in files)
    return hashlib.sha256(named.encode()).hexdigest()[:32]
