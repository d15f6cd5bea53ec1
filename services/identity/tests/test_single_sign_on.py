"""Single sign-on from the province's education cloud, and attacks on it (JX-01)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from identity.actions.cleanup import sweep
from identity.settings import SsoProvider
from joserfc.jwk import RSAKey
from pydantic import ValidationError
from servicekit.ids import utc_now
from servicekit.testing import Answer, Kit

from .builders import (
    CLASS,
    Pupil,
    a_roster,
    a_tree,
    an_administrator,
    an_id_number,
    an_identity,
    sign_in,
    signed_in_with_password,
    slips_of,
    with_token,
)
from .education_cloud import Cloud, a_cloud


@dataclass
class Browser:
    """A browser: follows the redirects between identity and the provider, and stores the cookie."""

    kit: Kit
    cloud: Cloud
    cookie: str = ""

    async def get(self, path: str, **query: str) -> Answer:
        """A request that does not follow redirects."""
        headers = {"Cookie": f"zp_sso={self.cookie}"} if self.cookie else {}
        async with self.kit.client.get(path, params=query, headers=headers, allow_redirects=False) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def leave(self) -> tuple[str, str]:
        """Start, and sign in at the provider. Returns (code, state)."""
        begun = await self.get("/sso/jxedu/start")
        assert begun.status == 302, begun.body
        cookie = begun.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        self.cookie = cookie.split("=", 1)[1].split(";", 1)[0]
        return self.cloud.sign_in(begun.headers["Location"])

    async def back(self, code: str, state: str, **more: str) -> dict[str, str]:
        """Call the callback; returns the fragment of the address to which it redirects."""
        answer = await self.get("/sso/jxedu/callback", code=code, state=state, **more)
        assert answer.status == 303, answer.body
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).fragment).items()}

    async def arrive(self) -> dict[str, str]:
        """Start, sign in, and call the callback."""
        return await self.back(*await self.leave())

    async def enter(self, ticket: str, **headers: str) -> Answer:
        """Exchange a ticket for a session."""
        sent = {"Cookie": f"zp_sso={self.cookie}", **headers}
        return await self.kit.anonymous.post("/sessions/ticket", {"ticket": ticket}, **sent)


@asynccontextmanager
async def a_province(parts: Any, **provider: Any) -> AsyncIterator[Browser]:
    """identity with one school, and a provider that knows its first pupil."""
    async with a_cloud() as cloud, an_identity(parts, sso_providers=[cloud.provider(**provider)]) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1), Pupil(2)))
        cloud.person_claims = {"sub": "cloud-0001", "name": "学生1", "id_number": an_id_number(1)}
        yield Browser(kit, cloud)


@pytest.mark.feature("JX-01")
async def test_a_pupil_signs_in_from_the_education_cloud_and_stays_linked(parts: Any) -> None:
    async with a_province(parts) as browser:
        kit = browser.kit
        assert (await kit.anonymous.get("/sso")).json["items"] == [{"id": "jxedu", "title": "江西省教育云"}]
        session = await browser.enter((await browser.arrive())["ticket"])
        assert (session.status, session.json["account"]["name"]) == (201, "学生1")
        assert session.json["must_change_password"] is False
        caller = with_token(kit, session)
        outcome = await caller.post("/cards/own", {"name": "学生1", "id_number": an_id_number(1)})
        assert [c["path"] for c in outcome.json["cards"]] == [CLASS]
        browser.cloud.person_claims = {"sub": "cloud-0001", "name": "改了名"}
        again = await browser.enter((await browser.arrive())["ticket"])
        assert (again.status, again.json["card"]["role"]) == (201, "student"), "the link holds without the ID number"
        renewed = await kit.anonymous.post("/sessions/refresh", {"refresh_token": again.json["refresh_token"]})
        assert renewed.status == 201
        eid = again.json["account"]["username"]
        own = await with_token(kit, again).put("/password", {"new": "Sunny-Day-7"})
        assert own.status == 200, "who came from elsewhere has no old password to prove"
        assert (await sign_in(kit, eid, "Sunny-Day-7")).status == 201
        assert (await with_token(kit, own).put("/password", {"new": "Rainy-Day-8"})).code == "wrong_password"


@pytest.mark.feature("JX-01", "L-19")
async def test_a_browser_that_comes_back_from_the_education_cloud_gets_its_session_in_a_cookie(parts: Any) -> None:
    async with a_province(parts) as browser:
        landed = await browser.get("/sso/jxedu/callback", **dict(zip(("code", "state"), await browser.leave(), strict=True)))
        assert landed.headers["Location"].startswith("http://127.0.0.1:8080/#ticket="), "the web client's start page"
        ticket = parse_qs(urlsplit(landed.headers["Location"]).fragment)["ticket"][0]
        assert (await browser.enter(ticket, Origin="https://elsewhere.example", X_Session="cookie")).code == "foreign_origin"
        session = await browser.enter(ticket, Origin="http://127.0.0.1:8080", X_Session="cookie")
        assert (session.status, session.json["refresh_token"]) == (201, None), "the refusal did not use the ticket up"
        assert session.headers["Set-Cookie"].startswith("zp_refresh=")


@pytest.mark.feature("JX-01", "X-13")
async def test_a_failed_single_sign_on_is_explained_in_words(parts: Any) -> None:
    async with a_province(parts) as browser:
        browser.cloud.person_claims = {"sub": "s2", "name": "学生1", "id_number": an_id_number(77)}
        code = (await browser.arrive())["error"]
        explained = await browser.get(f"/sso-refusals/{code}")
        assert (explained.status, explained.code, explained.json["title"]) == (403, code, "教育云账号与学校登记的身份未能对应")
        assert "联系学校" in explained.json["help"]
        assert (await browser.get("/sso-refusals/made_up")).code == "not_found"


@pytest.mark.feature("JX-01")
async def test_a_subject_that_matches_no_account_is_refused(parts: Any) -> None:
    async with a_province(parts) as browser:
        for person in (
            {"sub": "s2", "name": "学生1", "id_number": an_id_number(77)},
            {"sub": "s3", "name": "学生2", "id_number": an_id_number(1)},
            {"sub": "s4", "name": "学生1"},
            {"sub": "s5", "name": "学生1", "id_number": ["x"]},
        ):
            browser.cloud.person_claims = person
            assert await browser.arrive() == {"error": "sso_unmatched"}, person
        browser.cloud.person_claims = {"sub": "s6", "name": "学生1", "id_number": an_id_number(1)}
        assert "ticket" in await browser.arrive()
        browser.cloud.person_claims["sub"] = "s7"
        assert await browser.arrive() == {"error": "sso_unmatched"}, "one account has one subject"


@pytest.mark.feature("JX-01")
async def test_a_provider_without_id_number_claim_matches_nobody(parts: Any) -> None:
    async with a_province(parts, id_number_claim=None) as browser:
        assert await browser.arrive() == {"error": "sso_unmatched"}


BENT: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"nonce": "another"}, {}),
    ({"nonce": None}, {}),
    ({"iss": "https://elsewhere.example"}, {}),
    ({"aud": "another-client"}, {}),
    ({"aud": ["zongping", "another"]}, {}),
    ({"aud": ["zongping", "another"], "azp": "another"}, {}),
    ({"exp": 1}, {}),
    ({"exp": None}, {}),
    ({"iat": 1}, {}),
    ({"sub": None}, {}),
    ({"sub": ""}, {}),
    ({}, {"alg": "none"}),
    ({}, {"alg": "HS256"}),
    ({}, {"alg": "RS512"}),
    ({}, {"kid": "unknown"}),
)


@pytest.mark.feature("JX-01")
async def test_an_invalid_id_token_is_refused(parts: Any) -> None:
    async with a_province(parts) as browser:
        for claims_changed, header in BENT:
            browser.cloud.claims_changed, browser.cloud.header = claims_changed, header
            assert await browser.arrive() == {"error": "sso_failed"}, (claims_changed, header)
        browser.cloud.claims_changed, browser.cloud.header = {}, {}
        assert "ticket" in await browser.arrive()


@pytest.mark.feature("JX-01")
async def test_an_unknown_key_is_refused_and_a_providers_new_key_accepted(parts: Any) -> None:
    async with a_province(parts) as browser:
        cloud = browser.cloud
        cloud.published, cloud.key = [cloud.key], RSAKey.generate_key(2048, {"kid": "cloud-1"}, private=True)
        assert await browser.arrive() == {"error": "sso_failed"}
        cloud.published = []
        cache = browser.kit.deps.oidc._cache
        cache.update({url: (at - 11, claims_changed) for url, (at, claims_changed) in cache.items()})
        assert "ticket" in await browser.arrive()


@pytest.mark.feature("JX-01")
async def test_state_code_and_ticket_are_valid_once_and_in_the_same_browser(parts: Any) -> None:
    async with a_province(parts) as browser:
        other = Browser(browser.kit, browser.cloud)
        code, state = await browser.leave()
        code_of_other, state_of_other = await other.leave()
        assert await browser.back(code_of_other, state_of_other) == {"error": "sso_state"}, "another browser's arrival"
        assert await Browser(browser.kit, browser.cloud).back(code, state) == {"error": "sso_state"}, "no cookie"
        for bent in ("", "1.x.y", "9999999999.a.b", state[:-1] + ("0" if state[-1] != "0" else "1"), "é.é.é"):
            assert await browser.back(code, bent) == {"error": "sso_state"}, bent
        assert await browser.back(code, state, iss="https://elsewhere.example") == {"error": "sso_failed"}
        assert await browser.back("", state, error="access_denied") == {"error": "sso_failed"}
        arrived = await browser.back(code, state)
        assert await browser.back(code, state) == {"error": "sso_state"}, "a state is good once"
        assert (await other.enter(arrived["ticket"])).code == "sso_state", "a ticket of another browser"
        assert (await browser.enter(arrived["ticket"])).status == 201
        assert (await browser.enter(arrived["ticket"])).code == "sso_state", "a ticket is good once"
        code, state = await browser.leave()
        assert "ticket" in await browser.back(code, state)
        fresh = await browser.leave()
        assert await browser.back(code, fresh[1]) == {"error": "sso_failed"}, "a replayed code"
        browser.kit.at(utc_now() + timedelta(minutes=5))
        await sweep(browser.kit.deps)
        assert await browser.back(code, state) == {"error": "sso_state"}, "a used state is not forgotten before its time"
        browser.kit.at(utc_now())
        late = await browser.leave()
        browser.kit.at(utc_now() + timedelta(minutes=11))
        assert await browser.back(*late) == {"error": "sso_state"}


@pytest.mark.feature("JX-01")
async def test_single_sign_on_to_a_disabled_account_is_refused(parts: Any) -> None:
    async with a_province(parts) as browser:
        admin = browser.kit.as_(an_administrator())
        arrived = await browser.arrive()
        [found] = (await admin.post("/students/search", {"q": "学生1"})).json["items"]
        account = (await admin.get(f"/students/{found['id']}")).json["account_id"]
        assert (await admin.post(f"/accounts/{account}/disable", {"reason": "冒用"})).status == 204
        assert (await browser.enter(arrived["ticket"])).code == "sso_state"


async def test_an_unknown_provider_and_one_that_is_down_are_refused(parts: Any) -> None:
    async with a_province(parts) as browser:
        assert (await browser.get("/sso/mars/start")).status == 404
        assert (await browser.get("/sso/mars/callback", code="x", state="y")).status == 404
        browser.cloud.issuer = "http://127.0.0.1:9/other"
        assert (await browser.get("/sso/jxedu/start")).code == "sso_failed"


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "http://cloud.example"},
        {"issuer": "http://127.0.0.1.evil.example"},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"algorithms": []},
        {"id": "../x"},
    ],
    ids=str,
)
def test_insecure_provider_settings_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SsoProvider.model_validate(Cloud(issuer="https://cloud.example").provider() | changed)


@pytest.mark.feature("L-17", "L-01")
async def test_a_slip_for_an_account_that_was_used_from_the_education_cloud_begins_anew(parts: Any) -> None:
    async with a_province(parts) as browser:
        kit = browser.kit
        session = await browser.enter((await browser.arrive())["ticket"])
        eid = session.json["account"]["username"]
        await with_token(kit, session).post("/cards/own", {"name": "学生1", "id_number": an_id_number(1)})
        slip = (await slips_of(kit, "students"))[eid]
        helped = await signed_in_with_password(kit, eid, slip)
        actor = kit.running.verifier.verify(helped.json["access_token"], kit.deps.now()).actor
        assert actor is not None
        assert actor.held_since is not None, "it had no password, but its holder had used it"
