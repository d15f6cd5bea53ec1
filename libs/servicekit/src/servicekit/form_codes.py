"""The two codes of a student's confirmation form: how they are made, written and read (NR-02). Pure.

16 characters in groups of four: a letter for the kind of code, 14 random ones (69 bits), and a check character. There is no
0, 1, I, L or O. 31 characters are a prime number, so the check finds every single wrong character and every swap of two.
"""

import hashlib
import secrets
from typing import Literal

type CodeKind = Literal["registration", "upload"]
"""`registration` binds a parent's account to the student; `upload` says whose form a picture shows."""

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 16
_FIRST: dict[CodeKind, str] = {"registration": "R", "upload": "U"}


def new_code(kind: CodeKind) -> str:
    """A new code without hyphens, as it is stored."""
    body = _FIRST[kind] + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 2))
    return body + _check(body)


def written(code: str) -> str:
    """As it is printed: UABC-DEFG-HJKM-NPQR."""
    return "-".join(code[at : at + 4] for at in range(0, LENGTH, 4))


def read_code(text: str) -> tuple[CodeKind, str] | None:
    """The kind and the code of what somebody typed or a camera read; None: it is no code, or a character is wrong.

    Hyphens, blanks, full width and letter case do not count.
    """
    wide = {0xFF01 + n: 0x21 + n for n in range(94)}
    code = "".join(c for c in text.translate(wide).upper() if not c.isspace() and c not in "-－—‐")
    if len(code) != LENGTH or any(c not in ALPHABET for c in code) or _check(code[:-1]) != code[-1]:
        return None
    return next(((kind, code) for kind, first in _FIRST.items() if code[0] == first), None)


def _check(body: str) -> str:
    total = sum(position * ALPHABET.index(c) for position, c in enumerate(body, 1))
    return ALPHABET[total % len(ALPHABET)]


def digest(code: str) -> str:
    """What an event says of an upload code: nobody finds 69 random bits by trying. Who stores it hashes it with a key."""
    return hashlib.sha256(f"form code:{code}".encode()).hexdigest()
