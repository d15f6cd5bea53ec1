"""What anybody may ask: the page behind the QR code, fingerprints, roots and keys (X-10)."""

import base64
import hashlib
import re
from typing import Any

import aiohttp
import pytest
from archive.api.page import CONTENT_SECURITY_POLICY
from proof import KeySet, Verdict, examine
from servicekit.ids import new_id

from .school import a_school, a_snapshot


@pytest.mark.feature("X-10")
async def test_anybody_verifies_an_archive_by_code_by_file_and_by_root_without_learning_more(parts: Any) -> None:
    async with a_school(parts, pupils=1) as school:
        await school.clear([a_snapshot(school.term, school.students[0], title="<script>alert(1)</script>")])
        await school.close(entries=1)
        await school.evaluate_all()
        nobody = school.kit.anonymous
        assert (await nobody.get(f"/roots/{school.term.term_id}")).code == "not_found"
        made = await school.seal()
        archive = await school.archive_of()
        code, name = archive["code"], school.students[0].name

        typed = code.replace("-", " ").lower().replace("0", "o").replace("1", "l")
        response = (await nobody.get(f"/verification/{typed}")).json
        assert (response["genuine"], response["student"], response["superseded"]) == (True, "王**", False)
        assert (response["root"], response["pdf_sha256"]) == (made["root"], archive["pdf_sha256"])
        assert name not in str(response)
        assert (await nobody.get("/verification/AAAA-AAAA-AAAA-AAAA-AAAA")).code == "not_found"

        page = await nobody.get(f"/verify/{code}")
        html = page.body.decode()
        assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        for shown in (
            "真实有效",
            "王**",
            "南昌市东湖实验中学",
            "2026-2027学年第一学期",
            "学期档案",
            response["root"],
            response["pdf_sha256"],
        ):
            assert shown in html, shown
        assert name not in html
        assert "2027 年 1 月 21 日 09:00" in html
        unknown = await nobody.get("/verify/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        assert unknown.status == 404
        assert "没有找到这份档案" in unknown.body.decode()
        assert "<script>alert" not in unknown.body.decode()
        assert (await nobody.get("/verify")).status == 200
        assert (await nobody.get("/verify", code=code)).body == page.body
        assert page.headers["Content-Security-Policy"] == unknown.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        for tag, rule in (("style", "style-src"), ("script", "script-src")):
            inside = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.S)
            assert inside is not None
            digest = base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()
            assert f"{rule} 'sha256-{digest}'" in CONTENT_SECURITY_POLICY
        assert not re.search(r"(?:src|href)=['\"](?:https?:)?//", html)

        data = await school.object(archive)
        sha256 = hashlib.sha256(data).hexdigest()
        known = (await nobody.post("/verification", {"sha256": sha256.upper()})).json
        assert (known["known"], known["format"], known["archive"]["code"]) == (True, "pdf", code)
        signed = hashlib.sha256(await school.object(archive, "json")).hexdigest()
        assert (await nobody.post("/verification", {"sha256": signed})).json["format"] == "json"
        other = hashlib.sha256(data + b" ").hexdigest()
        assert (await nobody.post("/verification", {"sha256": other})).json == {"known": False, "format": None, "archive": None}
        assert (await nobody.post("/verification", {"sha256": "xyz"})).code == "invalid_input"

        root = (await nobody.get(f"/roots/{school.term.term_id}")).json
        assert (root["root"], root["archives"]) == (made["root"], 1)
        keys = (await nobody.get("/keys")).json
        assert keys == root["keys"]
        assert "d" not in keys["keys"][0]
        assert examine(data, KeySet.from_jwks(keys), root["root"]).verdict is Verdict.GENUINE
        assert examine(data[:-9] + b" " + data[-8:], KeySet.from_jwks(keys)).verdict is not Verdict.GENUINE


@pytest.mark.feature("X-10", "JX-13")
async def test_an_archive_is_fetched_by_its_own_and_looks_absent_to_others(parts: Any) -> None:
    async with a_school(parts, pupils=2) as school:
        await school.close()
        await school.evaluate_all()
        await school.seal()
        archive = await school.archive_of(0)
        url = f"/archives/{archive['id']}/address"
        given = (await school.guardian(0).get(url)).json
        assert given["name"] == f"学期档案-{school.students[0].name}-2026-2027学年第一学期.pdf"
        fetched = await fetch(given["url"])
        assert hashlib.sha256(fetched[0]).hexdigest() == archive["pdf_sha256"]
        assert "attachment" in fetched[1]
        signed = (await school.teacher().get(url, format="json")).json
        assert hashlib.sha256((await fetch(signed["url"]))[0]).hexdigest() == archive["json_sha256"]
        for other in (school.student(1), school.teacher(school.students[1].path), school.stranger):
            assert (await other.get(url)).code == "not_found"
            assert (await other.get(f"/archives/{archive['id']}")).code == "not_found"
            mine = (await other.get("/archives", student_id=school.students[0].student_id)).json
            assert mine == {"items": [], "next": None}
        assert len((await school.admin.get("/archives", term_id=school.term.term_id)).json["items"]) == 2
        assert (await school.admin.get(f"/archives/{new_id()}")).code == "not_found"
        assert (await school.kit.anonymous.get(url)).code == "unauthenticated"
        assert (await school.admin.get("/archives", cursor="x")).code == "malformed"
        assert (await school.admin.get(url, format="doc")).code == "invalid_input"


async def fetch(url: str) -> tuple[bytes, str]:
    """Download as a browser would."""
    async with aiohttp.ClientSession() as web, web.get(url) as answer:
        assert answer.status == 200
        return await answer.read(), answer.headers["Content-Disposition"]
