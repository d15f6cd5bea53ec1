"""The growth handbook as a ZIP that opens without the platform (BJ-09)."""

import io
import re
import zipfile
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from archive.actions import handbook_runs
from contracts.base import EvidenceRef
from pydantic import SecretStr
from servicekit.files import Storage
from servicekit.ids import new_id
from servicekit.testing import an_actor

from .school import CLASS, OTHER_CLASS, SCHOOL, School, a_school, a_snapshot


def a_picture(key: str) -> EvidenceRef:
    """A file of a record, under a name that its owner chose."""
    return EvidenceRef(
        evidence_id=new_id(), name="我家 13800000000.jpg", media_type="image/jpeg", size=7, sha256="0" * 64, public_key=key
    )


@pytest.mark.feature("BJ-09", "L-16")
async def test_a_handbook_opens_offline_with_its_archives_and_clean_pictures(parts: Any) -> None:
    async with a_school(parts, pupils=2) as school:
        mine, other = school.students
        keys = [f"clean/{new_id().hex}" for _ in range(3)]
        of_records = parts.s3("records")
        secret = {"s3_access_key": of_records.access_key, "s3_secret_key": SecretStr(of_records.secret_key)}
        writer = Storage(school.kit.deps.settings.model_copy(update=secret))
        for key in keys[:2]:
            await writer.write("zp-evidence-public", key, b"picture", "image/jpeg")
        await school.clear(
            [
                a_snapshot(
                    school.term, mine, title="<script>alert(1)</script>", evidence=(a_picture(keys[0]), a_picture(keys[2]))
                ),
                a_snapshot(school.term, other, title="别人的活动", evidence=(a_picture(keys[1]),)),
            ]
        )
        url = f"/handbooks/{mine.student_id}"
        assert (await school.student().get(url)).code == "not_found", "nothing is sealed yet"
        await school.close(entries=2)
        await school.evaluate_all()
        await school.seal()
        answer = await school.guardian().get(url)
        assert answer.status == 200, answer.body
        with zipfile.ZipFile(io.BytesIO(answer.body)) as book:
            assert book.testzip() is None
            names = book.namelist()
            page = book.read("index.html").decode()
            pdf = book.read(next(name for name in names if name.endswith(".pdf")))
        assert len([name for name in names if name.startswith("材料/")]) == 1
        assert not any(re.search(r'[<>:"\\|?*]', name) for name in names), "Windows takes these names"
        assert pdf.startswith(b"%PDF")
        assert "&lt;script&gt;" in page
        assert "<script" not in page
        assert "http" not in page, "nothing is fetched from elsewhere"
        assert "13800000000" not in "".join(names) + page
        assert "共6个学期，已归档1个" in page
        assert "别人的活动" not in page
        assert other.name not in page
        assert "文件缺失" in page, "the picture that is not there is named"
        links = [unquote(link) for link in re.findall(r'(?:src|href)="([^"]+)"', page)]
        assert links
        assert set(links) <= set(names), "every link of the page leads to a file of the ZIP"
        for stranger in (school.student(1), school.stranger):
            assert (await stranger.get(url)).code == "not_found"
        await handbooks_of_a_grade_are_a_job_for_who_asked(school)


async def handbooks_of_a_grade_are_a_job_for_who_asked(school: School) -> None:
    """A ZIP for each class, made in steps, for a limited time, for nobody else."""
    url, kit, grade = "/handbook-runs", school.kit, {"path": CLASS.rpartition(".")[0]}
    assert (await school.teacher().post(url, {"path": OTHER_CLASS})).code == "not_found"
    assert (await school.guardian().post(url, {"path": CLASS})).code == "forbidden"
    assert (await school.admin.post(url, {"path": SCHOOL})).code == "invalid_input"
    run = (await school.admin.post(url, grade)).json
    assert (run["name"], run["state"], run["students"], run["done"]) == ("高一的生涯档案", "making", 2, 0)
    assert (await school.admin.post(url, grade)).json["id"] == run["id"], "pressed twice"
    one = f"{url}/{run['id']}"
    assert (await school.admin.get(f"{one}/files/0")).code == "wrong_state"
    assert await kit.running.scheduler.once(kit.deps.now())
    assert (await school.admin.get(one)).json["done"] == 1, "a class at a time; the next step is a row of jobs"
    await kit.tick()
    done = (await school.admin.get(one)).json
    assert (done["state"], done["done"], [file["title"] for file in done["files"]]) == (
        "ready",
        2,
        ["高一（1）班", "高一（2）班"],
    )
    for number, who in enumerate(school.students):
        taken = await school.admin.get(f"{one}/files/{number}")
        assert len(taken.body) == done["files"][number]["size"]
        with zipfile.ZipFile(io.BytesIO(taken.body)) as books:
            assert {name.split("/")[0] for name in books.namelist()} == {who.name}
    assert (await school.admin.post(f"{one}/files/0/address")).status == 200
    assert (await school.admin.get(f"{one}/files/2")).code == "not_found"
    for other in (kit.as_(an_actor("administrator", SCHOOL)), school.teacher(), school.stranger):
        assert (await other.get(one)).code == "not_found"
        assert (await other.get(f"{one}/files/0")).code == "not_found"
        assert (await other.get(url)).json["items"] == []
    kit.at(kit.deps.now() + timedelta(days=8))
    assert (await school.admin.get(f"{one}/files/0")).code == "not_found"
    await handbook_runs.sweep(kit.deps)
    assert (await school.admin.get(url)).json["items"] == []
    stored = [key for key, _ in await kit.deps.storage.keys(kit.deps.settings.bucket, "handbooks/", 10)]
    assert not [key for key in stored if key.startswith("handbooks/")]
