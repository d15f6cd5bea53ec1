"""What anybody may ask: the page behind the QR code, fingerprints, roots and keys (X-10)."""

import hashlib
import io
import re
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from archive.api import page
from archive.api.page import CONTENT_SECURITY_POLICY
from archive.domain.verification import Found
from archive.views.verification import NewerView, VerificationView
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

        shown_page = await nobody.get(f"/verify/{code}")
        html = shown_page.body.decode()
        assert (shown_page.status, shown_page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
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
        assert (await nobody.get("/verify", code=code)).body == shown_page.body
        assert (
            shown_page.headers["Content-Security-Policy"]
            == unknown.headers["Content-Security-Policy"]
            == CONTENT_SECURITY_POLICY
        )
        assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY
        assert not re.search(r"<style|<script>|style=|\son\w+=", html), "nothing stands inline"
        assets = re.findall(r'(?:href|src)="(/verify/assets/[^"]+)"', html)
        assert len(assets) == 2
        for asset in assets:
            served = await nobody.get(asset)
            assert (served.status, "immutable" in served.headers["Cache-Control"]) == (200, True)
            assert hashlib.sha256(served.body).hexdigest()[:12] in asset
        assert (await nobody.get("/verify/assets/page.css")).code == "not_found"
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


async def _send(school: Any, data: bytes, name: str = "档案.pdf") -> tuple[int, str]:
    """Send a file as a browser without a script does; status and page."""
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(data), filename=name, content_type="application/pdf")
    async with school.kit.client.post("/verification/file", data=form) as answer:
        assert answer.headers["Content-Type"].startswith("text/html"), await answer.text()
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        return answer.status, await answer.text()


@pytest.mark.feature("X-10")
async def test_a_browser_without_a_script_sends_the_file_and_reads_in_plain_words_what_it_is(parts: Any) -> None:
    async with a_school(parts, pupils=1) as school:
        await school.close()
        await school.evaluate_all()
        await school.seal()
        archive = await school.archive_of()
        name = school.students[0].name
        pdf, signed = await school.object(archive), await school.object(archive, "json")
        for original in (pdf, signed):
            assert "真实有效" in (await _send(school, original))[1]
        altered = (await _send(school, signed.replace(name.encode(), "李大力".encode())))[1]
        assert "文件被改动过" in altered
        assert archive["code"] in altered
        assert "文件被改动过" in (await _send(school, pdf + b"%"))[1]
        forged = signed.replace(archive["code"].encode(), b"AAAA-AAAA-AAAA-AAAA-AAAA")
        foreign = (await _send(school, forged))[1]
        assert ("伪造的文件" in foreign, "AAAA-AAAA-AAAA-AAAA-AAAA" in foreign) == (True, True)
        assert "文件不完整" in (await _send(school, pdf[:-2000]))[1]
        assert "不是签发的原件" in (await _send(school, b"%PDF-1.7 something else %%EOF"))[1]
        assert "不是签发的原件" in (await _send(school, b'{"content": {"code": "<script>alert(1)</script>"}}'))[1]
        assert (await _send(school, b""))[0] == 400
        assert (await _send(school, b"x" * (4 * 1024 * 1024 + 1)))[0] == 400
        for text in (altered, foreign):
            assert name not in text
        assert (await school.kit.anonymous.post("/verification/file", {})).code == "unsupported_media"


@pytest.mark.feature("X-10", "JX-15")
def test_each_kind_of_result_has_its_own_badge_and_one_main_heading() -> None:
    view = VerificationView(
        code="7K3M-Q9TX-HW4D-2VRP-N8CE", kind="term", document="综合素质评价学期档案", school="澄湖县第一中学",
        stage="高中", term="2026-2027学年第一学期", student="陈**", former_name=None,
        document_no="JX-1", version=1, backfilled=False, superseded=False, superseded_by=None,
        sealed_at=datetime(2027, 1, 19, tzinfo=UTC), pdf_sha256="0" * 64, json_sha256="1" * 64, root="2" * 64,
        archives_under_root=3, key_id="key",
    )  # fmt: skip
    newer = NewerView(version=2, code="AAAA-AAAA-AAAA-AAAA-AAAA", sealed_at=None)
    pages = {
        "issued": page.found(view, "Asia/Shanghai"),
        "backfilled": page.found(view.model_copy(update={"backfilled": True}), "Asia/Shanghai"),
        "superseded": page.found(view.model_copy(update={"superseded": True, "superseded_by": newer}), "Asia/Shanghai"),
        "forged": page.unknown("<b>x</b>"),
        "ask": page.asking(),
    }
    for state, html in pages.items():
        assert f'<main id="main" class="{state}">' in html
        assert html.count("<h1>") == 1
        assert '<html lang="zh-CN">' in html
    assert "由转入学校补录" in pages["backfilled"]
    assert "已被第 2 版取代" in pages["superseded"]
    assert "&lt;b&gt;x&lt;/b&gt;" in pages["forged"]
    assert page.judged(Found("forged", "AAAA"), None, "Asia/Shanghai").count("<h1>") == 1
