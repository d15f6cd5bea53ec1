"""Home screens and progress: what may be written until when, what is missing, how far archives are (JX-12, JX-13, NR-04)."""

from datetime import timedelta
from typing import Any

import pytest
from archive.domain.progress import seconds_left
from servicekit.counters import fold, wrong
from servicekit.testing import an_actor

from .school import CLASS, OTHER_CLASS, PICKING, SCHOOL, SEALING, SELF_TEXT, WRITING, a_school, a_snapshot


async def _home(caller: Any) -> dict[str, Any]:
    answer = await caller.get("/home")
    assert answer.status == 200, answer.body
    return dict(answer.json)


@pytest.mark.feature("X-02", "JX-12")
async def test_a_student_reads_until_when_the_self_evaluation_is_written_and_whether_it_is(parts: Any) -> None:
    async with a_school(parts, pupils=2) as school:
        await school.close()
        school.kit.at(WRITING)
        home = await _home(school.student())
        assert [w["operation"] for w in home["now"]] == ["self_evaluate"]
        assert [w["operation"] for w in home["next"]] == ["career_select"]
        assert [(t["id"], t["title"], t["until"]) for t in home["todo"]] == [
            ("evaluation_to_write", "学期自评", "2027-01-20T00:00:00Z")
        ]
        assert [(e["title"], e["written"], e["mine"], e["open"]) for e in home["evaluations"]] == [
            ("学期自评", False, True, True),
            ("教师评语", False, False, False),
        ]
        await school.student().put("/evaluations/self", school.ids | {"text": SELF_TEXT})
        home = await _home(school.student())
        assert (home["todo"], home["evaluations"][0]["written"]) == ([], True)
        assert (await _home(school.guardian()))["evaluations"][0] == home["evaluations"][0] | {
            "mine": False, "open": False, "until": None
        }  # fmt: skip
        assert len((await _home(school.student(1)))["todo"]) == 1


@pytest.mark.feature("JX-12", "NR-04")
async def test_the_class_teacher_reads_by_name_who_lacks_a_comment_and_the_school_reads_numbers_by_class(parts: Any) -> None:
    async with a_school(parts, pupils=3) as school:
        await school.close()
        school.kit.at(WRITING)
        in_class = [who for who in school.students if who.path == CLASS]
        comment = {
            "student_id": str(in_class[0].student_id),
            "text": "该生待人真诚，做事有始有终，希望在数学学习中多一些耐心。",
        }
        assert (await school.teacher().put("/evaluations/teacher", school.ids | comment)).status == 200
        home = await _home(school.teacher())
        assert [(t["id"], t["title"], t["count"]) for t in home["todo"]] == [
            ("comments_to_write", "待写的教师评语", len(in_class) - 1)
        ]
        named = {one["type"]: [student["student_name"] for student in one["students"]] for one in home["missing"]}
        assert named["self_evaluation"] == [who.name for who in sorted(in_class, key=lambda w: w.student_id)]
        assert in_class[0].name not in named["teacher_comment"]
        admin = await _home(school.admin)
        whole = [c for c in admin["counters"] if c["path"] is None]
        assert [(c["title"], c["done"], c["of"]) for c in whole] == [("学期自评", 0, 3), ("教师评语", 1, 3)]
        assert admin["missing"] == []
        grade = (await school.admin.get("/progress", path=f"{SCHOOL}.g2025")).json
        assert [item["path"] for item in grade["items"]] == sorted({who.path for who in school.students})
        assert grade["items"][0]["title"] == "（1）班"
        assert grade["items"][0]["evaluations"][1]["written"] == 1
        assert (await school.teacher().get("/progress", path=OTHER_CLASS)).code == "not_found"
        assert (await school.stranger.get("/progress", path=SCHOOL)).code == "not_found"
        assert (await school.student().get("/progress")).code == "forbidden"
        district = school.kit.as_(an_actor("administrator", "jx.nc.dh"))
        [item] = (await district.get("/progress")).json["items"]
        assert (item["path"], item["students"], item["state"], item["evaluations"][1]["written"]) == (
            SCHOOL,
            3,
            "collecting",
            1,
        )
        [_, below] = (await _home(district))["counters"][:2]
        assert below["title"] in ("教师评语", "学期自评")
        city = (await _home(school.kit.as_(an_actor("administrator", "jx.nc"))))["counters"]
        assert [(c["id"], c["done"], c["of"], c["path"]) for c in city] == [
            ("terms_sealed", 0, 1, None),
            ("terms_sealed", 0, 1, "jx.nc.dh"),
        ]


@pytest.mark.feature("JX-13")
async def test_sealing_is_followed_by_counts_and_ends_on_every_home_screen(parts: Any) -> None:
    async with a_school(parts, pupils=2) as school:
        await school.clear([a_snapshot(school.term, school.students[0])])
        await school.close(entries=1)
        await school.evaluate_all()
        school.kit.at(SEALING)
        url = f"/terms/{school.term.term_id}/progress"
        before = await _home(school.admin)
        assert [(t["id"], t["title"]) for t in before["todo"]] == [("term_to_seal", "生成学期档案")]
        assert [(t["state"], t["done"], t["of"]) for t in before["terms"]] == [("collecting", 0, 2)]
        assert (await school.admin.get(url)).json["of"] == 0
        answer = await school.admin.post(f"/terms/{school.term.term_id}/seal", {})
        assert answer.status == 202
        sealing = (await school.admin.get(url)).json
        assert (sealing["state"], sealing["done"], sealing["of"], sealing["seconds_left"]) == ("sealing", 0, 2, None)
        await school.kit.tick()
        sealed = (await school.student().get(url)).json
        assert (sealed["state"], sealed["done"], sealed["seconds_left"]) == ("sealed", 2, 0)
        assert (await school.stranger.get(url)).code == "not_found"
        home = await _home(school.admin)
        assert (home["todo"], home["terms"][0]["state"]) == ([], "sealed")
        city = school.kit.as_(an_actor("administrator", "jx.nc"))
        for _ in range(2):  # what waits, and what a job has added to the counters
            above = (await city.get("/progress")).json
            for one in (above["whole"], *above["items"]):
                assert (one["schools"], one["schools_sealed"], one["archives"], one["state"]) == (1, 1, 2, None)
            async with school.kit.deps.db.transaction() as tx:
                await fold(school.kit.deps, tx, "", {})
                assert await wrong(tx, "school_terms") == []
        assert [item["path"] for item in above["items"]] == ["jx.nc.dh"]
        own = await _home(school.student())
        assert [archive["student_name"] for archive in own["archives"]] == [school.students[0].name]
        [chart] = own["radar"]
        assert chart["term_title"] == school.term.title
        assert [(axis["title"], axis["records"], axis["full"]) for axis in chart["axes"]][:2] == [
            ("思想品德", 1, 8.0),
            ("学业水平", 0, 6.0),
        ]
        assert (await _home(school.student(1)))["radar"] == []
        assert school.students[1].name not in str(own)


@pytest.mark.feature("JX-13")
async def test_the_selection_for_the_career_archive_waits_while_its_window_is_open(parts: Any) -> None:
    async with a_school(parts, pupils=1) as school:
        await school.clear([a_snapshot(school.term, school.students[0])])
        await school.close(entries=1)
        await school.evaluate_all()
        await school.seal()
        school.kit.at(PICKING)
        home = await _home(school.student())
        assert [(t["id"], t["title"]) for t in home["todo"]] == [("career_to_select", "为生涯档案遴选记录")]
        assert home["career"] == {"state": "collecting", "picked": 0}
        student = school.students[0].student_id
        picked = {"record_ids": [str(school.records[0].record_id)]}
        assert (await school.student().put(f"/career/{student}/selection", picked)).status == 200
        home = await _home(school.student())
        assert (home["todo"], home["career"]["picked"]) == ([], 1)


def test_the_time_that_is_left_is_estimated_from_the_speed_so_far() -> None:
    assert seconds_left(0, 100, SEALING, SEALING + timedelta(seconds=3)) is None
    assert seconds_left(60, 100, SEALING, SEALING + timedelta(seconds=3)) == 2
    assert seconds_left(99, 100, SEALING, SEALING + timedelta(seconds=3)) == 1
    assert seconds_left(100, 100, SEALING, SEALING + timedelta(seconds=3)) == 0
