"""What anybody may learn of an archive, and how a code is read from paper (X-10)."""

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
