"""Signing in and out, choosing a card, the password, the public keys."""

from aiohttp import web
from servicekit.auth import ACCOUNT, ANYONE
from servicekit.http import Api, Request

from identity.actions import captchas, sessions
from identity.api.bearer import account_of, bearer_of
from identity.domain.id_number import plain
from identity.views.requests import CardChoice, Credentials, PasswordChange, RefreshToken
from identity.views.responses import AccountView, Captcha, CardView, Me, Session

api = Api("identity")


@api.post("/sessions", may=ANYONE, rules=("JX-01",), secret=True)
async def sign_in(request: Request, credentials: Credentials) -> Session:
    """Sign in. An account with exactly one card acts with it. After a one-time password the token may only set a password."""
    deps = request.deps
    captcha = credentials.captcha.as_answer() if credentials.captcha else None
    signed = await sessions.sign_in(
        deps, plain(credentials.username), credentials.password, request.client, credentials.device, captcha
    )
    return Session.of(signed, deps.sealed_numbers)


@api.post("/captchas", may=ANYONE, rules=("JX-01",), secret=True)
async def show_captcha(request: Request) -> Captcha:
    """Create a captcha, which signing in or a password reset may require."""
    shown = await captchas.create(request.deps, request.client)
    return Captcha(id=shown.id, image=shown.image, expires_in=shown.seconds)


@api.post("/sessions/refresh", may=ANYONE, secret=True)
async def refresh(request: Request, token: RefreshToken) -> Session:
    """Exchange a refresh token for a new pair of tokens. Sending a used refresh token ends the session."""
    return Session.of(await sessions.refresh(request.deps, token.refresh_token, request.client), request.deps.sealed_numbers)


@api.post("/sessions/card", may=ACCOUNT, rules=("JX-16", "CS-14"), secret=True)
async def choose_card(request: Request, choice: CardChoice) -> Session:
    """Act with another of one's cards. `refresh_token` is null: the present one stays valid and belongs to the new card."""
    signed = await sessions.switch_card(request.deps, account_of(request), choice.card_id, request.client)
    return Session.of(signed, request.deps.sealed_numbers)


@api.delete("/sessions", may=ACCOUNT)
async def sign_out(request: Request) -> None:
    """Sign out: ends the session."""
    await sessions.sign_out(request.deps, bearer_of(request), request.client)


@api.put("/password", may=ACCOUNT, rules=("CS-13",), secret=True)
async def change_password(request: Request, change: PasswordChange) -> Session:
    """Set one's own password. Ends all sessions and returns a new one."""
    bearer = bearer_of(request)
    signed = await sessions.change_password(request.deps, bearer, change.old, change.new, request.client)
    return Session.of(signed, request.deps.sealed_numbers)


@api.get("/me", may=ACCOUNT, rules=("JX-16",))
async def me(request: Request) -> Me:
    """The account, its holder and its cards."""
    account, cards = await sessions.me(request.deps, bearer_of(request).account_id)
    return Me(account=AccountView.of(account, request.deps.sealed_numbers), cards=[CardView.of(card) for card in cards])


@api.get("/.well-known/jwks.json", may=ANYONE)
async def jwks(request: Request) -> web.Response:
    """The public keys that verify access tokens (JSON Web Key Set)."""
    return web.json_response(request.deps.tokens.jwks(), headers={"Cache-Control": "public, max-age=300"})
