"""The session of a browser: its refresh token is in a cookie that no script can read, and that only the platform's own pages
may use (L-19). Chromium takes `Secure` cookies from http://127.0.0.1 and http://localhost, too."""

from dataclasses import replace

from servicekit.http import Request
from servicekit.refusals import Refusal, require

from identity.results import SignedIn
from identity.views.responses import Session

COOKIE = "zp_refresh"
HEADER = "X-Session"
PATH = "/api/identity/sessions"
"""As browsers see it: the cookie is sent to no other route."""


KEPT, UNTIL_CLOSED = "cookie", "browser"
"""Values of the header: the cookie lasts as long as the session, or ends with the browser, for shared computers."""


def wanted(request: Request) -> bool:
    """Does the caller ask for its refresh token in a cookie (`X-Session`)? Ask before anything takes effect: another origin is
    refused."""
    sent = request.raw.headers.get(HEADER)
    if sent is None:
        return False
    require(sent in (KEPT, UNTIL_CLOSED), "malformed", field=HEADER)
    _need_own_origin(request)
    return True


def refresh_token_of(request: Request) -> str | None:
    """The refresh token in the cookie; None without one. From another origin it is refused."""
    token = request.raw.cookies.get(COOKIE)
    if token is not None:
        _need_own_origin(request)
    return token


def session_of(request: Request, signed: SignedIn, *, cookie: bool, begins: bool = True) -> Session:
    """The answer. With `cookie` the refresh token goes there; a session that begins without one, after a one-time password,
    removes the cookie of whoever signed in here before."""
    if not cookie:
        return Session.of(signed, request.deps.sealed_numbers, request.deps.role_title)
    if signed.refresh_token is not None:
        closes = request.raw.headers.get(HEADER) == UNTIL_CLOSED
        _set(request, signed.refresh_token, None if closes else request.deps.settings.session_days * 86400)
    elif begins:
        remove(request)
    return Session.of(replace(signed, refresh_token=None), request.deps.sealed_numbers, request.deps.role_title)


def remove(request: Request) -> None:
    """Remove the cookie from the browser."""
    _set(request, "", 0)


def _set(request: Request, token: str, seconds: int | None) -> None:
    request.set_cookie(COOKIE, token, path=PATH, max_age=seconds, httponly=True, secure=True, samesite="Strict")


def _need_own_origin(request: Request) -> None:
    settings = request.deps.settings
    if request.raw.headers.get("Origin") not in settings.origins:
        raise Refusal("foreign_origin", rule="L-19", help=f"请打开 {settings.public_base} 再登录")
