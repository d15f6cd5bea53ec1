"""The growth handbook as a ZIP that opens without the platform (BJ-09)."""

import io
import re
import zipfile
from typing import Any

import pytest
from contracts.base import EvidenceRef
from pydantic import SecretStr
from servicekit.files import Storage
from servicekit.ids import new_id

from .school import CLASS, OTHER_CLASS, a_school, a_snapshot


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
        assert "别人的活动" not in page
        assert other.name not in page
        assert "文件缺失" in page, "the picture that is not there is named"
        links = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert links
        assert set(links) <= set(names), "every link of the page leads to a file of the ZIP"
        of_class = await school.teacher().get("/handbooks", path=CLASS)
        with zipfile.ZipFile(io.BytesIO(of_class.body)) as books:
            assert {name.split("/")[0] for name in books.namelist()} == {mine.name}
        for stranger in (school.student(1), school.stranger):
            assert (await stranger.get(url)).code == "not_found"
        assert (await school.teacher().get("/handbooks", path=OTHER_CLASS)).code == "not_found"
        assert (await school.guardian().get("/handbooks", path=CLASS)).code == "forbidden"
