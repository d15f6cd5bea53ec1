"""Asking the platform whether a genuine archive has been replaced by a newer version. Only on request (`--online`)."""

import json
import urllib.request
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from proof.document import SealedDocument

_SECONDS = 10
_MOST = 64 * 1024


class OfflineError(Exception):
    """The platform could not be asked, or did not answer in its own words."""


@dataclass(frozen=True)
class Newer:
    """The version that counts now, and its verification code."""

    version: int
    code: str


def newer(document: SealedDocument) -> Newer | None:
    """The version that took this one's place, or None where it is the newest. Raises OfflineError.

    Ask only of documents whose key is trusted: the address comes out of the document.
    """
    url, code = document.content.get("url"), document.content.get("code")
    place = urlsplit(url) if isinstance(url, str) else None
    if place is None or place.scheme not in ("http", "https") or not place.netloc or not isinstance(code, str):
        raise OfflineError("no_address")
    asked = f"{place.scheme}://{place.netloc}/api/archive/verification/{quote(code)}"
    try:
        with urllib.request.urlopen(asked, timeout=_SECONDS) as answer:  # noqa: S310  the scheme was looked at
            said = json.loads(answer.read(_MOST))
        by = said["superseded_by"]
        return Newer(int(by["version"]), str(by["code"])) if by else None
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise OfflineError(type(fault).__name__) from fault
