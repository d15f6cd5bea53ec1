"""Single sign-on: the redirect to the provider, its callback, and signing in with a ticket."""

from urllib.parse import urlencode

from aiohttp import web
from servicekit.auth import ANYONE
from servicekit.http import Api, Request
from servicekit.refusals import Refusal

from identity.actions import sso
from identity.api import session_cookie
from identity.views.requests import Ticket, Token
from identity.views.responses import Session
from identity.views.sso import Provider, Providers

api = Api("identity")
COOKIE = "zp_sso"


@api.get("/sso", may=ANYONE, rules=("JX-01",))
async def list_providers(request: Request) -> Providers:
    """The single sign-on providers."""
    return Providers(items=[Provider(id=p.id, title=p.title) for p in request.deps.settings.sso_providers])


@api.get("/sso/{provider}/start", may=ANYONE, rules=("JX-01",))
async def start(request: Request, provider: str) -> web.Response:
    """Redirect the browser to the provider's sign-in page."""
    started = await sso.start(request.deps, provider)
    answer = web.Response(status=302, headers={"Location": started.url})
    _set_cookie(request, answer, started.browser)
    return answer


@api.get("/sso/{provider}/callback", may=ANYONE, rules=("JX-01",))
async def callback(
    request: Request,
    provider: str,
    state: Token = "",
    code: Token = "",
    error: Token = "",
    iss: Token | None = None,
    error_description: Token = "",  # noqa: ARG001  sent by providers, not needed
    error_uri: Token = "",  # noqa: ARG001
    session_state: Token = "",  # noqa: ARG001
    scope: Token = "",  # noqa: ARG001
) -> web.Response:
    """The provider's callback. Redirects to the platform's start page with `#ticket=` or `#error=` in the address; the ticket
    is for `POST /sessions/ticket` and valid for a minute in this browser."""
    sso.provider_of(request.deps, provider)
    try:
        if error or not code:
            raise Refusal("sso_failed")
        ticket = await sso.finish(request.deps, provider, _browser_id(request), state, code, iss, request.client)
        fragment = {"ticket": ticket}
    except Refusal as refusal:
        fragment = {"error": refusal.code}
    page = request.deps.settings.sso_return or f"{request.deps.settings.public_base}/"
    return web.Response(status=303, headers={"Location": f"{page}#{urlencode(fragment)}"})


@api.get("/sso-refusals/{code}", may=ANYONE, rules=("JX-01",))
async def explain_refusal(request: Request, code: str) -> None:  # noqa: ARG001  the same for everybody
    """Why a single sign-on ended with `#error=<code>`: always answered with that refusal, its sentence and who can help."""
    raise sso.refusal_of(code)


@api.post("/sessions/ticket", may=ANYONE, rules=("JX-01",), secret=True)
async def sign_in_by_ticket(request: Request, sent: Ticket) -> Session:
    """Sign in with a single sign-on ticket; needs the cookie that `start` set. `X-Session: cookie`: see `POST /sessions`."""
    cookie = session_cookie.wanted(request)
    signed = await sso.sign_in(request.deps, sent.ticket, _browser_id(request), request.client)
    return session_cookie.session_of(request, signed, cookie=cookie)


def _browser_id(request: Request) -> str:
    value = str(request.raw.cookies.get(COOKIE, ""))
    return value if value.isascii() else ""


def _set_cookie(request: Request, answer: web.Response, browser: str) -> None:
    secure = request.deps.settings.public_base.startswith("https:")
    path, seconds = "/api/identity/", int(sso.STATE_LIFETIME.total_seconds())
    answer.set_cookie(COOKIE, browser, max_age=seconds, path=path, httponly=True, samesite="Lax", secure=secure)
