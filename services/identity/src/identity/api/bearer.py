"""The caller of routes for which a token without a card is enough."""

from servicekit.auth import Bearer
from servicekit.http import Request
from servicekit.refusals import Refusal, require


def bearer_of(request: Request) -> Bearer:
    """The caller, who may have signed in with a one-time password."""
    if request.bearer is None:
        raise Refusal("unauthenticated")
    return request.bearer


def account_of(request: Request) -> Bearer:
    """The caller, who must have set a password of their own."""
    bearer = bearer_of(request)
    require(not bearer.must_change_password, "password_change_required", rule="CS-13")
    return bearer
