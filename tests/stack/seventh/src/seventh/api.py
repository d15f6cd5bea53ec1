"""The operation."""

from servicekit.auth import ANY_CARD
from servicekit.http import Api, Request

api = Api("seventh")


@api.get("/state", may=ANY_CARD)
async def show_state(_: Request) -> str:
    """Whether the service runs."""
    return "runs"
