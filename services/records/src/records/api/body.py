"""What all request bodies of records share, and the version a caller decided on."""

from pydantic import BaseModel, ConfigDict
from servicekit.http import Request


class Body(BaseModel):
    """A JSON body: a field that we do not know is a mistake, and is told. What a form holds is the scheme's to check."""

    model_config = ConfigDict(extra="forbid")


def seen(request: Request) -> int | None:
    """The version the caller decided on (`If-Match`), where it says one."""
    return request.version if "If-Match" in request.raw.headers else None
