"""Shapes of requests and answers for signing a computer in with a phone (CS-03)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from identity.views.requests import In, Secret


class QrCode(BaseModel):
    """A code for a browser. `address` is what the picture says; `secret` stays in this browser, which asks with it."""

    id: UUID
    secret: str
    address: str
    expires_in: int


class QrAsked(BaseModel):
    """What a phone is asked to allow: which device, from which address. `same_network`: the phone has the same address."""

    device: str
    client: str
    same_network: bool
    until: datetime


class QrState(BaseModel):
    """What became of a code. `allowed`: collect the session. `ended`: show another code."""

    state: Literal["waiting", "allowed", "refused", "ended"]


class ReadCode(In):
    """The code that a phone has read: the part of the address after `#`."""

    code: Secret


class QrDecision(In):
    """`card_id`: the card with which the computer begins; null where the account has none."""

    code: Secret
    allow: bool
    card_id: UUID | None = None


class QrSecret(In):
    """The secret of the browser that shows the code."""

    secret: Secret


class QrCollect(In):
    """The browser whose code was allowed."""

    qr_sign_in_id: UUID
    secret: Secret
