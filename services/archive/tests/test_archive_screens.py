"""What the screens of archive need: comments in a table, what blocks a seal, an archive as data (JX-12, JX-13)."""

from typing import Any

import pytest

from .school import CLASS, COMMENT, SEALING, WRITING, a_school, a_snapshot


@pytest.mark.feature("JX-12")
async def test_comments_on_a_whole_class_are_saved_at_once_and_each_has_its_answer(parts: Any) -> None:
    async with a_school(parts, pupils=4) as school:
        await school.close()
        school.kit.at(WRITING)
        mine = sorted((who for who in school.students if who.path == CLASS), key=lambda who: who.student_id)
        other = next(who for who in school.students if who.path != CLASS)
        texts = [COMMENT, "短", *[COMMENT] * (len(mine) - 2)]
        comments = [{"student_id": str(who.student_id), "text": text} for who, text in zip(mine, texts, strict=True)]
        body = school.ids | {"comments": [*comments, {"student_id": str(other.student_id), "text": COMMENT}]}
        answer = await school.teacher().put("/evaluations/teacher/many", body)
        assert answer.status == 200, answer.body
        results = {one["student_id"]: one for one in answer.json["results"]}
        assert [results[str(who.student_id)]["ok"] for who in mine] == [text == COMMENT for text in texts]
        short = results[str(mine[1].student_id)]
        assert (short["code"], short["errors"][0]["field"]) == ("invalid_input", "text")
        assert results[str(other.student_id)]["code"] == "not_found"
        again = await school.teacher().put("/evaluations/teacher/many", school.ids | {"comments": comments[:1]})
        assert again.json["results"][0]["code"] == "version_required"
        changed = [comments[0] | {"text": COMMENT + "继续努力。", "version": 1}]
        again = await school.teacher().put("/evaluations/teacher/many", school.ids | {"comments": changed})
        assert again.json["results"][0]["evaluation"]["version"] == 2
        late = [comments[0] | {"version": 1}]
        again = await school.teacher().put("/evaluations/teacher/many", school.ids | {"comments": late})
        assert again.json["results"][0]["code"] == "stale_version"
        pending = (await school.teacher().get("/evaluations", term_id=school.term.term_id, pending=True)).json["items"]
        assert [row["student_id"] for row in pending if row["type"] == "teacher_comment"] == [str(mine[1].student_id)]


@pytest.mark.feature("JX-12", "JX-13")
async def test_the_school_sees_before_the_seal_what_blocks_it_and_who_lacks_what(parts: Any) -> None:
    async with a_school(parts, pupils=2) as school:
        url = f"/terms/{school.term.term_id}/preview"
        school.kit.at(WRITING)
        early = (await school.admin.get(url)).json
        assert [block["what"] for block in early["blocks"]] == ["window_closed", "term_not_ready", *["evaluations_missing"] * 2]
        assert early["may_seal"] is False
        assert "公示尚未结束" in [block["message"] for block in early["blocks"]]
        await school.close()
        school.kit.at(SEALING)
        ready = (await school.admin.get(url)).json
        assert (ready["may_seal"], [block["message"] for block in ready["blocks"]]) == (
            True, ["学期自评还缺2份", "教师评语还缺2份"]
        )  # fmt: skip
        named = [
            (one["class_title"], one["title"], one["by"], [student["student_name"] for student in one["students"]])
            for one in ready["missing"]
        ]
        first = school.students[0]
        assert (first.class_title, "学期自评", "学生", [first.name]) in named
        assert (first.class_title, "教师评语", "班主任", [first.name]) in named or len(named) == 2
        assert (await school.teacher().get(url)).code == "forbidden"
        assert (await school.stranger.get(url)).code == "not_found"


@pytest.mark.feature("JX-13")
async def test_an_archive_is_read_as_data_with_its_sections_by_its_own_only(parts: Any) -> None:
    async with a_school(parts, pupils=2) as school:
        await school.clear([a_snapshot(school.term, school.students[0])])
        await school.approve(a_snapshot(school.term, school.students[0], "exam_scores"))
        await school.close(entries=1)
        await school.evaluate_all()
        await school.seal()
        archive = await school.archive_of(0)
        content = (await school.student(0).get(f"/archives/{archive['id']}/content")).json
        sections = {one["title"]: (one["source"], one["count"]) for one in content["sections"]}
        assert sections["写实记录"] == ("records", 1)
        assert sections["考试成绩"] == ("groups", 1)
        assert sections["特色项目"] == ("records", 0)
        kinds = {one["title"]: one["kinds"] for one in content["sections"]}
        assert kinds["特色项目"] == ["特色项目"]
        assert "志愿服务" in kinds["写实记录"]
        assert not {"特色项目", "考试成绩"} & set(kinds["写实记录"]), "what another section names is shown there"
        assert sections["综合评语"] == ("evaluations", 2)
        assert (content["student"]["name"], content["period"]) == (school.students[0].name, school.term.title)
        [moral, *_] = content["dimensions"]
        assert moral["kinds"][0]["records"][0]["title"] == "社区敬老院志愿服务"
        assert [axis["dimension"] for axis in content["radar"]["axes"]][:2] == ["思想品德", "学业水平"]
        assert content["archive"]["code"] == archive["code"]
        assert (await school.student(1).get(f"/archives/{archive['id']}/content")).code == "not_found"
        assert (await school.stranger.get(f"/archives/{archive['id']}/content")).code == "not_found"
