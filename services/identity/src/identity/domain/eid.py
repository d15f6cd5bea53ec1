"""The area of education ids, and the login names made of them (BJ-01, JX-16). Their form is the scheme's: `scheme.accounts`."""

import re


def area_of(labels: tuple[str, ...]) -> str | None:
    """The area code of a path whose first three labels are digits: `36.01.02` gives 360102. Else None."""
    text = "".join(labels[:3])
    return text if len(labels) >= 3 and re.fullmatch(r"[0-9]{6}", text) else None


def guardian_name(typed: str) -> tuple[str, str] | None:
    """The student's education id and the suffix of a guardian's login name, 12345678p; None where it is no such name."""
    found = re.fullmatch(r"([0-9]{8,18})([A-Za-z]{1,3})", typed)
    return None if found is None else (found[1], found[2].lower())
