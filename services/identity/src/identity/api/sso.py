"""Single sign-on: out to the provider, back, and in."""

from urllib.parse import urlencode

from aiohttp import web
from servicekit.auth import ANYONE
from servicekit.http import Api, Request
from servicekit.refusals import Refusal

from identity.actions import sso
from identity.views.answers import Session
from identity.views.sent import Ticket, Token
from identity.views.sso import Provider, Providers

api = Api("identity")
COOKIE = "zp_sso"


@api.get("/sso", may=ANYONE, rules=("JX-01",))
async def list_providers(request: Request) -> Providers:
    """Where one may arrive from."""
    return Providers(items=[Provider(id=p.id, title=p.title) for p in request.deps.settings.sso_providers])


@api.get("/sso/{provider}/start", may=ANYONE, rules=("JX-01",))
async def start(request: Request, provider: str) -> web.Response:
    """Send the browser to the provider's own sign-in."""
    begun = await sso.start(request.deps, provider)
    answer = web.Response(status=302, headers={"Location": begun.address})
    _keep(request, answer, begun.browser)
    return answer


@api.get("/sso/{provider}/callback", may=ANYONE, rules=("JX-01",))
async def callback(
    request: Request,
    provider: str,
    state: Token = "",
    code: Token = "",
    error: Token = "",
    iss: Token | None = None,
    error_description: Token = "",  # noqa: ARG001  said by providers, and not needed
    error_uri: Token = "",  # noqa: ARG001
    session_state: Token = "",  # noqa: ARG001
    scope: Token = "",  # noqa: ARG001
) -> web.Response:
    """Back from the provider. The browser goes on to the platform's start page with `#ticket=` or `#error=` in the
    address; the ticket is good for a minute, for this browser, for `POST /sessions/ticket`."""
    sso.provider_of(request.deps, provider)
    try:
        if error or not code:
            raise Refusal("sso_failed")
        ticket = await sso.arrive(request.deps, provider, _browser(request), state, code, iss, request.client)
        said = {"ticket": ticket}
    except Refusal as refusal:
        said = {"error": refusal.code}
    page = request.deps.settings.sso_return or f"{request.deps.settings.public_base}/"
    return web.Response(status=303, headers={"Location": f"{page}#{urlencode(said)}"})


@api.post("/sessions/ticket", may=ANYONE, rules=("JX-01",), secret=True)
async def sign_in_by_ticket(request: Request, sent: Ticket) -> Session:
    """Sign in with the ticket of an arrival; the browser's cookie is needed, too."""
    return Session.of(await sso.sign_in(request.deps, sent.ticket, _browser(request), request.client), request.deps.vault)


def _browser(request: Request) -> str:
    kept = str(request.raw.cookies.get(COOKIE, ""))
    return kept if kept.isascii() else ""


def _keep(request: Request, answer: web.Response, browser: str) -> None:
    secure = request.deps.settings.public_base.startswith("https:")
    path, seconds = "/api/identity/", int(sso.STATE_LASTS.total_seconds())
    answer.set_cookie(COOKIE, browser, max_age=seconds, path=path, httponly=True, samesite="Lax", secure=secure)
