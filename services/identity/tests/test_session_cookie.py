"""The session of a browser: the refresh token in a cookie, which only the platform's own pages may use (L-19)."""

from collections.abc import Mapping
from datetime import timedelta
from http.cookies import Morsel, SimpleCookie
from typing import Any

import pytest
from servicekit.ids import utc_now
from servicekit.testing import Answer, Kit

from .builders import OPERATOR_PASSWORD, an_identity, sign_in, signed_in_with_password, with_token

ORIGIN = "http://127.0.0.1:8080"
OWN: Mapping[str, str] = {"Origin": ORIGIN, "X_Session": "cookie"}
PASSWORD = "Sunny-Day-7"


def cookie_of(answer: Answer) -> "Morsel[str]":
    """The cookie that an answer sets."""
    return SimpleCookie(answer.headers["Set-Cookie"])["zp_refresh"]


async def signed_in(kit: Kit) -> Answer:
    """The operator in a browser."""
    await signed_in_with_password(kit, "operator", OPERATOR_PASSWORD)
    answer = await sign_in(kit, "operator", PASSWORD, **OWN)
    assert answer.status == 201, answer.body
    return answer


async def refreshed(kit: Kit, token: str, origin: str = ORIGIN, **body: Any) -> Answer:
    """A new access token by the cookie."""
    return await kit.anonymous.post("/sessions/refresh", body, Origin=origin, Cookie=f"zp_refresh={token}")


@pytest.mark.feature("L-19", "CS-03")
async def test_a_browser_gets_its_refresh_token_in_a_cookie_that_no_script_and_no_other_route_sees(parts: Any) -> None:
    async with an_identity(parts) as kit:
        answer = await signed_in(kit)
        assert answer.json["refresh_token"] is None
        cookie = cookie_of(answer)
        assert (cookie["path"], cookie["samesite"], cookie["max-age"]) == ("/api/identity/sessions", "Strict", str(14 * 86400))
        assert (cookie["httponly"], cookie["secure"], cookie["domain"]) == (True, True, "")
        body_form = await sign_in(kit, "operator", PASSWORD)
        assert body_form.json["refresh_token"]
        assert "Set-Cookie" not in body_form.headers


@pytest.mark.feature("L-19", "CS-03")
async def test_on_a_shared_computer_the_cookie_ends_with_the_browser_also_after_a_refresh(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await signed_in_with_password(kit, "operator", OPERATOR_PASSWORD)
        begun = await sign_in(kit, "operator", PASSWORD, Origin=ORIGIN, X_Session="browser")
        sent = {"Origin": ORIGIN, "X_Session": "browser", "Cookie": f"zp_refresh={cookie_of(begun).value}"}
        renewed = await kit.anonymous.post("/sessions/refresh", {}, **sent)
        for answer in (begun, renewed):
            assert answer.status == 201
            assert (cookie_of(answer)["max-age"], cookie_of(answer)["expires"]) == ("", "")


@pytest.mark.feature("L-19")
async def test_the_cookie_rotates_with_each_refresh_and_a_stolen_one_ends_the_session(parts: Any) -> None:
    async with an_identity(parts) as kit:
        first = cookie_of(await signed_in(kit)).value
        answer = await refreshed(kit, first)
        assert (answer.status, answer.json["refresh_token"]) == (201, None)
        second = cookie_of(answer).value
        assert second != first
        again = await refreshed(kit, first)
        assert again.status == 201, "two tabs, or a lost answer"
        kit.at(utc_now() + timedelta(seconds=31))
        stolen = await refreshed(kit, first)
        assert (stolen.code, "Set-Cookie" in stolen.headers) == ("refresh_reused", False)
        assert (await refreshed(kit, second)).code == "refresh_invalid"


@pytest.mark.feature("L-19")
async def test_the_device_that_signed_in_may_repeat_a_refresh_from_another_network(parts: Any) -> None:
    async with an_identity(parts) as kit:
        begun = await signed_in(kit)
        token, device = cookie_of(begun).value, begun.json["device"]
        assert (await refreshed(kit, token, device=device)).status == 201
        sent = {"Origin": ORIGIN, "Cookie": f"zp_refresh={token}", "X_Real_Ip": "203.0.113.7"}
        assert (await kit.anonymous.post("/sessions/refresh", {"device": device}, **sent)).status == 201


@pytest.mark.feature("L-19")
@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:8081", "https://127.0.0.1:8080", ""])
async def test_a_page_of_another_origin_can_neither_use_nor_end_nor_begin_a_session(parts: Any, origin: str) -> None:
    async with an_identity(parts) as kit:
        begun = await signed_in(kit)
        token = cookie_of(begun).value
        assert (await refreshed(kit, token, origin)).code == "foreign_origin"
        ended = await kit.anonymous.delete("/sessions", Origin=origin, Cookie=f"zp_refresh={token}")
        assert ended.code == "foreign_origin"
        tried = await sign_in(kit, "operator", PASSWORD, Origin=origin, X_Session="cookie")
        assert (tried.code, "Set-Cookie" in tried.headers) == ("foreign_origin", False)
        assert ORIGIN in tried.json["help"]
        assert (await refreshed(kit, token)).status == 201
        assert (await with_token(kit, begun).get("/me")).status == 200


@pytest.mark.feature("L-19")
async def test_without_an_origin_the_cookie_is_worth_nothing(parts: Any) -> None:
    async with an_identity(parts) as kit:
        token = cookie_of(await signed_in(kit)).value
        answer = await kit.anonymous.post("/sessions/refresh", Cookie=f"zp_refresh={token}")
        assert answer.code == "foreign_origin"


@pytest.mark.feature("L-19")
async def test_this_machine_is_one_origin_under_all_its_names_and_a_public_address_has_one(parts: Any) -> None:
    async with an_identity(parts) as kit:
        token = cookie_of(await signed_in(kit)).value
        for name in ("localhost", "[::1]"):
            assert (await refreshed(kit, token, f"http://{name}:8080")).status == 201
    async with an_identity(parts, public_url="https://zp.example.org/") as kit:
        await signed_in_with_password(kit, "operator", OPERATOR_PASSWORD)
        begun = await sign_in(kit, "operator", PASSWORD, Origin="https://zp.example.org", X_Session="cookie")
        token = cookie_of(begun).value
        for origin in ("http://localhost:8080", "http://zp.example.org", "https://www.zp.example.org"):
            assert (await refreshed(kit, token, origin)).code == "foreign_origin"


@pytest.mark.feature("L-19")
async def test_signing_out_needs_the_cookie_only_ends_its_session_and_removes_it(parts: Any) -> None:
    async with an_identity(parts) as kit:
        begun = await signed_in(kit)
        token = cookie_of(begun).value
        ended = await kit.anonymous.delete("/sessions", Origin=ORIGIN, Cookie=f"zp_refresh={token}")
        assert ended.status == 204
        gone = cookie_of(ended)
        assert (gone.value, gone["max-age"], gone["path"]) == ("", "0", "/api/identity/sessions")
        assert (await refreshed(kit, token)).code == "refresh_invalid"
        await kit.running.verifier.refresh(kit.deps.db)
        assert (await with_token(kit, begun).get("/me")).code == "unauthenticated"
        assert (await kit.anonymous.delete("/sessions")).code == "unauthenticated"


@pytest.mark.feature("L-19")
async def test_signing_out_in_one_tab_also_ends_the_session_that_another_tab_began(parts: Any) -> None:
    async with an_identity(parts) as kit:
        one = await signed_in(kit)
        other = await sign_in(kit, "operator", PASSWORD, **OWN)
        token = cookie_of(other).value
        assert (await with_token(kit, one).delete("/sessions", Origin=ORIGIN, Cookie=f"zp_refresh={token}")).status == 204
        await kit.running.verifier.refresh(kit.deps.db)
        for ended in (one, other):
            assert (await with_token(kit, ended).get("/me")).code == "unauthenticated"
        assert (await refreshed(kit, token)).code == "refresh_invalid"


@pytest.mark.feature("L-19")
async def test_a_tab_that_shows_one_account_never_goes_on_as_the_one_that_signed_in_in_another_tab(parts: Any) -> None:
    async with an_identity(parts) as kit:
        begun = await signed_in(kit)
        token, account = cookie_of(begun).value, begun.json["account"]["id"]
        other = "01900000-0000-7000-8000-000000000000"
        refused = await refreshed(kit, token, expected_account=other)
        assert (refused.status, refused.code) == (409, "signed_in_as_other")
        assert (await refreshed(kit, token, expected_account=account)).status == 201, "the refusal used nothing up"


@pytest.mark.feature("L-19", "CS-13")
async def test_a_first_sign_in_removes_the_cookie_of_whoever_was_here_and_a_new_password_sets_one(parts: Any) -> None:
    async with an_identity(parts) as kit:
        first = await sign_in(kit, "operator", OPERATOR_PASSWORD, **OWN)
        assert first.json["must_change_password"] is True
        assert (cookie_of(first).value, cookie_of(first)["max-age"]) == ("", "0")
        changed = await with_token(kit, first).put("/password", {"new": PASSWORD}, **OWN)
        assert changed.json["refresh_token"] is None
        assert (await refreshed(kit, cookie_of(changed).value)).status == 201


@pytest.mark.feature("L-19", "JX-16")
async def test_switching_the_card_keeps_the_cookie(parts: Any) -> None:
    async with an_identity(parts) as kit:
        begun = await signed_in(kit)
        switched = await with_token(kit, begun).post("/sessions/card", {"card_id": begun.json["card"]["id"]}, **OWN)
        assert (switched.status, "Set-Cookie" in switched.headers) == (201, False)
        assert (await refreshed(kit, cookie_of(begun).value)).status == 201


@pytest.mark.feature("L-19")
async def test_nobody_is_signed_in_without_a_cookie_and_an_unknown_kind_of_session_is_refused(parts: Any) -> None:
    async with an_identity(parts) as kit:
        assert (await kit.anonymous.post("/sessions/refresh", {}, Origin=ORIGIN)).code == "unauthenticated"
        assert (await refreshed(kit, "made-up")).code == "refresh_invalid"
        refused = await sign_in(kit, "operator", OPERATOR_PASSWORD, Origin=ORIGIN, X_Session="local")
        assert (refused.code, refused.json["field"]) == ("malformed", "X-Session")
