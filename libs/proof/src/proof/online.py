"""Asks the platform whether an archive has been replaced by a newer version. Only with `--online`."""

import json
import urllib.request
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from proof.document import SealedDocument

_TIMEOUT_SECONDS = 10
_MAX_BYTES = 64 * 1024


class OfflineError(Exception):
    """The platform could not be reached, or its answer was not understood."""


@dataclass(frozen=True)
class NewerVersion:
    """The newest version, and its verification code."""

    version: int
    code: str


def find_newer(document: SealedDocument) -> NewerVersion | None:
    """The version that replaced this one, or None if it is the newest. Raises OfflineError.

    Only for documents whose key is trusted, because the address is taken from the document.
    """
    url, code = document.content.get("url"), document.content.get("code")
    address = urlsplit(url) if isinstance(url, str) else None
    if address is None or address.scheme not in ("http", "https") or not address.netloc or not isinstance(code, str):
        raise OfflineError("no_address")
    url_to_ask = f"{address.scheme}://{address.netloc}/api/archive/verification/{quote(code)}"
    try:
        with urllib.request.urlopen(url_to_ask, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310  the scheme was checked above
            answer_body = json.loads(response.read(_MAX_BYTES))
        newer_version = answer_body["superseded_by"]
        return NewerVersion(int(newer_version["version"]), str(newer_version["code"])) if newer_version else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OfflineError(type(error).__name__) from error
