"""Evidence between upload and record: only what was checked counts, nobody swaps it, nothing is left lying about (JX-03)."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
import pikepdf
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
        wanted = {"name": "证明.png", "media_type": "image/png", "size": 200}
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
        assert await sent(offer["url"], offer["fields"], another_picture()) < 300, "the offer is good for five minutes"
        assert (await school.student.post(f"/evidence/{offer['file_id']}/completion")).json == kept.json
        url = f"/evidence/{offer['file_id']}/address"
        stored = await fetched(school.student, url)
        assert (len(stored), pixels(stored)) == (kept.json["size"], pixels(a_picture()))
        assert (await school.student.get(url, original="true")).code == "not_found", "it was neither signed nor sealed"
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


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


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


def a_case(name: str) -> bytes:
    return (Path("tests/cases") / name).read_bytes()


def a_photo_with_author() -> bytes:
    return a_case("photo_with_position_and_author.jpg")


async def as_before(kit: Kit, file_id: str, data: bytes, media_type: str) -> None:
    """The file as the release before stored it: the upload itself, and for others the same or a picture without metadata."""
    files: Files = kit.deps.files
    async with kit.deps.db.reading() as tx:
        row = await tx.fetchrow(
            "UPDATE files SET cleaned_at = NULL, name = '李四拍的.jpg', media_type = $2 WHERE id = $1 "
            "RETURNING bucket, object_key",
            UUID(file_id), media_type,
        )  # fmt: skip
    for bucket in (row["bucket"], str(files.public_bucket)):
        await files.storage.write(bucket, row["object_key"], data, media_type)


@pytest.mark.feature("L-16")
async def test_files_of_the_release_before_are_cleaned_by_the_job_and_before_they_are_shown(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record = await school.submitted()
        [kept] = record["evidence"]
        file_id, url = kept["evidence_id"], f"/evidence/{kept['evidence_id']}/address"
        await as_before(kit, file_id, a_photo_with_author(), "image/jpeg")
        seen = await fetched(school.teacher, url)
        assert b"Invented" in a_photo_with_author()
        assert b"Invented" not in seen, "cleaned before it was shown"

        await as_before(kit, file_id, a_photo_with_author(), "image/jpeg")
        files: Files = kit.deps.files
        assert await files.clean_old() == 1
        assert await files.clean_old() == 0
        assert b"Invented" not in await files.storage.read(str(files.public_bucket), kept["public_key"])
        async with kit.deps.db.reading() as tx:
            row = await tx.fetchrow("SELECT name, size, proof_key FROM files WHERE id = $1", UUID(file_id))
        assert (row["name"], row["proof_key"]) == ("图片1.jpg", None)

        await as_before(kit, file_id, a_case("script_in_a_link.pdf"), "application/pdf")
        drawn = await fetched(school.teacher, url)
        assert drawn.startswith(b"%PDF-")
        assert b"JavaScript" not in drawn, "accepted once, refused today: its pages as pictures"

        await as_before(kit, file_id, b"nothing at all", "application/pdf")
        assert (await school.teacher.get(url)).code == "not_found", "what cannot be cleaned is shown to nobody"
        async with kit.deps.db.reading() as tx:
            row = await tx.fetchrow("SELECT state, bucket, object_key FROM files WHERE id = $1", UUID(file_id))
        assert row["state"] == "refused"
        assert await files.storage.read(row["bucket"], row["object_key"]) == b"nothing at all", "and is not lost"


@pytest.mark.feature("L-16")
async def test_a_signed_pdf_is_kept_for_those_who_may_see_the_record_beside_its_clean_copy(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        files: Files = kit.deps.files
        data, before = a_signed_pdf(), await keys(kit, files.bucket)
        file_id = await upload(school.student, data, name="电子签章.pdf", media_type="application/pdf")
        report = a_report(school.term_id, evidence=[file_id])
        made = (await school.student.post("/records", report | {"submit": True})).json
        assert [file["name"] for file in made["evidence"]] == ["文件1.pdf"]
        url = f"/evidence/{file_id}/address"
        assert b"Invented" not in await fetched(school.teacher, url)
        original = await school.teacher.get(url, original="true")
        async with aiohttp.ClientSession() as session, session.get(original.json["url"]) as answer:
            assert (answer.status, await answer.read()) == (200, data)
        assert (await school.mate.get(url, original="true")).code == "not_found"
        own = await keys(kit, files.bucket) - before
        assert sorted(key.partition("/")[0].rstrip("0123456789") for key in own) == ["", "proof"]
        await compare(files, files.bucket, "", min_age=timedelta(0))
        assert own <= await keys(kit, files.bucket), "it has a row"
        async with kit.deps.db.reading() as tx:
            await tx.execute("UPDATE files SET attached_to = NULL, expires_at = now() - interval '1 minute'")
        await files.sweep()
        assert not own & await keys(kit, files.bucket)


def a_signed_pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        value = pikepdf.Dictionary(
            Type=pikepdf.Name.Sig, Name=pikepdf.String("Invented Author"), ByteRange=pikepdf.Array([0, 1, 2, 3])
        )
        field = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T=pikepdf.String("s"), V=pdf.make_indirect(value))
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([pdf.make_indirect(field)]))
        pdf.save(out)
    return out.getvalue()
