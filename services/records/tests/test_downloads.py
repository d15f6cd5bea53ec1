"""One-time addresses: what WebViews may repeat, and what nobody else gets out of an address (L-19)."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from records.app import SERVICE
from servicekit.auth import note_revoked
from servicekit.downloads import tickets
from servicekit.ids import new_id, utc_now
from servicekit.redaction import redacted
from servicekit.testing import Answer, Caller, Kit, a_service, an_actor, token

from .builders import CLASS, a_school

WEBVIEW = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def asked(by: Caller, file_id: str) -> str:
    """The path of a one-time address, as the service sees it behind the gateway."""
    answer = await by.post(f"/evidence/{file_id}/address")
    assert answer.status == 200, answer.body
    assert answer.json["name"] == "图片1.png"
    path = urlsplit(answer.json["url"]).path
    assert path.startswith("/api/records/downloads/")
    return path.removeprefix("/api/records")


async def fetched(kit: Kit, path: str, *, source: str = "203.0.113.7", method: str = "GET", **headers: str) -> Answer:
    """What somebody without a token gets at this address."""
    return await kit.anonymous.call(method, path, X_Real_Ip=source, **headers)


@pytest.mark.feature("L-19")
async def test_a_webview_downloads_without_a_header_and_its_download_manager_once_more(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        [file] = (await school.submitted())["evidence"]
        path = await asked(school.teacher, file["evidence_id"])
        for _ in range(3):
            head = await fetched(kit, path, method="HEAD")
            assert (head.status, head.headers["Content-Length"], head.body) == (200, str(file["size"]), b"")
        engine = await fetched(kit, path, **WEBVIEW)
        assert (engine.status, len(engine.body)) == (200, file["size"])
        named = f"attachment; filename=\"1.png\"; filename*=UTF-8''{quote('图片1.png')}"
        expected = {
            "Content-Type": "image/png", "Content-Disposition": named, "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'",
        }  # fmt: skip
        assert {name: engine.headers[name] for name in expected} == expected
        manager = await fetched(kit, path)
        assert manager.body == engine.body
        rest = await fetched(kit, path, Range="bytes=10-")
        assert (rest.status, rest.body) == (206, engine.body[10:]), "goes on after an interruption"
        assert rest.headers["Content-Range"] == f"bytes 10-{file['size'] - 1}/{file['size']}"
        assert (await fetched(kit, path)).status == 200
        fifth = await fetched(kit, path)
        assert (fifth.status, fifth.code) == (410, "download_ended")


@pytest.mark.feature("L-19")
async def test_an_address_in_other_hands_is_worth_nothing_once_it_was_used(parts: Any, monkeypatch: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        [file] = (await school.submitted())["evidence"]
        path = await asked(school.student, file["evidence_id"])
        assert (await school.mate.post(f"/evidence/{file['evidence_id']}/address")).code == "not_found"
        assert (await kit.anonymous.post(f"/evidence/{file['evidence_id']}/address")).code == "unauthenticated"
        assert (await fetched(kit, path)).status == 200
        assert (await fetched(kit, path, source="198.51.100.9")).code == "download_ended", "from elsewhere"
        phone = await asked(school.student, file["evidence_id"])
        assert (await fetched(kit, phone, source="2001:db8:1:2::1")).status == 200
        assert (await fetched(kit, phone, source="2001:db8:1:2:ffff::2")).status == 200, "the same phone, another address"
        assert (await fetched(kit, phone, source="2001:db8:1:3::1")).code == "download_ended"

        monkeypatch.setattr(tickets, "REPEAT_SECONDS", 0)
        once = await asked(school.student, file["evidence_id"])
        assert (await fetched(kit, once)).status == 200
        assert (await fetched(kit, once)).code == "download_ended", "repeated too late"
        page = await fetched(kit, once, **WEBVIEW)
        assert (page.status, page.headers["Content-Type"]) == (410, "text/html; charset=utf-8")
        assert "请返回上一页，重新点击下载" in page.body.decode(), "a WebView has left the page that could tell it"

        monkeypatch.setattr(tickets, "SECONDS", -1)
        assert (await fetched(kit, await asked(school.student, file["evidence_id"]))).code == "download_ended", "too late"


@pytest.mark.feature("L-19")
async def test_a_guessed_or_altered_address_downloads_nothing(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        [file] = (await school.submitted())["evidence"]
        path = await asked(school.student, file["evidence_id"])
        other = await asked(school.teacher, file["evidence_id"])
        for wrong in (
            "/downloads/x",
            "/downloads/" + "A" * 400,
            path[:-4],
            path[:60] + other[60:],
            path + "AAAA",
            "/downloads/％",
        ):
            assert (await fetched(kit, wrong)).code == "not_found", wrong
        assert (await fetched(kit, "/downloads/" + "A" * 7000)).code == "not_found"
        assert (await fetched(kit, path, method="POST")).code == "method_not_allowed"
        assert (await fetched(kit, path)).status == 200, "guesses have not used it up"


@pytest.mark.feature("L-19")
async def test_addresses_end_with_the_session_the_card_and_the_account_that_asked(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        [file] = (await school.submitted())["evidence"]
        for ends in ("session", "card_id", "account_id"):
            session, parent = new_id(), an_actor("guardian", CLASS, students=(school.student_id,))
            mine = Caller(kit.client, token(parent, sid=str(session)))
            before, again = [await asked(mine, file["evidence_id"]) for _ in range(2)]
            assert (await fetched(kit, before)).status == 200
            ended = session if ends == "session" else getattr(parent, ends)
            async with kit.deps.db.transaction() as tx:
                await note_revoked(tx, ended, utc_now() + timedelta(milliseconds=1))
            await kit.running.verifier.refresh(kit.deps.db)
            for path in (before, again):
                assert (await fetched(kit, path)).code == "unauthenticated", f"{ends} ended"


@pytest.mark.feature("L-19", "X-08")
async def test_what_is_stored_and_logged_of_a_download_tells_neither_address_nor_account(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        [file] = (await school.submitted())["evidence"]
        parent = an_actor("guardian", CLASS, students=(school.student_id,))
        path = await asked(kit.as_(parent), file["evidence_id"])
        async with kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM used_downloads") == 0, "nothing is stored when it is issued"
            assert await tx.fetchval("SELECT relpersistence FROM pg_class WHERE relname = 'used_downloads'") == b"u"
        await fetched(kit, path)
        async with kit.deps.db.reading() as tx:
            stored = str(await tx.fetch("SELECT * FROM used_downloads"))
        secret = path.rpartition("/")[2]
        for private in (secret, "203.0.113.7", str(parent.account_id), file["evidence_id"]):
            assert private not in stored
        assert secret not in redacted(f"fault GET https://x/api/records{path} 500"), "no token in a log line"
        async with kit.deps.db.reading() as tx:
            await tx.execute("UPDATE used_downloads SET expires_at = now() - interval '1 second'")
            await tickets.sweep(kit.deps.db)
            assert await tx.fetchval("SELECT count(*) FROM used_downloads") == 0
