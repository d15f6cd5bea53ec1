"""Signing in and out, choosing a card, the password, the public keys."""

from aiohttp import web
from servicekit.auth import ACCOUNT, ANYONE
from servicekit.http import Api, Request
from servicekit.refusals import Refusal

from identity.actions import captchas, sessions
from identity.api import session_cookie
from identity.api.bearer import account_of, bearer_of
from identity.domain.documents import login_name
from identity.views.requests import CardChoice, Credentials, PasswordChange, RefreshToken, SeenNotices
from identity.views.responses import Captcha, Me, Session

api = Api("identity")


@api.post("/sessions", may=ANYONE, rules=("JX-01", "CS-03", "CS-13"), secret=True)
async def sign_in(request: Request, credentials: Credentials) -> Session:
    """Sign in. An account with exactly one card acts with it. After a one-time password the token may only set a password.

    Browsers send `X-Session: cookie`, here and wherever a session is answered: the refresh token then is in an `HttpOnly`
    cookie, and `refresh_token` is null. `X-Session: browser`: the cookie ends when the browser closes."""
    deps, cookie = request.deps, session_cookie.wanted(request)
    captcha = credentials.captcha.as_answer() if credentials.captcha else None
    student = credentials.student.as_answer() if credentials.student else None
    signed = await sessions.sign_in(
        deps, login_name(credentials.username), credentials.password, request.client, credentials.device, captcha, student
    )
    return session_cookie.session_of(request, signed, cookie=cookie)


@api.post("/captchas", may=ANYONE, rules=("JX-01",), secret=True)
async def show_captcha(request: Request) -> Captcha:
    """Create a captcha, which signing in or a password reset may require."""
    shown = await captchas.create(request.deps, request.client)
    return Captcha(id=shown.id, image=shown.image, expires_in=shown.seconds)


@api.post("/sessions/refresh", may=ANYONE, rules=("L-19",), secret=True)
async def refresh(request: Request, token: RefreshToken) -> Session:
    """Exchange a refresh token, of the body or of the cookie, for a new pair of tokens. The same device may repeat it for 30
    seconds; later, or from another device, a used refresh token ends the session."""
    cookie = session_cookie.wanted(request) or token.refresh_token is None
    text = token.refresh_token or session_cookie.refresh_token_of(request)
    if text is None:
        raise Refusal("unauthenticated")
    signed = await sessions.refresh(request.deps, text, request.client, token.device, token.expected_account)
    return session_cookie.session_of(request, signed, cookie=cookie)


@api.post("/sessions/card", may=ACCOUNT, rules=("JX-16", "CS-14"), secret=True)
async def choose_card(request: Request, choice: CardChoice) -> Session:
    """Act with another of one's cards. `refresh_token` is null: the present one stays valid and belongs to the new card."""
    cookie = session_cookie.wanted(request)
    signed = await sessions.switch_card(request.deps, account_of(request), choice.card_id, request.client)
    return session_cookie.session_of(request, signed, cookie=cookie, begins=False)


@api.delete("/sessions", may=ANYONE, rules=("L-19",))
async def sign_out(request: Request) -> None:
    """Sign out: ends the session of the access token and that of the cookie, and removes the cookie. One of them is enough."""
    token = session_cookie.refresh_token_of(request)
    if token is None and request.bearer is None:
        raise Refusal("unauthenticated")
    await sessions.sign_out(request.deps, request.bearer, token, request.client)
    if token is not None:
        session_cookie.remove(request)


@api.put("/password", may=ACCOUNT, rules=("CS-13",), secret=True)
async def change_password(request: Request, change: PasswordChange) -> Session:
    """Set one's own password. Ends all sessions and returns a new one."""
    bearer, cookie = bearer_of(request), session_cookie.wanted(request)
    signed = await sessions.change_password(request.deps, bearer, change.old, change.new, request.client)
    return session_cookie.session_of(request, signed, cookie=cookie)


@api.get("/me", may=ACCOUNT, rules=("JX-16", "L-01"))
async def me(request: Request) -> Me:
    """The account, its holder and cards; offered and suspended cards with what to do; unseen security notices."""
    return Me.of(
        await sessions.me(request.deps, bearer_of(request).account_id), request.deps.sealed_numbers, request.deps.role_title
    )


@api.put("/me/notices", may=ACCOUNT, rules=("L-01",))
async def see_notices(request: Request, seen: SeenNotices) -> None:
    """The holder has seen the security notices up to this one."""
    await sessions.see_notices(request.deps, bearer_of(request).account_id, seen.up_to)


@api.get("/.well-known/jwks.json", may=ANYONE)
async def jwks(request: Request) -> web.Response:
    """The public keys that verify access tokens (JSON Web Key Set)."""
    return web.json_response(request.deps.tokens.jwks(), headers={"Cache-Control": "public, max-age=300"})
