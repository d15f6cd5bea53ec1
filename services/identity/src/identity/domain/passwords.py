"""The password policy, and the format of one-time passwords. Hashing is in `identity.passwords`."""

import re
import secrets

from servicekit.refusals import require

_ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"
"""32 characters: no 0, 1, l, o."""
_CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9\s]")


def require_strong(password: str, *, personal: tuple[str, ...]) -> None:
    """Refuse a password shorter than 8 characters, of one character class, or equal to one of the `personal` texts."""
    require(len(password) >= 8, "password_too_short", field="new")
    require(len(password) <= 128, "password_too_long", field="new")
    require(sum(bool(re.search(c, password)) for c in _CLASSES) >= 2, "password_too_simple", field="new")
    folded = password.casefold()
    require(all(folded != word.casefold() for word in personal), "password_is_personal", field="new")


def new_one_time_password() -> str:
    """60 random bits as `k7wm-3xqz-9hfa`; valid for one sign-in."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return "-".join((text[:4], text[4:8], text[8:]))


def normalised_forms(typed: str) -> tuple[str, str]:
    """A typed one-time password without hyphens and blanks, as it is and in lower case (phones capitalise the first letter)."""
    plain = re.sub(r"[\s\-]", "", typed)
    return plain, plain.lower()
