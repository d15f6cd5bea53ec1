"""What makes a password good, and the shape of one-time passwords. Hashing is in `identity.passwords`."""

import re
import secrets

from servicekit.refusals import require

_ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"
"""32 characters: no 0, 1, l, o."""
_CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9\s]")


def require_good(password: str, *, personal: tuple[str, ...]) -> None:
    """At least 8 characters of two classes, and none of the holder's own words."""
    require(len(password) >= 8, "password_too_short", field="new")
    require(len(password) <= 128, "password_too_long", field="new")
    require(sum(bool(re.search(c, password)) for c in _CLASSES) >= 2, "password_too_simple", field="new")
    said = password.casefold()
    require(all(said != word.casefold() for word in personal), "password_is_personal", field="new")


def one_time() -> str:
    """60 random bits as `k7wm-3xqz-9hfa`; good for one sign-in."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return "-".join((text[:4], text[4:8], text[8:]))


def readings(typed: str) -> tuple[str, str]:
    """What a typed one-time password may mean: as it is, and as phones capitalise it; hyphens and blanks do not count."""
    plain = re.sub(r"[\s\-]", "", typed)
    return plain, plain.lower()
