"""Arriving from the province's education cloud, and everything that must not get in by that door (JX-01)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from identity.actions.chores import sweep
from identity.settings import SsoProvider
from joserfc.jwk import RSAKey
from pydantic import ValidationError
from servicekit.ids import utc_now
from servicekit.testing import Answer, Kit

from .builders import CLASS, Pupil, a_roster, a_tree, an_administrator, an_id_number, an_identity, sign_in, with_token
from .education_cloud import Cloud, a_cloud


@dataclass
class Browser:
    """Somebody's browser: follows the way from one to the other, with its cookie."""

    kit: Kit
    cloud: Cloud
    cookie: str = ""

    async def get(self, path: str, **query: str) -> Answer:
        """Without following where it leads."""
        headers = {"Cookie": f"zp_sso={self.cookie}"} if self.cookie else {}
        async with self.kit.client.get(path, params=query, headers=headers, allow_redirects=False) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def leave(self) -> tuple[str, str]:
        """Start; sign in over there. Returns (code, state)."""
        begun = await self.get("/sso/jxedu/start")
        assert begun.status == 302, begun.body
        cookie = begun.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        self.cookie = cookie.split("=", 1)[1].split(";", 1)[0]
        return self.cloud.signs_in(begun.headers["Location"])

    async def back(self, code: str, state: str, **more: str) -> dict[str, str]:
        """Come back; what the address of the page says after `#`."""
        answer = await self.get("/sso/jxedu/callback", code=code, state=state, **more)
        assert answer.status == 303, answer.body
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).fragment).items()}

    async def arrive(self) -> dict[str, str]:
        """The whole way."""
        return await self.back(*await self.leave())

    async def enter(self, ticket: str) -> Answer:
        """Change a ticket into a session."""
        return await self.kit.anonymous.post("/sessions/ticket", {"ticket": ticket}, Cookie=f"zp_sso={self.cookie}")


@asynccontextmanager
async def a_province(parts: Any, **provider: Any) -> AsyncIterator[Browser]:
    """identity with one school, and the cloud that vouches for its first pupil."""
    async with a_cloud() as cloud, an_identity(parts, sso_providers=[cloud.provider(**provider)]) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1), Pupil(2)))
        cloud.person = {"sub": "cloud-0001", "name": "学生1", "id_number": an_id_number(1)}
        yield Browser(kit, cloud)


@pytest.mark.feature("JX-01")
async def test_a_pupil_arrives_from_the_education_cloud_and_is_known_by_then(parts: Any) -> None:
    async with a_province(parts) as browser:
        kit = browser.kit
        assert (await kit.anonymous.get("/sso")).json["items"] == [{"id": "jxedu", "title": "江西省教育云"}]
        session = await browser.enter((await browser.arrive())["ticket"])
        assert (session.status, session.json["account"]["name"]) == (201, "学生1")
        assert session.json["must_change_password"] is False
        caller = with_token(kit, session)
        taken = await caller.post("/cards/own", {"name": "学生1", "id_number": an_id_number(1)})
        assert [c["path"] for c in taken.json["cards"]] == [CLASS]
        browser.cloud.person = {"sub": "cloud-0001", "name": "改了名"}
        again = await browser.enter((await browser.arrive())["ticket"])
        assert (again.status, again.json["card"]["role"]) == (201, "student"), "the link holds without the ID number"
        renewed = await kit.anonymous.post("/sessions/refresh", {"refresh_token": again.json["refresh_token"]})
        assert renewed.status == 201
        eid = again.json["account"]["username"]
        own = await with_token(kit, again).put("/password", {"new": "Sunny-Day-7"})
        assert own.status == 200, "who came from elsewhere has no old password to prove"
        assert (await sign_in(kit, eid, "Sunny-Day-7")).status == 201
        assert (await with_token(kit, own).put("/password", {"new": "Rainy-Day-8"})).code == "wrong_password"


@pytest.mark.feature("JX-01")
async def test_whom_nobody_here_can_be_matched_to_does_not_get_in(parts: Any) -> None:
    async with a_province(parts) as browser:
        for person in (
            {"sub": "s2", "name": "学生1", "id_number": an_id_number(77)},
            {"sub": "s3", "name": "学生2", "id_number": an_id_number(1)},
            {"sub": "s4", "name": "学生1"},
            {"sub": "s5", "name": "学生1", "id_number": ["x"]},
        ):
            browser.cloud.person = person
            assert await browser.arrive() == {"error": "sso_unmatched"}, person
        browser.cloud.person = {"sub": "s6", "name": "学生1", "id_number": an_id_number(1)}
        assert "ticket" in await browser.arrive()
        browser.cloud.person["sub"] = "s7"
        assert await browser.arrive() == {"error": "sso_unmatched"}, "one account has one subject"


@pytest.mark.feature("JX-01")
async def test_a_provider_that_vouches_for_no_id_number_finds_nobody_by_it(parts: Any) -> None:
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
async def test_a_token_that_is_not_quite_right_opens_nothing(parts: Any) -> None:
    async with a_province(parts) as browser:
        for said, header in BENT:
            browser.cloud.said, browser.cloud.header = said, header
            assert await browser.arrive() == {"error": "sso_failed"}, (said, header)
        browser.cloud.said, browser.cloud.header = {}, {}
        assert "ticket" in await browser.arrive()


@pytest.mark.feature("JX-01")
async def test_a_key_that_is_not_the_providers_opens_nothing_and_a_new_one_of_theirs_does(parts: Any) -> None:
    async with a_province(parts) as browser:
        cloud = browser.cloud
        cloud.published, cloud.key = [cloud.key], RSAKey.generate_key(2048, {"kid": "cloud-1"}, private=True)
        assert await browser.arrive() == {"error": "sso_failed"}
        cloud.published = []
        kept = browser.kit.deps.oidc._kept
        kept.update({url: (at - 11, said) for url, (at, said) in kept.items()})
        assert "ticket" in await browser.arrive()


@pytest.mark.feature("JX-01")
async def test_state_code_and_ticket_are_good_once_and_in_the_browser_that_began(parts: Any) -> None:
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
async def test_a_closed_account_does_not_arrive_either(parts: Any) -> None:
    async with a_province(parts) as browser:
        admin = browser.kit.as_(an_administrator())
        arrived = await browser.arrive()
        [found] = (await admin.get("/students", q="学生1")).json["items"]
        account = (await admin.get(f"/students/{found['id']}")).json["account_id"]
        assert (await admin.post(f"/accounts/{account}/disable", {"reason": "冒用"})).status == 204
        assert (await browser.enter(arrived["ticket"])).code == "sso_state"


async def test_an_unknown_provider_or_one_that_is_down_is_said_so(parts: Any) -> None:
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
def test_settings_that_would_let_anybody_in_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SsoProvider.model_validate(Cloud(issuer="https://cloud.example").provider() | changed)
