"""Evidence between upload and record: only what was checked counts, nobody swaps it, nothing is left lying about (JX-03)."""

import io
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
import pytest
from PIL import Image
from records.actions.evidence import AUDIT, plan_upkeep
from records.app import SERVICE
from servicekit.files import Files, compare
from servicekit.ids import utc_now
from servicekit.testing import Caller, Kit, a_service

from .builders import a_picture, a_report, a_school, upload


async def sent(url: str, fields: dict[str, str], data: bytes, **changed: str) -> int:
    """The status of a POST to storage with these form fields."""
    form = aiohttp.FormData()
    for key, value in (fields | changed).items():
        form.add_field(key, value)
    form.add_field("file", data, filename="证明.png", content_type="image/png")
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
        return answer.status


async def fetched(by: Caller, url: str, **query: Any) -> bytes:
    """What stands at an address that the service gave."""
    url = (await by.get(url, **query)).json["url"]
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Disposition"].startswith("inline" if query else "attachment")
        return await answer.read()


def another_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 30), "green").save(out, "PNG")
    return out.getvalue()


@pytest.mark.feature("JX-03")
async def test_what_was_checked_is_what_stays_and_nobody_puts_anything_else_there(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        wanted = {"name": "证明.png", "media_type": "image/png", "size": 100}
        mine, theirs = [(await who.post("/evidence", wanted)).json for who in (school.student, school.mate)]
        assert (await school.student.post("/evidence", wanted | {"state": "ready"})).code == "invalid_input"
        swapped = await sent(mine["url"], mine["fields"], a_picture(), key=theirs["fields"]["key"])
        assert swapped == 403, "another's key is not in this signature"
        assert await sent(mine["url"], mine["fields"], b"<html></html>" * 9) < 300
        done = f"/evidence/{mine['file_id']}/completion"
        assert (await school.mate.post(done)).code == "not_found"
        refused = await school.student.post(done)
        assert (refused.status, refused.code) == (422, "file_refused")
        assert "text/html" in refused.json["detail"]
        await sent(mine["url"], mine["fields"], a_picture())
        assert (await school.student.post(done)).code == "file_refused", "a refused upload stays refused"

        offer = (await school.student.post("/evidence", wanted)).json
        await sent(offer["url"], offer["fields"], a_picture())
        kept = await school.student.post(f"/evidence/{offer['file_id']}/completion")
        assert kept.json["size"] == len(a_picture())
        assert await sent(offer["url"], offer["fields"], another_picture()) < 300, "the offer is good for five minutes"
        assert (await school.student.post(f"/evidence/{offer['file_id']}/completion")).json == kept.json
        url = f"/evidence/{offer['file_id']}/address"
        assert await fetched(school.student, url) == a_picture()
        with Image.open(io.BytesIO(await fetched(school.student, url, preview="true"))) as image:
            assert image.format == "JPEG"

        report = a_report(school.term_id, evidence=[offer["file_id"]])
        assert (await school.mate.post("/records", report)).code == "file_refused"
        first = (await school.student.post("/records", report)).json
        assert first["evidence"][0]["preview_key"]
        twice = await school.student.post("/records", report)
        assert (twice.code, twice.json["detail"]) == ("file_refused", "此文件已用于其他内容")
        later = {"data": report["data"], "evidence": []}
        await school.student.put(f"/records/{first['id']}", later, If_Match='"1"')
        gone = await school.student.post("/records", report)
        assert (gone.code, gone.json["detail"]) == ("file_refused", "此文件已过期，请重新上传")


async def keys(kit: Kit, bucket: str) -> set[str]:
    files: Files = kit.deps.files
    return {key for key, _ in await files.storage.keys(bucket, "", 1000)}


@pytest.mark.feature("JX-03")
async def test_what_nothing_holds_is_swept_and_what_is_missing_is_told(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        files: Files = kit.deps.files
        bucket, public = files.bucket, str(files.public_bucket)
        before = await keys(kit, bucket), await keys(kit, public)
        record = await school.submitted()
        loose = await upload(school.student)
        existing = await keys(kit, bucket) - before[0], await keys(kit, public) - before[1]
        assert [len(some) for some in existing] == [2, 4]
        async with kit.deps.db.reading() as tx:
            await tx.execute("UPDATE files SET expires_at = now() - interval '1 minute' WHERE id = $1", UUID(loose))
        for _ in range(2):
            await plan_upkeep(kit.deps)
        async with kit.deps.db.reading() as tx:
            planned = await tx.fetch("SELECT what, key FROM due WHERE done_at IS NULL ORDER BY what, key")
        assert [tuple(row) for row in planned] == [(AUDIT, bucket), (AUDIT, public), ("sweep_files", "")]
        await kit.tick(utc_now())
        left = await keys(kit, bucket) - before[0], await keys(kit, public) - before[1]
        assert [len(some) for some in left] == [1, 2], "evidence of the record, its public copy and its preview"
        assert (await school.student.get(f"/evidence/{loose}/address")).code == "not_found"

        [kept] = left[0]
        await files.storage.write(bucket, "in/202601/late.png", a_picture(), "image/png")
        await files.storage.remove(bucket, kept)
        looked = await compare(files, bucket, "")
        assert (kept in looked.missing, "in/202601/late.png" in await keys(kit, bucket)) == (True, True), "a day's grace"
        address = (await school.student.get(f"/evidence/{record['evidence'][0]['evidence_id']}/address")).json["url"]
        assert urlsplit(address).path.endswith(kept)
        await files.storage.remove(bucket, "in/202601/late.png")
