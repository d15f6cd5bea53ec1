"""Signing in and out, cards in use, the password, the public keys."""

from aiohttp import web
from servicekit.auth import ACCOUNT, ANYONE
from servicekit.http import Api, Request

from identity.actions import captchas, sessions
from identity.api.who import account_of, bearer_of
from identity.domain.id_number import plain
from identity.views.answers import AccountView, Captcha, CardView, Me, Session
from identity.views.sent import CardChoice, Credentials, PasswordChange, RefreshToken

api = Api("identity")


@api.post("/sessions", may=ANYONE, rules=("JX-01",), secret=True)
async def sign_in(request: Request, credentials: Credentials) -> Session:
    """Sign in. With exactly one card the token acts with it; a one-time password is good for setting one's own only."""
    deps = request.deps
    read = credentials.captcha.reading() if credentials.captcha else None
    signed = await sessions.sign_in(
        deps, plain(credentials.username), credentials.password, request.client, credentials.device, read
    )
    return Session.of(signed, deps.vault)


@api.post("/captchas", may=ANYONE, rules=("JX-01",), secret=True)
async def show_captcha(request: Request) -> Captcha:
    """A picture to read, where signing in or resetting a password asks for one."""
    shown = await captchas.show(request.deps, request.client)
    return Captcha(id=shown.id, image=shown.image, expires_in=shown.seconds)


@api.post("/sessions/refresh", may=ANYONE, secret=True)
async def refresh(request: Request, token: RefreshToken) -> Session:
    """A new pair; each refresh token is good once, and one that comes back ends the whole family."""
    return Session.of(await sessions.refresh(request.deps, token.refresh_token, request.client), request.deps.vault)


@api.post("/sessions/card", may=ACCOUNT, rules=("JX-16", "CS-14"), secret=True)
async def choose_card(request: Request, choice: CardChoice) -> Session:
    """Act with another of one's cards. `refresh_token` is null: the one in hand stays good and remembers the card."""
    signed = await sessions.choose_card(request.deps, account_of(request), choice.card_id, request.client)
    return Session.of(signed, request.deps.vault)


@api.delete("/sessions", may=ACCOUNT)
async def sign_out(request: Request) -> None:
    """Sign out: the family ends."""
    await sessions.sign_out(request.deps, bearer_of(request), request.client)


@api.put("/password", may=ACCOUNT, rules=("CS-13",), secret=True)
async def change_password(request: Request, change: PasswordChange) -> Session:
    """Set one's own password; all other sessions end, and a fresh one is answered."""
    bearer = bearer_of(request)
    signed = await sessions.change_password(request.deps, bearer, change.old, change.new, request.client)
    return Session.of(signed, request.deps.vault)


@api.get("/me", may=ACCOUNT, rules=("JX-16",))
async def me(request: Request) -> Me:
    """The account, its holder and its cards."""
    account, cards = await sessions.me(request.deps, bearer_of(request).account_id)
    return Me(account=AccountView.of(account, request.deps.vault), cards=[CardView.of(card) for card in cards])


@api.get("/.well-known/jwks.json", may=ANYONE)
async def jwks(request: Request) -> web.Response:
    """The public keys that verify access tokens."""
    return web.json_response(request.deps.vault.jwks(), headers={"Cache-Control": "public, max-age=300"})
