"""Which access tokens a service believes: the library checks the signature, `alg`, `typ` and the registered claims."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey
from servicekit.auth import ALGORITHM, TYPE, Verifier, claims_of
from servicekit.files import ADDRESS_SECONDS
from servicekit.ids import new_id, utc_now
from servicekit.refusals import Refusal
from servicekit.testing import a_student, an_actor, jwks, signing_key

STUDENT = a_student("jx.nc.dh.s1.g2025.c01")
NOW = utc_now()
LIFETIME = 86_400
"""Seconds. `NOW` is when the tests were collected, which may be half an hour ago."""
ABSENT = object()


def a_token(key: Any = None, *, header: dict[str, Any] | None = None, **changed: Any) -> str:
    """A good token where nothing is changed; `ABSENT` leaves a claim or a header parameter away."""
    claims = claims_of(STUDENT.account_id, STUDENT, NOW, LIFETIME, extra=[("sid", str(new_id()))]) | changed
    sent = {"alg": ALGORITHM, "typ": TYPE, "kid": "test"} | (header or {})
    return jwt.encode(
        {name: value for name, value in sent.items() if value is not ABSENT},
        {name: value for name, value in claims.items() if value is not ABSENT},
        key or signing_key(),
        algorithms=[ALGORITHM, "HS256"],
        default_type=None,
    )


def test_a_good_token_names_its_account_card_and_session() -> None:
    session_id = new_id()
    bearer = Verifier(jwks()).verify(a_token(sid=str(session_id), pw=True), NOW)
    assert (bearer.account_id, bearer.actor, bearer.session_id) == (STUDENT.account_id, STUDENT, session_id)
    assert bearer.must_change_password
    assert (bearer.issued_at, bearer.expires_at) == (NOW, (NOW + timedelta(seconds=LIFETIME)).replace(microsecond=0))


@pytest.mark.feature("BJ-10")
def test_a_token_of_staff_names_the_students_whose_account_it_is() -> None:
    own = frozenset({new_id()})
    member = replace(an_actor("supervision_group", "bj.bj.hd.s1.g2024.c01"), own_students=own)
    claims = claims_of(member.account_id, member, NOW, LIFETIME)
    token = a_token(**claims)
    bearer = Verifier(jwks()).verify(token, NOW)
    assert bearer.actor is not None
    assert (bearer.actor.own_students, bearer.actor.students) == (own, frozenset())


def test_a_token_without_a_card_has_no_actor() -> None:
    bearer = Verifier(jwks()).verify(a_token(card=ABSENT), NOW)
    assert (bearer.account_id, bearer.actor, bearer.must_change_password) == (STUDENT.account_id, None, False)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({name: value}, id=f"{name} {'absent' if value is ABSENT else value!r:.40}")
        for name, values in {
            "iss": (ABSENT, None, "", 1, "https://elsewhere.example"),
            "aud": (ABSENT, None, [], {}, "elsewhere", ["elsewhere"]),
            "exp": (ABSENT, None, "soon", True, [2**40], 1, 2**70, 10**400, float("nan"), float("inf")),
            "iat": (ABSENT, None, "now", 2**40, -(2**70)),
            "sub": (ABSENT, None, "", 5, "operator", [str(UUID(int=1))]),
            "sid": (5, "x"),
            "pw": ("perhaps", []),
            "card": (None, 5, "x"),
            "role": (ABSENT, 5, "An Emperor", "x" * 61),
            "may": (5, "review", [5]),
            "path": (ABSENT, 5),
            "name": (ABSENT, 5),
            "students": (5, "x", ["x"], [5]),
        }.items()
        for value in values
    ],
)
def test_a_claim_that_is_missing_or_wrong_makes_the_token_count_for_nothing(changed: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        Verifier(jwks()).verify(a_token(**changed), NOW)
    assert refused.value.code == "unauthenticated"


@pytest.mark.parametrize(
    ("key", "header"),
    [
        pytest.param(OKPKey.generate_key("Ed25519", {"kid": "test"}, private=True), {}, id="another key"),
        pytest.param(None, {"kid": "other"}, id="unknown kid"),
        pytest.param(OctKey.import_key(b"0" * 32), {"alg": "HS256"}, id="HMAC"),
        pytest.param(None, {"typ": ABSENT}, id="no typ"),
        pytest.param(None, {"typ": "JWT"}, id="typ of an id token"),
    ],
)
def test_a_token_of_another_key_algorithm_or_type_counts_for_nothing(key: Any, header: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        Verifier(jwks()).verify(a_token(key, header=header), NOW)
    assert refused.value.code == "unauthenticated"


def test_the_key_set_decides_the_algorithm_not_the_keys_own_name_for_it() -> None:
    [key] = json.loads(jwks())["keys"]
    older = json.dumps({"keys": [{**key, "alg": "EdDSA"}]})
    assert Verifier(older).verify(a_token(), NOW).account_id == STUDENT.account_id


def test_a_token_ends_to_the_second_also_where_it_was_verified_before() -> None:
    verifier, token = Verifier(jwks()), a_token()
    ends = verifier.verify(token, NOW).expires_at
    assert verifier.verify(token, ends - timedelta(seconds=1)) is verifier.verify(token, NOW)
    with pytest.raises(Refusal):
        verifier.verify(token, ends)


def test_an_actor_that_speaks_for_several_students_is_read_whole() -> None:
    children = frozenset({new_id(), new_id()})
    guardian = replace(STUDENT, role="guardian", students=children)
    token = a_token(role="guardian", students=sorted(map(str, children)))
    assert Verifier(jwks()).verify(token, NOW).actor == guardian


@pytest.mark.feature("L-19")
def test_a_token_of_a_session_that_ended_is_refused() -> None:
    ended, other = new_id(), new_id()
    verifier = Verifier(jwks())
    verifier._revoked = {ended: NOW - timedelta(seconds=5)}
    with pytest.raises(Refusal, match="unauthenticated"):
        verifier.verify(a_token(sid=str(ended)), NOW)
    assert verifier.verify(a_token(sid=str(other)), NOW).session_id == other


@pytest.mark.feature("L-19")
def test_a_presigned_download_ends_within_the_minute_in_which_tokens_do() -> None:
    slowest_revocation = 15  # seconds: the event, and the reading of revocations every ten
    assert ADDRESS_SECONDS + slowest_revocation <= 60
