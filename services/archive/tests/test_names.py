"""Names on archives: what cannot be printed is known before the seal, and a change of name is followed everywhere (L-18)."""

import io
import zipfile
from typing import Any
from uuid import UUID

import pytest
from archive.domain.printing import need_printable, rare_characters, unprintable
from contracts.identity import StudentsEnrolledV1
from proof import SealedDocument
from servicekit.refusals import Refusal

from .rule_builders import a_student
from .school import CLASS, SCHOOL, School, a_school

PRIVATE = "张\ue863三"


async def rename(school: School, number: int, name: str, version: int = 2) -> None:
    """identity says that a student has another name."""
    renamed = school.students[number].model_copy(update={"name": name, "version": version})
    school.students[number] = renamed
    await school.kit.receive(StudentsEnrolledV1(school=SCHOOL, students=(renamed,)))


@pytest.mark.feature("L-18")
def test_who_cannot_be_printed_is_named_with_the_code_points() -> None:
    fine, private = a_student(name="张𬭎"), a_student(name=PRIVATE, class_title="国际部\ue000班")
    assert (
        rare_characters([a_student(name="王小明", class_title="（1）班", grade_title="高一", school_title="实验中学")])
        == "（）"
    )
    found = unprintable([fine, private], "\ue863\ue000")
    assert [(one.student_id, one.characters, one.code_points) for one in found] == [
        (private.id, "\ue863\ue000", ("U+E863", "U+E000"))
    ]
    need_printable([], with_unprintable=False)
    need_printable(found, with_unprintable=True)
    with pytest.raises(Refusal) as refused:
        need_printable(found * 30, with_unprintable=False)
    assert (refused.value.code, refused.value.details["rule"]) == ("characters_missing", "L-18")
    assert str(refused.value.detail).endswith("等30人")


@pytest.mark.feature("L-18")
async def test_a_name_that_cannot_be_printed_is_reported_before_the_seal_and_not_after(parts: Any) -> None:
    async with a_school(parts, pupils=3) as school:
        await rename(school, 0, PRIVATE)
        await rename(school, 1, "欧阳\U00030000𬭎")
        await school.close()
        url = f"/terms/{school.term.term_id}"
        [named] = (await school.admin.get(url)).json["unprintable"]
        assert (named["student_id"], named["code_points"]) == (str(school.students[0].student_id), ["U+E863"])
        assert (await school.student(2).get(url)).json["unprintable"] == [], "it is nobody else's business"
        with pytest.raises(AssertionError, match="characters_missing"):
            await school.seal(without_missing=True)
        refused = await school.admin.post(f"{url}/seal", {"without_missing": True})
        assert (refused.status, refused.json["rule"]) == (409, "L-18")
        assert PRIVATE in refused.json["detail"]
        assert (await school.seal(without_missing=True, with_unprintable=True))["state"] == "sealed"
        signed = SealedDocument.from_bytes(await school.object(await school.archive_of(0), "json"))
        assert signed.content["student"]["name"] == PRIVATE, "the signed data have the name itself"
        assert (await school.archive_of(1))["student_name"] == "欧阳\U00030000𬭎"


@pytest.mark.feature("L-18")
async def test_after_a_change_of_name_the_next_version_has_it_everywhere_and_links_the_former_one(parts: Any) -> None:
    async with a_school(parts, pupils=3) as school:
        kit, admin = school.kit, school.admin
        former = school.students[0].name
        await school.close()
        await school.seal(without_missing=True)
        old = await school.archive_of()
        assert (old["student_name"], old["former_name"]) == (former, None)
        await rename(school, 0, "王𬭎")
        asked = await admin.post(f"/archives/{old['id']}/correction", {"reason": "学生依法改名，已更新学籍"})
        assert asked.status == 202, asked.body
        await kit.tick()
        new = await school.archive_of_version(2)
        assert (new["student_name"], new["former_name"]) == ("王𬭎", former)
        content = SealedDocument.from_bytes(await school.object(new, "json")).content
        assert (content["student"]["name"], content["former_name"]) == ("王𬭎", former)
        assert content["title"].startswith("王𬭎 ")
        assert content["replaces"]["code"] == old["code"]
        saved = (await admin.get(f"/archives/{new['id']}/address")).json
        assert saved["name"] == "学期档案-王𬭎-2026-2027学年第一学期-第2版.pdf"
        shown = (await kit.anonymous.get(f"/verification/{new['code']}")).json
        assert (shown["student"], shown["former_name"]) == ("王*", f"{former[0]}**")
        before = (await kit.anonymous.get(f"/verification/{old['code']}")).json
        assert (before["student"], before["superseded_by"]["code"]) == (f"{former[0]}**", new["code"])
        bundle = await school.teacher(CLASS).get(f"/terms/{school.term.term_id}/bundle")
        with zipfile.ZipFile(io.BytesIO(bundle.body)) as zipped:
            assert "高一（1）班/01-王𬭎-学期档案-第2版.pdf" in zipped.namelist()
            assert f"王𬭎,{former}," in zipped.read("清单.csv").decode("utf-8-sig")
        again = await admin.post(f"/archives/{new['id']}/correction", {"reason": "再次检查，内容没有变化"})
        assert again.code == "nothing_to_correct"
        async with kit.deps.db.reading() as tx:
            kept = await tx.fetchval("SELECT student_name FROM archives WHERE id = $1", UUID(old["id"]))
        assert kept == former, "what was sealed stays"
