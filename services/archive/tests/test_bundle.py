"""All archives of a class as one ZIP: whole, in scope, taken up again where it broke, small in memory (JX-13, BJ-09)."""

import csv
import hashlib
import io
import json
import tracemalloc
import zipfile
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from contracts.records import RecordVoidedV1
from proof import Verdict, examine
from servicekit.ids import new_id

from .school import BEFORE, CLASS, OTHER_CLASS, SCHOOL, SIGNING, a_school, a_snapshot

GRADE = f"{SCHOOL}.g2025"


@pytest.mark.feature("JX-13", "BJ-09", "X-10")
async def test_a_class_is_taken_away_with_a_list_of_hashes_and_the_newest_versions_only(parts: Any) -> None:
    async with a_school(parts, pupils=3) as school:
        url = f"/terms/{school.term.term_id}/bundle"
        assert (await school.teacher().get(url)).code == "not_found"
        record = a_snapshot(school.term, school.students[0])
        await school.clear([record])
        await school.close(entries=1)
        await school.seal(without_missing=True)
        await school.kit.receive(RecordVoidedV1(record_id=record.record_id, record=record, at=BEFORE, reason="不实"))
        old = await school.archive_of()
        assert (await school.admin.post(f"/archives/{old['id']}/correction", {"reason": "记录已作废"})).status == 202
        await school.kit.tick()

        answer = await school.teacher().get(url)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/zip")
        assert int(answer.headers["Content-Length"]) == len(answer.body)
        again = await school.teacher().get(url)
        assert (again.body, again.headers["ETag"]) == (answer.body, answer.headers["ETag"])
        with zipfile.ZipFile(io.BytesIO(answer.body)) as zipped:
            assert zipped.testzip() is None
            names = [name for name in zipped.namelist() if "/" in name]
            one, two = school.students[0].name, school.students[2].name
            assert sorted(names) == sorted(
                [f"高一（1）班/01-{one}-学期档案-第2版.{e}" for e in ("json", "pdf")]
                + [f"高一（1）班/02-{two}-学期档案.{e}" for e in ("json", "pdf")]
            )
            rows = list(csv.DictReader(io.StringIO(zipped.read("清单.csv").decode("utf-8-sig"))))
            listed = json.loads(zipped.read("manifest.json"))["files"]
            assert [row["文件"] for row in rows] == [item["file"] for item in listed] == names
            for row in rows:
                data = zipped.read(row["文件"])
                assert (hashlib.sha256(data).hexdigest(), str(len(data))) == (row["SHA-256"], row["字节数"])
                assert examine(data, SIGNING.public()).verdict is Verdict.GENUINE

        offered = (await school.teacher().post(f"{url}/address")).json
        path = urlsplit(offered["url"]).path.removeprefix("/api/archive")
        by_address = await school.kit.anonymous.get(path)
        assert (by_address.body, by_address.headers["Content-Type"]) == (answer.body, "application/zip")
        assert by_address.headers["Content-Disposition"] == answer.headers["Content-Disposition"]
        tail = await school.kit.anonymous.call("GET", path, Range=f"bytes={len(answer.body) - 5}-")
        assert (tail.status, tail.body) == (206, answer.body[-5:])
        assert (await school.teacher().post(f"{url}/address?path={OTHER_CLASS}")).code == "not_found"

        middle = len(answer.body) // 2
        rest = await school.teacher().call("GET", url, Range=f"bytes={middle}-", If_Range=answer.headers["ETag"])
        assert (rest.status, rest.headers["Content-Range"]) == (
            206,
            f"bytes {middle}-{len(answer.body) - 1}/{len(answer.body)}",
        )
        assert answer.body[:middle] + rest.body == answer.body
        changed = await school.teacher().call("GET", url, Range=f"bytes={middle}-", If_Range='"another"')
        assert (changed.status, changed.body) == (200, answer.body)
        beyond = await school.teacher().call("GET", url, Range=f"bytes={len(answer.body)}-")
        assert beyond.status == 416

        only = await school.admin.get(url, path=GRADE, format="pdf")
        with zipfile.ZipFile(io.BytesIO(only.body)) as zipped:
            assert len([name for name in zipped.namelist() if name.endswith(".pdf")]) == 3
        assert (await school.admin.get(url)).json["errors"][0]["field"] == "path"
        assert (await school.teacher().get(url, path=OTHER_CLASS)).code == "not_found"
        assert (await school.teacher().get(url, path=GRADE)).code == "not_found"
        assert (await school.stranger.get(url, path=CLASS)).code == "not_found"
        for who in (school.student(), school.guardian()):
            assert (await who.get(url)).code == "forbidden"
        assert (await school.teacher().get(f"/terms/{new_id()}/bundle")).code == "not_found"
        async with school.kit.deps.db.reading() as tx:
            taken = await tx.fetch("SELECT detail FROM audit WHERE what = 'bundle.taken' ORDER BY at, id")
        # whatever was handed out, also where a `Range` asked for it; what was refused is not
        assert [row["detail"]["begin"] for row in taken] == [0, 0, 0, len(answer.body) - 5, middle, 0, 0], (
            "also by a one-time address"
        )


@pytest.mark.feature("JX-13", "BJ-09")
async def test_a_large_bundle_needs_little_memory_and_stops_when_nobody_reads_it(parts: Any) -> None:
    size, many = 2 * 2**20, 40
    async with a_school(parts, pupils=1) as school:
        await school.close()
        await school.seal(without_missing=True)
        old = UUID((await school.archive_of())["id"])
        blob = b"\0" * size
        async with school.kit.deps.db.transaction() as tx:
            await tx.execute(
                "UPDATE archives SET pdf_size = $2, pdf_sha256 = $3 WHERE id = $1", old, size, hashlib.sha256(blob).hexdigest()
            )
            columns = await tx.fetchval(
                "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_name = 'archives' "
                "AND column_name NOT IN ('id', 'student_id', 'place', 'code')"
            )
            await tx.execute(
                f"INSERT INTO archives (id, student_id, place, code, {columns}) "
                f"SELECT uuidv7(), uuidv7(), n, n::text, {columns} FROM archives, generate_series(1, $2) AS n WHERE id = $1",
                old,
                many - 1,
            )
        reads = list[str]()

        async def read(_bucket: str, key: str) -> bytes:
            reads.append(key)
            return bytes(size)

        school.kit.deps.storage.read = read
        url, teacher = f"/terms/{school.term.term_id}/bundle", school.teacher()
        headers = {"Authorization": f"Bearer {teacher.token}"}
        got = 0
        tracemalloc.start()
        try:
            async with teacher.client.get(url, params={"format": "pdf"}, headers=headers) as answer:
                assert answer.status == 200
                async for chunk in answer.content.iter_chunked(2**16):
                    got += len(chunk)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert got == answer.content_length > many * size
        assert peak < 8 * size, peak

        reads.clear()
        answer = await teacher.client.get(url, params={"format": "pdf"}, headers=headers)
        assert answer.status == 200
        await answer.content.readexactly(2**16)
        answer.close()
        assert (await teacher.get("/archives")).status == 200
        for _ in range(20):
            before = len(reads)
            assert (await teacher.get("/archives")).status == 200
        assert len(reads) == before < many

        async def damaged(_bucket: str, _key: str) -> bytes:
            return bytes(size - 1) + b"?"

        school.kit.deps.storage.read = damaged
        with pytest.raises(Exception, match=r"(?i)payload|disconnect|closed|reset"):
            await teacher.get(url, format="pdf")
