"""Signing a computer in with a phone that is signed in (CS-03)."""

from uuid import UUID

from servicekit.auth import ACCOUNT, ANYONE
from servicekit.http import Api, Request

from identity.actions import qr_sign_ins
from identity.api import session_cookie
from identity.api.bearer import account_of
from identity.views.qr_sign_ins import QrAsked, QrCode, QrCollect, QrDecision, QrSecret, QrState, ReadCode
from identity.views.responses import Session

api = Api("identity")


@api.post("/qr-sign-ins", may=ANYONE, rules=("CS-03",), secret=True)
async def begin(request: Request) -> QrCode:
    """A code for a computer to show, good for a minute. Only the browser has the secret, which collects the session."""
    session_cookie.wanted(request)
    agent = request.raw.headers.get("User-Agent", "")
    made = await qr_sign_ins.begin(request.deps, request.client, agent)
    return QrCode(id=made.id, secret=made.secret, address=made.address, expires_in=made.seconds)


@api.post("/qr-sign-ins/lookup", may=ACCOUNT, rules=("CS-03",), secret=True, status=200)
async def look_up(request: Request, read: ReadCode) -> QrAsked:
    """Which device the code that a phone has read will sign in."""
    account_of(request)
    found = await qr_sign_ins.asked(request.deps, read.code, request.client)
    return QrAsked(device=found.device, client=found.client, same_network=found.same_network, until=found.until)


@api.post("/qr-sign-ins/decision", may=ACCOUNT, rules=("CS-03", "CS-14"), secret=True, status=204)
async def decide(request: Request, to: QrDecision) -> None:
    """Allow or refuse it. What the computer may do then is what the account's card may do."""
    bearer = account_of(request)
    await qr_sign_ins.decide(request.deps, bearer, to.code, to.card_id, request.client, allow=to.allow)


@api.post("/qr-sign-ins/{qr_sign_in_id}/state", may=ANYONE, rules=("CS-03",), secret=True, status=200)
async def state(request: Request, qr_sign_in_id: UUID, browser: QrSecret) -> QrState:
    """What became of the code; the computer asks every two seconds."""
    return QrState.model_validate({"state": await qr_sign_ins.state(request.deps, qr_sign_in_id, browser.secret)})


@api.post("/sessions/qr", may=ANYONE, rules=("CS-03",), secret=True)
async def collect(request: Request, browser: QrCollect) -> Session:
    """The session of a computer whose code a phone allowed; once."""
    cookie = session_cookie.wanted(request)
    signed = await qr_sign_ins.collect(request.deps, browser.qr_sign_in_id, browser.secret, request.client)
    return session_cookie.session_of(request, signed, cookie=cookie)
