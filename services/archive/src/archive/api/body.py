"""What request bodies of archive share, and the version a caller decided on."""

from pydantic import BaseModel, ConfigDict
from servicekit.http import Request


class Sent(BaseModel):
    """The base of all that is sent to us: a field we do not know is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


def seen(request: Request) -> int | None:
    """The version the caller decided on (`If-Match`), where it says one."""
    return request.version if "If-Match" in request.raw.headers else None
