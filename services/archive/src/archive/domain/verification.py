"""What anybody may learn of an archive, how a code is read from paper, and what a file says of itself (X-10). Pure."""

import json
import re
import zlib
from dataclasses import dataclass
from typing import Literal

_LOOKALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
_ALPHABET = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def read_code(typed: str) -> str | None:
    """The code as it is stored, from what somebody typed or scanned: dashes, spaces and case do not matter."""
    letters = "".join(c for c in typed.upper().translate(_LOOKALIKE) if c not in "- ")
    if len(letters) != 20 or not _ALPHABET.issuperset(letters):
        return None
    return "-".join(letters[i : i + 4] for i in range(0, 20, 4))


def masked(name: str) -> str:
    """王小明 → 王**; a name of one character is hidden whole."""
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else "*"


def file_name(kind: str, student: str, term: str, version: int, ending: str) -> str:
    """学期档案-李晓雨-2026-2027学年第一学期.pdf; a correction says its version."""
    parts = ["学期档案" if kind == "term" else "生涯档案", student, *([term] if kind == "term" else [])]
    parts += [f"第{version}版"] if version > 1 else []
    return "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else "_" for c in "-".join(parts)) + f".{ending}"


@dataclass(frozen=True)
class Found:
    """What a file is. `code`: the verification code that it bears, if it does."""

    state: Literal["original", "broken", "altered", "forged", "foreign"]
    code: str | None = None


_EMBEDDED = re.compile(rb"/EmbeddedFile\b((?:(?!endobj).)*?)stream\r?\n", re.S)
_MOST = 16 * 1024 * 1024


def is_broken(data: bytes) -> bool:
    """Whether the end of a file of ours is missing."""
    if data.startswith(b"%PDF-"):
        return b"%%EOF" not in data
    return data.startswith(b'{"content":') and not data.rstrip().endswith(b"}")


def claimed_code(data: bytes) -> str | None:
    """The code in the archive's data inside a PDF or JSON file; None: it has none. Reads at most 16 MiB of packed data."""
    for part in _parts(data):
        try:
            code = json.loads(part)["content"]["code"]
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        if isinstance(code, str):
            return read_code(code[:60])
    return None


def _parts(data: bytes) -> list[bytes]:
    if not data.startswith(b"%PDF-"):
        return [data]
    parts = []
    for match in _EMBEDDED.finditer(data):
        end = data.find(b"endstream", match.end())
        part = data[match.end() : end if end >= 0 else len(data)]
        packed = b"FlateDecode" in data[max(0, match.start() - 200) : match.end()]
        try:
            parts.append(zlib.decompressobj().decompress(part, _MOST) if packed else part)
        except zlib.error:
            continue
        if len(parts) == 3:
            break
    return parts
