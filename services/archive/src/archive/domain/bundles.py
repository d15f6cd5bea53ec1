"""What is in a bundle of archives, and under which names: safe on Windows, in Chinese, always the same (JX-13, BJ-09)."""

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
from archive.domain.terms import Term

type Format = Literal["pdf", "json", "both"]
_RESERVED = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{name}{n}" for name in ("COM", "LPT") for n in range(1, 10))})
_HEAD = ("班级", "姓名", "编号", "版本", "核验码", "文件", "SHA-256", "字节数")


@dataclass(frozen=True)
class Member:
    """One file of a bundle: where it lies in the bucket, and what it must be when it comes out."""

    name: str
    key: str
    sha256: str
    size: int
    made_at: datetime


def need_room(path: str, term: Term) -> None:
    """A bundle is of one class or one grade; more at once is nobody's errand."""
    if level_of(path) not in ("class", "grade"):
        detail = "请选择一个班级或一个年级"
        errors = [{"field": "path", "message": detail, "type": "level", "in": "query"}]
        raise Refusal("invalid_input", detail=detail, rule=term.scheme.rule("archive.term"), field="path", errors=errors)


def safe(part: str, most: int = 60) -> str:
    """A part of a file name that Windows, too, can keep: no reserved signs or names, no point or space at its end."""
    clean = "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else "_" for c in part)[:most].strip(" .")
    return f"_{clean}" if not clean or clean.split(".")[0].upper() in _RESERVED else clean


def members(archives: Sequence[Archive], wanted: Format) -> list[Member]:
    """The files of these archives in order, class by class, numbered so that no two share a name."""
    found: list[Member] = []
    numbers: dict[str, int] = {}
    for a in archives:
        assert a.kept is not None
        assert a.ready_at is not None
        room = safe((a.grade_title or "") + (a.class_title or a.path.rpartition(".")[2]))
        number = numbers[room] = numbers.get(room, 0) + 1
        version = f"-第{a.version}版" if a.version > 1 else ""
        stem = f"{room}/{number:02d}-{safe(a.student_name)}-学期档案{version}"
        if wanted != "json":
            found.append(Member(f"{stem}.pdf", a.kept.pdf_key, a.kept.pdf_sha256, a.kept.pdf_size, a.ready_at))
        if wanted != "pdf":
            found.append(Member(f"{stem}.json", a.kept.json_key, a.kept.json_sha256, a.kept.json_size, a.ready_at))
    return found


def manifest(archives: Sequence[Archive], files: Sequence[Member]) -> tuple[bytes, bytes]:
    """The list of what is inside, as CSV for spreadsheets and as JSON: each file with its hash."""
    each = len(files) // len(archives)
    rows = [
        (
            (a.grade_title or "") + (a.class_title or ""),
            a.student_name,
            a.document_no,
            a.version,
            a.code,
            m.name,
            m.sha256,
            m.size,
        )
        for n, a in enumerate(archives)
        for m in files[n * each : (n + 1) * each]
    ]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_HEAD)
    writer.writerows([_plain(value) for value in row] for row in rows)
    names = ("class", "student", "document_no", "version", "code", "file", "sha256", "size")
    value = {"term": archives[0].term_title, "files": [dict(zip(names, row, strict=True)) for row in rows]}
    return b"\xef\xbb\xbf" + out.getvalue().encode(), json.dumps(value, ensure_ascii=False, indent=1).encode()


def _plain(value: object) -> str:
    """A cell that a spreadsheet takes as text, whatever it begins with."""
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def tag(files: Sequence[Member]) -> str:
    """What the bundle is, as an entity tag: the same files under the same names are the same bytes."""
    named = "\n".join(f"{m.name} {m.sha256} {m.made_at.isoformat()}" for m in files)
    return hashlib.sha256(named.encode()).hexdigest()[:32]
