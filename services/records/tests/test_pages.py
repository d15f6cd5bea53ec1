"""Pictures of the pages of PDFs: who sees them, what they look like, and that none is made twice (JX-03)."""

import asyncio
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import aiohttp
import pikepdf
import pytest
from PIL import Image
from records.app import SERVICE
from servicekit.files import Files, StoredObject, compare
from servicekit.files.pages import Pages
from servicekit.testing import Caller, Kit, a_service

from .builders import a_report, a_school, upload

A4, LYING, STRIP = (595, 842), (842, 595), (100, 14000)


def a_pdf(*sizes: tuple[int, int]) -> bytes:
    """A PDF with pages of these sizes in points, each red in its upper half."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for across, down in sizes:
            pdf.add_blank_page(page_size=(across, down))
            red = f"1 0 0 rg 0 {down / 2} {across} {down / 2} re f".encode()
            pdf.pages[-1].Contents = pdf.make_stream(red)
        pdf.save(out)
    return out.getvalue()


async def a_record_with(school: Any, data: bytes) -> str:
    """The id of a PDF that proves a submitted record."""
    file_id = await upload(school.student, data, name="证明.pdf", media_type="application/pdf")
    made = await school.student.post("/records", a_report(school.term_id, evidence=[file_id]) | {"submit": True})
    assert made.status == 201, made.json
    return file_id


async def picture(by: Caller, file_id: str, page: int, width: int = 800) -> Image.Image:
    """The picture of a page, as it is told and as it is stored."""
    answer = await by.get(f"/evidence/{file_id}/pages/{page}", width=width)
    assert answer.status == 200, answer.json
    async with aiohttp.ClientSession() as session, session.get(answer.json["url"]) as fetched:
        assert (fetched.status, fetched.headers["Content-Type"]) == (200, "image/webp")
        assert fetched.headers["Content-Disposition"].startswith("inline")
        image = Image.open(io.BytesIO(await fetched.read()))
    assert (image.format, image.size) == ("WEBP", (answer.json["width"], answer.json["height"])), "no layout jumps"
    return image


def drawings(monkeypatch: Any, *files: Files) -> list[tuple[int, int, int]]:
    """First page, last page and width of whatever is drawn from now on."""
    drawn = list[tuple[int, int, int]]()
    for one in files:
        draw = one.pages.inspector.draw

        async def noted(data: bytes, first: int, last: int, width: int, draw: Any = draw) -> list[bytes]:
            drawn.append((first, last, width))
            pictures: list[bytes] = await draw(data, first, last, width)
            return pictures

        monkeypatch.setattr(one.pages.inspector, "draw", noted)
    return drawn


def another_process(kit: Kit) -> Files:
    """The files of the same service in another process."""
    files: Files = kit.deps.files
    return Files(files.db, files.storage, files.bucket, files.public_bucket)


@pytest.mark.feature("JX-03")
async def test_a_viewer_gets_the_sizes_first_and_each_page_as_a_picture_for_its_width(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        file_id = await a_record_with(school, a_pdf(A4, LYING, STRIP))
        record = (await school.teacher.get("/records")).json["items"][0]
        [file] = (await school.teacher.get(f"/records/{record['id']}")).json["evidence"]
        shown = ("number", "name", "media_type", "width", "height", "pages", "preview")
        assert [file[key] for key in shown] == [1, "文件1.pdf", "application/pdf", 1600, 2264, 3, True]
        pages = (await school.teacher.get(f"/evidence/{file_id}/pages")).json
        sizes = [(page["page"], page["width"], page["height"]) for page in pages["drawn"]]
        assert (pages["pages"], sizes) == (3, [(1, 1600, 2264), (2, 1600, 1131), (3, 46, 6400)])
        assert (await picture(school.teacher, file_id, 1)).size == (800, 1132)
        for viewer, width in ((375, 800), (800, 800), (1125, 1600), (3000, 1600)):
            assert (await picture(school.teacher, file_id, 2, viewer)).size == (width, round(width * 595 / 842))
        upper = (await picture(school.student, file_id, 3, 1600)).convert("RGB").getpixel((20, 100))
        assert isinstance(upper, tuple)
        assert upper[0] > 200 > 60 > upper[2]


@pytest.mark.feature("JX-03")
async def test_whoever_may_not_have_the_file_gets_neither_its_pages_nor_their_number(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        file_id = await a_record_with(school, a_pdf(A4))
        photo = (await school.submitted(school.mate))["evidence"][0]
        assert (photo["number"], photo["pages"], photo["width"] > 0) == (1, None, True)
        for path in (f"/evidence/{file_id}/pages", f"/evidence/{file_id}/pages/1"):
            for who in (school.mate, school.next_teacher, school.stranger):
                assert (await who.get(path)).code == "not_found"
            assert (await kit.anonymous.get(path)).code == "unauthenticated"
            assert (await school.guardian.get(path)).status == 200
        for page in (0, 2, -1):
            assert (await school.teacher.get(f"/evidence/{file_id}/pages/{page}")).code == "not_found"
        assert (await school.teacher.get(f"/evidence/{file_id}/pages/1", width=99999)).code == "invalid_input"
        assert (await school.teacher.get(f"/evidence/{photo['evidence_id']}/pages")).code == "no_pages"


@pytest.mark.feature("JX-03")
async def test_no_picture_is_made_twice_by_any_process_whoever_asks_and_however_often(parts: Any, monkeypatch: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        other = another_process(kit)
        drawn = drawings(monkeypatch, kit.deps.files, other)
        file_id = await a_record_with(school, a_pdf(*[A4] * 7))
        asked = [school.teacher.get(f"/evidence/{file_id}/pages/{page}") for page in (1, 2, 3, 5, 6, 7, 2) for _ in "12"]
        assert {answer.status for answer in await asyncio.gather(*asked)} == {200}
        assert sorted(drawn) == [(1, 1, 800), (2, 5, 800), (6, 9, 800)]
        async with kit.deps.db.reading() as tx:
            key = await tx.fetchval("SELECT object_key FROM files WHERE id = $1", UUID(file_id))
            await tx.execute("DELETE FROM page_pictures WHERE block = 2")
        drawn.clear()
        source = StoredObject(other.bucket, key, "文件1.pdf", "application/pdf")
        both: tuple[Pages, Pages] = (other.pages, kit.deps.files.pages)
        await asyncio.gather(*(pages.picture(source, 6, 800) for pages in both))
        await other.pages.picture(source, 2, 800)
        assert drawn == [(6, 9, 800)], "one process draws, the other waits"
        await other.close()


@pytest.mark.feature("JX-03")
async def test_a_page_that_cannot_be_drawn_is_tried_once_and_a_fault_of_the_storage_again(parts: Any, monkeypatch: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        file_id = await a_record_with(school, a_pdf(A4))
        files: Files = kit.deps.files
        write, tried = files.storage.write, list[str]()

        async def broken(bucket: str, key: str, data: bytes, media_type: str) -> None:
            tried.append(key)
            raise OSError("storage: away")

        monkeypatch.setattr(files.storage, "write", broken)
        assert (await school.teacher.get(f"/evidence/{file_id}/pages/1")).code == "busy"
        monkeypatch.setattr(files.storage, "write", write)
        assert len(tried) == 1
        await picture(school.teacher, file_id, 1)

        async with kit.deps.db.reading() as tx:
            key = await tx.fetchval("SELECT object_key FROM files WHERE id = $1", UUID(file_id))
        await files.storage.write(files.bucket, key, b"%PDF-1.7 broken since", "application/pdf")
        drawn = drawings(monkeypatch, files)
        for _ in range(3):
            refused = await school.teacher.get(f"/evidence/{file_id}/pages/1", width=1600)
            assert (refused.code, refused.json["detail"]) == ("no_pages", "此页无法显示，请下载后查看")
        assert len(drawn) == 1, "a file on which the drawing fails costs that once"


@pytest.mark.feature("JX-03")
async def test_pictures_of_pages_stay_as_long_as_their_file(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        files: Files = kit.deps.files
        file_id = await upload(school.student, a_pdf(A4, A4), name="证明.pdf", media_type="application/pdf")
        for page in (1, 2):
            await picture(school.student, file_id, page)
        async with kit.deps.db.reading() as tx:
            key = await tx.fetchval("SELECT object_key FROM files WHERE id = $1", UUID(file_id))

        async def pictures() -> list[str]:
            return [one for one, _ in await files.storage.keys(files.bucket, "", 1000) if one.startswith(f"pages/{key}/")]

        assert await pictures() == [f"pages/{key}/800-{page}.webp" for page in (1, 2)]
        await compare(files, files.bucket, "", min_age=timedelta(0))
        assert len(await pictures()) == 2, "known to the comparison of storage and rows"
        async with kit.deps.db.reading() as tx:
            await tx.execute("UPDATE files SET expires_at = now() - interval '1 minute' WHERE id = $1", UUID(file_id))
        await files.sweep()
        assert await pictures() == []
        async with kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM page_sets WHERE object_key = $1", key) == 0


@pytest.mark.feature("JX-03")
async def test_a_very_long_pdf_is_counted_whole_and_drawn_as_far_as_anybody_reads(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        file_id = await a_record_with(school, a_pdf(*[A4] * 230))
        pages = (await school.teacher.get(f"/evidence/{file_id}/pages")).json
        assert (pages["pages"], len(pages["drawn"])) == (230, 200)
        await picture(school.teacher, file_id, 200)
        beyond = await school.teacher.get(f"/evidence/{file_id}/pages/201")
        assert (beyond.code, beyond.json["detail"]) == ("not_found", "只显示前 200 页，其余请下载查看")
