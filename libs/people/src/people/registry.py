"""National registry numbers of students: G (final), L (provisional) and J (L-03)."""

import re
from dataclasses import dataclass

from people.documents import normalised

_FORM = re.compile(r"[GLJ]\d{17}[\dX]")


@dataclass(frozen=True, slots=True)
class RegistryNumber:
    """A national registry number: a letter and 18 characters."""

    text: str

    @property
    def provisional(self) -> bool:
        """An L number, which the registry replaces by a G number."""
        return self.text.startswith("L")


def read_registry_number(typed: str) -> RegistryNumber | None:
    """The registry number as somebody typed it; None when it is none."""
    text = normalised(typed)
    return RegistryNumber(text) if text.isascii() and _FORM.fullmatch(text) else None
