"""Who calls, where a token without a card will do."""

from servicekit.auth import Bearer
from servicekit.http import Request
from servicekit.refusals import Refusal, require


def bearer_of(request: Request) -> Bearer:
    """Anybody signed in, also by a one-time password."""
    if request.bearer is None:
        raise Refusal("unauthenticated")
    return request.bearer


def account_of(request: Request) -> Bearer:
    """Anybody signed in with a password of their own."""
    bearer = bearer_of(request)
    require(not bearer.must_change_password, "password_change_required", rule="CS-13")
    return bearer
