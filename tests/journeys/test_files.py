"""Files as families have them, through the gateway: photos of phones, PDFs, a slow upload, sealed archives as evidence, and
rare names on paper. Whatever others get is a clean copy (L-15, L-16, L-18)."""

import asyncio
import base64
import io
import json
import time
import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aiohttp
import pikepdf
import pytest
import pytest_asyncio
from demo.client import Refused, User
from demo.scale import until
from demo.steps import batches, roster, timetable
from demo.world import Campus, Pupil, World, hours, now
from PIL import Image
from proof import KeySet, Verdict, examine
from stack.parts.gateway import Gateway
from stack.routes import Targets

from demo import sample_files, stories, workbooks
from tests.world.builders import a_record, eligible_entry, second_term
from tests.world.client import Client, connected, refusal_code

CASES = {path.name: path.read_bytes() for path in Path("tests/cases").iterdir() if path.suffix in (".jpg", ".heic", ".pdf")}
SECRETS = (b"Invented", b"INVENTED", b"13800000000", b"Exif\0", "Invented".encode("utf-16-be"))
SLOW_SECONDS = 8


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(world: World) -> AsyncIterator[Client]:
    async with connected(world) as client:
        yield client


async def sent(by: User, offer: dict[str, Any], data: bytes, declared: str) -> None:
    await by.gateway.upload(offer, "file", declared or "application/octet-stream", data)


async def evidence(by: User, name: str, declared: str, data: bytes, uploads: str = "/records/evidence") -> dict[str, Any]:
    """Upload a file that its device calls `declared`; the checked file."""
    offer = await by.post(uploads, {"name": name, "media_type": declared, "size": len(data)})
    await sent(by, offer, data, declared)
    return dict(await by.post(f"{uploads}/{offer['file_id']}/completion"))


async def downloaded(client: Client, by: User, path: str, **query: Any) -> tuple[bytes, str]:
    """The bytes at an address, and the name under which they are saved."""
    answer = await client.ask(None, "GET", (await by.get(path, **query))["url"])
    if answer.status == 404:  # a case's file was stored again meanwhile, so that its date tells nothing (L-17)
        answer = await client.ask(None, "GET", (await by.get(path, **query))["url"])
    assert answer.status == 200, answer.content
    return answer.content, unquote(answer.headers["Content-Disposition"].rpartition("''")[2])


def everything_in(data: bytes) -> bytes:
    """A file's bytes; of a PDF also its unpacked streams."""
    if not data.startswith(b"%PDF-"):
        return data
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(
            out, stream_decode_level=pikepdf.StreamDecodeLevel.generalized, object_stream_mode=pikepdf.ObjectStreamMode.disable
        )
    return data + out.getvalue()


def need_clean(data: bytes) -> None:
    assert not [secret for secret in SECRETS if secret in everything_in(data)]


@pytest.mark.feature("L-15", "L-16")
async def test_a_photo_as_a_phone_makes_it_is_evidence_whatever_the_device_calls_it(client: Client, world: World) -> None:
    campus = world.campuses[0]
    pupil, teacher = campus.school_classes[0].pupils[0], campus.school_classes[0].teacher
    term = (await second_term(campus))["id"]
    photo = CASES["photo_with_position_and_author.jpg"]
    spellings = (
        ("IMG_0001.HEIC", "image/heic", CASES["photo_of_a_phone.heic"]),
        ("IMG_0002.HEIC", "", CASES["photo_of_a_phone.heic"]),
        ("张小明在少年宫.jpg", "image/jpg", CASES["multi_picture.jpg"]),
        ("a.jpg", "IMAGE/JPEG; charset=binary", photo),
        ("b.jpeg", "image/pjpeg", photo[:-2]),
        ("c", "application/octet-stream", photo[:-20]),
    )
    files = [await evidence(pupil.user, name, declared, data) for name, declared, data in spellings]
    assert {file["media_type"] for file in files} == {"image/jpeg"}
    body = a_record(world, term, [file["file_id"] for file in files[:3]])
    record = await pupil.user.post("/records/records", body)
    seen = await teacher.get(f"/records/records/{record['id']}")
    assert [file["name"] for file in seen["evidence"]] == ["图片1.jpg", "图片2.jpg", "图片3.jpg"]
    for number, file in enumerate(files[:3], 1):
        data, name = await downloaded(client, teacher, f"/records/evidence/{file['file_id']}/address")
        assert (name, len(data)) == (f"图片{number}.jpg", file["size"])
        need_clean(data)
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            assert (picture.format, dict(picture.getexif()), getattr(picture, "n_frames", 1)) == ("JPEG", {}, 1)
    with Image.open(
        io.BytesIO((await downloaded(client, teacher, f"/records/evidence/{files[0]['file_id']}/address"))[0])
    ) as one:
        assert one.size == (240, 320), "turned as the phone was held"
    assert await refusal_code(evidence(pupil.user, "a.mp4", "video/mp4", photo)) == "file_refused"
    larger = await pupil.user.post("/records/evidence", {"name": "a.jpg", "media_type": "image/jpeg", "size": len(photo) - 1})
    with pytest.raises(Refused, match="400"):
        await client.world.gateway.request(0, "POST", larger["url"], data=form(larger, photo))


def form(offer: dict[str, Any], data: bytes) -> aiohttp.FormData:
    made = aiohttp.FormData()
    for key, value in offer["fields"].items():
        made.add_field(key, value)
    made.add_field("file", data, filename="file", content_type="image/jpeg")
    return made


@pytest.mark.feature("L-16", "CS-04")
async def test_a_classmate_gets_the_clean_copy_of_a_scan_and_a_script_is_refused(client: Client, world: World) -> None:
    campus = world.campuses[0]
    pupil, mate = campus.school_classes[0].pupils[1:3]
    term = (await second_term(campus))["id"]
    scan = await evidence(pupil.user, "李四的证书.pdf", "application/pdf", CASES["scan_with_author_and_position.pdf"])
    jump = await evidence(pupil.user, "章程.pdf", "application/x-pdf", CASES["opens_at_a_page.pdf"])
    with pytest.raises(Refused) as refused:
        await evidence(pupil.user, "a.pdf", "application/pdf", CASES["script_in_a_link.pdf"])
    assert (refused.value.code, "脚本" in refused.value.problem["detail"]) == ("file_refused", True)
    files = [scan["file_id"], jump["file_id"]]
    body = a_record(world, term, files, submit=False, visibility="class")
    record = await pupil.user.post("/records/records", body)
    shown = next(one for one in (await mate.user.get("/records/shared", circle="class"))["items"] if one["id"] == record["id"])
    assert [file["name"] for file in shown["files"]] == ["文件1.pdf", "文件2.pdf"]
    url = f"/records/shared/{record['id']}/evidence/{scan['file_id']}/address"
    data, name = await downloaded(client, mate.user, url)
    assert name == "文件1.pdf"
    need_clean(data)
    preview, _ = await downloaded(client, mate.user, url, preview="true")
    need_clean(preview)
    mine, _ = await downloaded(client, pupil.user, f"/records/evidence/{scan['file_id']}/address")
    assert mine == data, "there is no other copy"


async def a_term_of_its_own(campus: Campus, opens: Any, closes: Any) -> dict[str, Any]:
    """A term of this file alone; made once, then moved."""
    by = campus.administrator
    for term in await by.everything("/records/terms", path=campus.path):
        if (term["school_year"], term["number"]) == ("2028-2029", 1):
            moved = {"windows": timetable.windows(now() - hours(2), opens, closes), "reason": "公示安排调整"}
            return dict(await by.put(f"/records/terms/{term['id']}/timetable", moved, version=term["version"]))
    body: dict[str, Any] = {
        "path": campus.path, "title": "2028—2029学年第一学期", "school_year": "2028-2029", "number": 1,
        "starts_on": "2028-09-01", "ends_on": "2029-01-20", "windows": timetable.windows(now() - hours(2), opens, closes),
    }  # fmt: skip
    return dict(await by.post("/records/terms", body))


@pytest.mark.feature("L-16", "L-17", "JX-08")
async def test_the_complained_of_gets_a_clean_copy_of_the_complaints_photo(client: Client, world: World) -> None:
    campus = world.campuses[1]
    about, by = campus.school_classes[0].pupils[3:5]
    teacher = campus.school_classes[0].teacher
    term = await a_term_of_its_own(campus, now() + hours(24), now() + hours(48))
    photo = await evidence(about.user, "现场.jpg", "image/jpeg", sample_files.photograph(3, "某人", "活动"))
    record = await about.user.post("/records/records", a_record(world, term["id"], [photo["file_id"]]))
    await teacher.post(f"/records/records/{record['id']}/approval")
    entry = await eligible_entry(about, record["id"])
    await about.user.post("/publicity/selections", {"entry_ids": [entry["entry_id"]]})
    await a_term_of_its_own(campus, now(), now() + hours(24))

    async def shown() -> bool | None:
        return True if await refusal_code(by.user.get("/publicity/board", term_id=term["id"])) == "done" else None

    await until("公示栏开放", shown, seconds=20)
    uploads = "/publicity/case-files"
    secret = await evidence(by.user, "王五拍的.jpg", "image/jpeg", CASES["photo_with_position_and_author.jpg"], uploads)
    scan = await evidence(by.user, "王五.pdf", "application/pdf", CASES["scan_with_author_and_position.pdf"], uploads)
    complaint = {"entry_id": entry["entry_id"], "complaint_type": "untrue", "text": "当天他并没有参加这次活动，请核实。"}
    files = [secret["file_id"], scan["file_id"]]
    case = await by.user.post("/publicity/cases", {**complaint, "files": files})
    for who in (about.user, teacher, campus.administrator):
        named = (await who.get(f"/publicity/cases/{case['case_id']}"))["files"]
        assert sorted(file["name"].rpartition(".")[2] for file in named) == ["jpg", "pdf"]
        assert not [file for file in named if "王五" in file["name"]]
        for file_id in files:
            data, name = await downloaded(client, who, f"{uploads}/{file_id}/address")
            need_clean(data)
            answer = await client.ask(None, "GET", (await who.get(f"{uploads}/{file_id}/address"))["url"])
            assert "Last-Modified" not in answer.headers, "it would tell when the complaint was filed"
            assert name in ("图片1.jpg", "文件2.pdf")


@pytest.mark.feature("L-16", "JX-15")
async def test_a_sealed_term_archive_is_evidence_for_a_backfill_and_can_still_be_verified(client: Client, world: World) -> None:
    campus = world.campuses[1]
    admin, pupil = campus.administrator, campus.pupils[12]
    [archive] = (await campus.pupils[0].user.get("/archive/archives", kind="term", limit=1))["items"]
    sealed, _ = await downloaded(client, campus.pupils[0].user, f"/archive/archives/{archive['id']}/address", format="pdf")
    body = {
        "student_id": pupil.student_id, "school_year": "2025-2026", "number": 2, "from_province": "湖南省",
        "from_school": "长沙市第一中学", "transferred_on": str(now().date()), "starts_on": "2026-02-20",
        "ends_on": "2026-07-05",
    }  # fmt: skip
    begun = await admin.post("/archive/backfills", body)
    file = await evidence(admin, "外省档案.pdf", "application/pdf", sealed, "/archive/backfill-files")
    kind = world.kind("volunteer_service")
    data = stories.fill(world.random, kind, now().date())
    dates = [one["id"] for one in kind["form"]["fields"] if one["type"] == "date"]
    data |= {name: f"2026-04-0{number}" for number, name in enumerate(dates, 1)}
    added = await admin.post(
        f"/archive/backfills/{begun['id']}/records", {"kind": kind["id"], "data": data, "evidence": [file["file_id"]]}
    )
    assert added["records"][0]["evidence"][0]["name"] == "文件1.pdf"
    url = f"/archive/backfills/{begun['id']}/evidence/{file['file_id']}/address"
    copy, name = await downloaded(client, admin, url)
    assert name == "文件1.pdf"
    with pikepdf.open(io.BytesIO(copy)) as pdf:
        assert (len(pdf.attachments), "/Info" in pdf.trailer, "/Metadata" in pdf.Root) == (0, False, False)
    original, _ = await downloaded(client, admin, url, original="true")
    assert original == sealed
    keys = KeySet.from_jwks(json.loads(await world.gateway.fetch(f"{world.gateway.base}/api/archive/keys")))
    assert examine(original, keys).verdict is Verdict.GENUINE
    ordinary = await evidence(pupil.user, "我的档案.pdf", "application/pdf", sealed)
    assert ordinary["media_type"] == "application/pdf", "everywhere, not only here"
    await client.ask(admin, "DELETE", f"/archive/backfills/{begun['id']}", headers={"If-Match": f'"{added["version"]}"'})


@pytest.mark.feature("L-15")
async def test_a_slow_upload_that_makes_progress_succeeds(client: Client, world: World) -> None:
    """A photo on a bad line: some kilobytes now and then. The form stays valid while the gateway lets the request last."""
    pupil = world.campuses[0].pupils[0].user
    photo = sample_files.photograph(78, "某人", "活动")
    offer = await pupil.post("/records/evidence", {"name": "a.jpg", "media_type": "image/jpeg", "size": len(photo)})
    policy = json.loads(base64.b64decode(offer["fields"]["policy"]))
    assert ["content-length-range", 1, len(photo)] in policy["conditions"], "the declared size"
    valid = datetime.fromisoformat(policy["expiration"]) - datetime.fromisoformat(offer["expires_at"])
    limit = Gateway(Path(), 0, 0, Targets()).settings()["entryPoints"]["web"]["transport"]["respondingTimeouts"]["readTimeout"]
    assert f"{valid.total_seconds():.0f}s" == limit, "an upload that begins in time may take as long as the gateway lets it"
    boundary = "slow"
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in offer["fields"].items()
    )
    head += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    whole = head.encode() + photo + f"\r\n--{boundary}--\r\n".encode()
    steps = 2 * SLOW_SECONDS

    async def slowly() -> AsyncIterator[bytes]:
        size = -(-len(whole) // steps)
        for at in range(0, len(whole), size):
            yield whole[at : at + size]
            await asyncio.sleep(SLOW_SECONDS / steps)

    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(len(whole))}
    begun = time.monotonic()
    timeout = aiohttp.ClientTimeout(total=None)
    async with client.http.post(offer["url"], data=slowly(), headers=headers, timeout=timeout) as answer:
        assert (answer.status, time.monotonic() - begun > SLOW_SECONDS * 0.9) == (204, True)
    done = await pupil.post(f"/records/evidence/{offer['file_id']}/completion")
    assert done["media_type"] == "image/jpeg"


async def renamed(campus: Campus, pupil: Pupil, name: str) -> None:
    """The school's roster has another name for a student."""
    form = await batches.template(campus.administrator, "roster", campus.path)
    [row] = [row for row in roster.student_rows(campus.plan) if row["全国学籍号"] == pupil.plan.registry_number]
    book = workbooks.fill(form, {"学生": [row | {"姓名": name}], "教师": []})
    batch = await batches.check(campus.administrator, "roster", campus.path, "改名.xlsx", book)
    assert (batch["state"], batch["problem_count"]) == ("checked", 0), batch
    done = await batches.commit(campus.administrator, batch, "改名.xlsx")
    assert (done["state"], done["changed"]) == ("applied", 1), done


def letters(pdf: bytes) -> str:
    """The text of a PDF, as a reader selects it."""
    import pypdfium2  # type: ignore[import-untyped]

    with pypdfium2.PdfDocument(pdf) as document:
        return "".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.mark.feature("L-18", "L-05")
async def test_a_rare_new_name_is_on_the_slip_and_everywhere_on_the_next_version_of_the_archive(
    client: Client, world: World
) -> None:
    campus = world.campuses[1]
    pupil = campus.pupils[16]
    name, former = "欧阳𬭎\U00030000", pupil.plan.name
    school_class = next(one for one in campus.school_classes if one.path == pupil.path)
    [old] = (await pupil.user.get("/archive/archives", kind="term", term_id=campus.term["id"]))["items"]
    await renamed(campus, pupil, name)
    new_staff = {"name": name, "phone": f"19{uuid.uuid4().int % 10**9:09d}", "role": "subject_teacher", "path": pupil.path}
    await campus.administrator.post("/identity/staff", new_staff)
    slips, _ = await campus.administrator.raw("POST", "/identity/slips", {"path": pupil.path, "audience": "staff"})
    assert name in letters(slips)
    correction = {"reason": "学生依法改名，学籍已更新"}

    async def asked() -> bool | None:
        code = await refusal_code(campus.administrator.post(f"/archive/archives/{old['id']}/correction", correction))
        return True if code == "done" else None

    await until("档案服务知道新姓名", asked, seconds=30)

    async def newer() -> dict[str, Any] | None:
        items = (await pupil.user.get("/archive/archives", kind="term", term_id=campus.term["id"]))["items"]
        return next((dict(item) for item in items if item["version"] == old["version"] + 1), None)

    new = await until("更正后的档案", newer, seconds=60)
    assert (new["student_name"], new["former_name"], old["student_name"]) == (name, former, former)
    pdf, saved = await downloaded(client, pupil.user, f"/archive/archives/{new['id']}/address", format="pdf")
    assert name in saved
    assert {name, former} <= {part for part in (name, former) if part in letters(pdf)}
    signed, _ = await downloaded(client, pupil.user, f"/archive/archives/{new['id']}/address", format="json")
    content = json.loads(signed)["content"]
    assert (content["student"]["name"], content["former_name"]) == (name, former)
    shown = (await client.ask(None, "GET", f"/archive/verification/{new['code']}")).json
    assert (shown["student"][0], shown["former_name"][0]) == (name[0], former[0])
    whole = await client.ask(school_class.teacher, "GET", f"/archive/terms/{campus.term['id']}/bundle")
    assert name.encode() in whole.content
