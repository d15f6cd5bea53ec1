"""Tokens that should not count: unsigned, wrongly signed, of another kind, expired, revoked. At every service."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from demo.scale import until
from joserfc.jwk import OKPKey
from servicekit.auth import ALGORITHM, AUDIENCE, ISSUER, TYPE
from stack.platform import Platform

from tests.world.builders import hire
from tests.world.client import access_token

from .callers import Callers

PATHS = (
    "/identity/me", "/records/records", "/publicity/entries", "/archive/archives", "/import/batches", "/notify/unread",
    "/notify/stream",
)  # fmt: skip
ABSENT = object()
"""What is left out of a token."""


def claims_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token, unchecked."""
    head, body, _ = token.split(".")
    read = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, body)]
    return read[0], read[1]


def part(value: object) -> str:
    """JSON as a token holds it."""
    return coded(json.dumps(value).encode())


def bearer(token: str) -> dict[str, str]:
    """The header that carries it."""
    return {"Authorization": f"Bearer {token}"}


def coded(raw: bytes) -> str:
    """Bytes as a token holds them."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def bad_tokens(platform: Platform, good: str) -> dict[str, str]:
    """By name. Some are signed with the platform's own key, so that only the claim is wrong; others with keys of one's own.

    `made here` is sound: it shows that the others fail by what is odd about them.
    """
    header, claims = claims_of(good)
    key = OKPKey.import_key(dict(platform.keyring.token_signing_key))
    mine = OKPKey.generate_key("Ed25519", {"kid": header["kid"]})
    public = json.dumps(platform.keyring.token_keys["keys"][0]).encode()
    now = int(time.time())
    greedy = {**claims, "role": "administrator", "path": "mx", "students": []}

    def signed(with_key: OKPKey = key, head: dict[str, Any] | None = None, **changed: Any) -> str:
        heads = {name: value for name, value in {**header, **(head or {})}.items() if value is not ABSENT}
        body = {name: value for name, value in {**claims, **changed}.items() if value is not ABSENT}
        signing_input = f"{part(heads)}.{part(body)}"
        private = with_key.get_op_key("sign")
        assert isinstance(private, Ed25519PrivateKey)
        return f"{signing_input}.{coded(private.sign(signing_input.encode()))}"

    def hashed(secret: bytes) -> str:
        signing_input = f"{part({**header, 'alg': 'HS256'})}.{part(greedy)}"
        return f"{signing_input}.{coded(hmac.digest(secret, signing_input.encode(), 'sha256'))}"

    makers: dict[str, Callable[[], str]] = {
        "made here": signed,
        "expired": lambda: signed(exp=now - 1),
        "expired long ago": lambda: signed(exp=now - 10**6, iat=now - 10**7),
        "no end": lambda: signed(exp=ABSENT),
        "for somebody else": lambda: signed(aud="other"),
        "for nobody": lambda: signed(aud=ABSENT),
        "by another issuer": lambda: signed(iss="evil"),
        "no subject": lambda: signed(sub=ABSENT),
        "a subject that is no id": lambda: signed(sub="operator"),
        "of another type": lambda: signed(head={"typ": "JWT"}),
        "of no type": lambda: signed(head={"typ": ABSENT}),
        "of a type that is nothing": lambda: signed(head={"typ": None}),
        "with a list for an end": lambda: signed(exp=[now + 60]),
        "one's own key under the real name": lambda: signed(mine, role="administrator", path="mx"),
        "an unknown key": lambda: signed(mine, {"kid": "mine"}),
        "the archive's key": lambda: signed(OKPKey.import_key(dict(platform.keyring.archive_key))),
        "its own key inside": lambda: signed(mine, {"jwk": mine.as_dict(private=False), "kid": "mine"}),
        "a key elsewhere": lambda: signed(mine, {"jku": "http://127.0.0.1:1/keys", "kid": "mine"}),
        "HMAC with the public key": lambda: hashed(public),
        "HMAC with the public key's bytes": lambda: hashed(platform.keyring.token_signing_key["x"].encode()),
        "alg none": lambda: f"{part({**header, 'alg': 'none'})}.{part(greedy)}.",
        "alg None": lambda: f"{part({**header, 'alg': 'None'})}.{part(greedy)}.AA",
        "no alg": lambda: f"{part({'kid': header['kid'], 'typ': TYPE})}.{part(greedy)}.{good.split('.')[2]}",
        "other claims under a good signature": lambda: f"{good.split('.')[0]}.{part(greedy)}.{good.split('.')[2]}",
        "cut": lambda: good[:-4],
        "five parts": lambda: f"{good}.x.y",
        "critical headers nobody knows": lambda: signed(head={"crit": ["exp2"], "exp2": 1}),
    }
    return {name: make() for name, make in makers.items()}


async def test_tokens_that_should_not_count_count_nowhere(platform: Platform, callers: Callers) -> None:
    good = await access_token(callers.region.people["class_teacher@class"])
    header, claims = claims_of(good)
    assert (header["alg"], header["typ"], claims["aud"], claims["iss"]) == (ALGORITHM, TYPE, AUDIENCE, ISSUER)
    tokens = bad_tokens(platform, good)
    sound = (good, tokens.pop("made here"))
    assert [(await callers.ask("anonymous", "GET", PATHS[1], headers=bearer(one))).status for one in sound] == [200, 200]
    for path in PATHS:
        for name, token in tokens.items():
            answer = await callers.ask("anonymous", "GET", path, headers=bearer(token))
            assert (answer.status, answer.code) == (401, "unauthenticated"), (path, name, answer.content[:200])
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("url", ["Basic", "bearer=", "Token", "Bearer  Bearer", "Negotiate"])
async def test_a_good_token_in_another_scheme_does_not_count(callers: Callers, url: str) -> None:
    good = callers.tokens["class_teacher@class"]
    for sent in ({"Authorization": f"{url} {good}"}, {"X-Access-Token": good}, {"Cookie": f"access_token={good}"}):
        assert (await callers.ask("anonymous", "GET", "/records/records", headers=sent)).status == 401
    asked = await callers.ask("anonymous", "GET", "/records/records", params={"access_token": good})
    assert asked.status == 401


@pytest.mark.feature("NR-05")
async def test_a_revoked_card_is_refused_everywhere_soon(callers: Callers) -> None:
    by = callers.region.people["school_administrator@school"]
    teacher = await hire(by, "subject_teacher", callers.region.ids["path"], f"离任教师{uuid4().hex[:4]}")
    callers.tokens["leaver"] = await access_token(teacher)
    for path in PATHS[:-1]:
        assert (await callers.ask("leaver", "GET", path)).status == 200, path
    card = teacher.session["card"]["id"]
    gone = await callers.ask("school_administrator@school", "DELETE", f"/identity/cards/{card}")
    assert gone.status == 204, gone.content

    async def refused() -> bool | None:
        answers = [await callers.ask("leaver", "GET", path) for path in PATHS[1:-1]]
        return {answer.status for answer in answers} == {401} or None

    await until("停用的身份卡处处无效", refused, seconds=60)


async def test_what_must_first_set_a_password_opens_nothing_else(callers: Callers) -> None:
    by = callers.region.people["school_administrator@school"]
    phone = f"19{uuid4().int % 10**9:09d}"
    made = await by.post(
        "/identity/staff", {"name": "新来的", "phone": phone, "role": "class_teacher", "path": callers.region.ids["path"]}
    )
    sent = {"username": phone, "password": made["one_time_password"]}
    session = (await callers.ask("anonymous", "POST", "/identity/sessions", json=sent)).json
    assert session["must_change_password"]
    callers.tokens["newcomer"] = session["access_token"]
    for path in PATHS[1:]:
        assert (await callers.ask("newcomer", "GET", path)).status == 403, path
    card = await callers.ask("newcomer", "POST", "/identity/sessions/card", json={"card_id": made["card_id"]})
    assert (card.status, card.code) == (403, "password_change_required")
