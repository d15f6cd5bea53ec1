"""The home screen of each role in one request, and how far classes, schools and districts are (JX-17, JX-18, NR-04, X-02)."""

from datetime import timedelta
from typing import Any

import pytest
from contracts.identity import StudentsEnrolledV1
from records.actions import progress
from records.app import SERVICE
from servicekit.ids import new_id, utc_now
from servicekit.testing import Kit, a_service, an_actor

from .builders import (
    AFTER_REPORTING,
    CLASS,
    NEXT_CLASS,
    OTHER_SCHOOL,
    SCHOOL,
    School,
    a_school,
    a_score,
    an_enrolment,
    an_organisation,
)  # fmt: skip

GRADE = CLASS.rpartition(".")[0]


def entries(answer: Any) -> dict[str, tuple[str, int, str | None]]:
    """The to-do list of a home screen: title, count and end by id."""
    return {one["id"]: (one["title"], one["count"], one["until"]) for one in answer.json["todo"]}


async def home(who: Any) -> Any:
    answer = await who.get("/home")
    assert answer.status == 200, answer.json
    return answer


async def count(kit: Kit) -> None:
    """Count every class that must be counted, as the jobs do."""
    await progress.plan_counting(kit.deps)
    await kit.tick(kit.deps.now() + timedelta(days=900))


async def organisations(kit: Kit) -> None:
    for path, level in (("jx.nc", "city"), ("jx.nc.dh", "district"), (OTHER_SCHOOL, "school"), (GRADE, "grade"),
                        (CLASS, "class"), (NEXT_CLASS, "class")):  # fmt: skip
        await kit.receive(an_organisation(path, level))


@pytest.mark.feature("X-02", "JX-17", "JX-04")
async def test_a_student_sees_what_is_open_what_waits_and_a_tile_per_dimension(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        await school.approved()
        returned = await school.submitted()
        assert (await school.teacher.post(f"/records/{returned['id']}/return", {"reason_code": "duplicate"})).status == 200
        await school.draft()
        answer = await home(school.student)
        shown = answer.json
        ends = "2026-12-08T08:00:00Z"
        assert [(w["operation"], w["title"], w["closes_at"]) for w in shown["now"]] == [
            ("declare_position", "职务申报", "2026-10-31T08:00:00Z"), ("report", "写实上报", ends),
        ]  # fmt: skip
        assert entries(answer) == {
            "drafts": ("还没有上报的草稿", 1, ends), "records_returned": ("被驳回的写实记录", 1, ends),
        }  # fmt: skip
        assert [(t["title"], t["confirmed"], t["reported"], t["reportable"]) for t in shown["tiles"]] == [
            ("思想品德", 1, 2, True), ("学业水平", 0, 0, True), ("身心健康", 0, 0, True), ("艺术素养", 0, 0, True),
            ("社会实践", 0, 0, True), ("特色项目", 0, 0, False),
        ]  # fmt: skip
        assert [(c["id"], c["done"], c["of"]) for c in shown["counters"]] == [
            ("records_confirmed", 1, 2), ("dimensions_with_records", 1, 5),
        ]  # fmt: skip
        assert [line["state"] for line in shown["recent"]] == ["draft", "returned", "approved"]
        assert [(t["id"], t["scheme_id"], t["scheme_version"]) for t in shown["terms"]] == [
            (str(school.term_id), "jiangxi", "2026.1")
        ]
        assert (shown["scheme_id"], shown["scheme_version"], shown["progress"]) == ("jiangxi", "2026.1", None)
        assert (await home(school.guardian)).json["tiles"] == shown["tiles"]
        assert (await home(school.mate)).json["recent"] == []


@pytest.mark.feature("JX-04", "X-02")
async def test_what_can_no_longer_be_submitted_is_no_todo(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        await school.draft()
        assert "drafts" in entries(await home(school.student))
        kit.at(AFTER_REPORTING)
        shown = await home(school.student)
        assert entries(shown) == {}
        assert [w["operation"] for w in shown.json["now"]] == []


@pytest.mark.feature("JX-04", "JX-06", "JX-11", "JX-18")
async def test_a_class_teacher_sees_what_waits_and_who_lacks_what(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        await school.approved()
        await school.submitted()
        await kit.receive(school.batch(a_score(), a_score(student_id=school.mate_id)))
        data = {"level": "class", "title": "monitor", "since": "2026-09-01"}
        assert (await school.mate.post("/positions", {"term_id": str(school.term_id), "data": data})).status == 201
        await school.draft(school.mate)
        answer = await home(school.teacher)
        review = "2026-12-13T08:00:00Z"
        assert entries(answer) == {
            "records_to_review": ("待审核的写实记录", 1, review),
            "records_to_confirm": ("待确认的写实记录", 2, review),
            "positions_to_review": ("待确认的职务申报", 1, "2026-11-07T08:00:00Z"),
            "students_lacking": ("还有维度没有记录的学生", 2, None),
        }
        [lacking] = [one for one in answer.json["todo"] if one["id"] == "students_lacking"]
        assert lacking["detail"] == "身心健康差 2 人，艺术素养差 2 人，社会实践差 2 人"
        total = answer.json["progress"]["total"]
        assert (total["students"], total["complete"], total["partial"], total["nothing"]) == (2, 0, 2, 0)
        assert answer.json["progress"]["students"] == []
        assert [(c["id"], c["done"], c["of"]) for c in answer.json["counters"]] == [
            ("students_complete", 0, 2), ("records_confirmed", 1, 4),
        ]  # fmt: skip

        found = (await school.teacher.get("/progress")).json
        assert [(one["title"], one["students"]) for one in found["dimensions"]] == [
            ("思想品德", 1), ("学业水平", 2), ("身心健康", 0), ("艺术素养", 0), ("社会实践", 0),
        ]  # fmt: skip
        lines = {line["name"]: line for line in found["students"]}
        own, mate = lines["李晓雨"], lines["王小明"]
        assert (own["confirmed"], own["waiting"], own["drafts"]) == (1, 2, 0)
        assert own["lacking"] == ["身心健康", "艺术素养", "社会实践", "基本情况", "体质测评"]
        assert (mate["confirmed"], mate["waiting"], mate["drafts"]) == (0, 1, 1)
        assert mate["lacking"][0] == "思想品德"
        for stranger, code in (
            (school.next_teacher, "not_found"),
            (school.stranger, "not_found"),
            (school.student, "forbidden"),
        ):
            assert (await stranger.get("/progress", path=CLASS)).code == code


async def list_in_the_schools_own_order(kit: Kit, school: School) -> None:
    """The second class first, then back; an event that comes twice or late changes nothing (L-07)."""

    async def classes() -> list[str]:
        return [one["path"] for one in (await school.admin.get("/progress", path=GRADE)).json["children"]]

    async with kit.deps.db.reading() as tx:
        version = await tx.fetchval("SELECT max(version) FROM directory_organisations WHERE path <@ $1::text::ltree", GRADE)
    first, second = an_organisation(CLASS, "class"), an_organisation(NEXT_CLASS, "class")
    ordered = second.model_copy(update={"position": 1, "version": version + 1})
    for event in (ordered, second, first, ordered):
        await kit.receive(event)
        assert await classes() == [NEXT_CLASS, CLASS]
    await kit.receive(ordered.model_copy(update={"position": None, "version": version + 2}))
    assert await classes() == [CLASS, NEXT_CLASS]


@pytest.mark.feature("JX-18", "NR-04", "L-07")
async def test_a_school_and_a_district_see_the_units_below_those_that_lag_first(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        await organisations(kit)
        await kit.receive(
            StudentsEnrolledV1(school=SCHOOL, students=tuple(an_enrolment(new_id(), NEXT_CLASS) for _ in range(3)))
        )
        await school.submitted()
        district = kit.as_(an_actor("administrator", "jx.nc.dh", name="县管理员"))
        for counted in (False, True):  # before the job ran for the first time, a few schools are counted on the spot
            if counted:
                await count(kit)
            found = (await home(school.admin)).json["progress"]
            assert (found["level"], found["total"]["students"], found["total"]["partial"], found["total"]["waiting"]) == (
                "school", 5, 1, 1,
            )  # fmt: skip
            assert [(one["path"], one["students"]) for one in found["children"]] == [(GRADE, 5)]
            classes = (await school.admin.get("/progress", path=GRADE)).json["children"]
            assert [(one["path"], one["nothing"]) for one in classes] == [(CLASS, 1), (NEXT_CLASS, 3)]
            await list_in_the_schools_own_order(kit, school)
            above = (await home(district)).json
            assert (above["scheme_id"], above["terms"], above["now"]) == ("jiangxi", [], [])
            assert [(c["id"], c["done"], c["of"]) for c in above["counters"]] == [
                ("students_complete", 0, 5), ("records_confirmed", 0, 1),
            ]  # fmt: skip
            children = above["progress"]["children"]
            assert [(one["path"], one["students"], one["waiting"]) for one in children] == [
                (SCHOOL, 5, 1),
                (OTHER_SCHOOL, 0, 0),
            ]
            assert [point["students"] for point in above["progress"]["trend"]] == [5] * counted
            deeper = (await district.get("/progress", path=SCHOOL)).json
            assert [(one["path"], one["title"]) for one in deeper["children"]] == [(GRADE, "g2025")]
        none = await district.get("/progress", path=SCHOOL, school_year="2019-2020", number=1)
        assert (none.status, none.code) == (404, "not_found")
        assert (await district.get("/progress", path="jx.nc.xh")).code == "not_found"


@pytest.mark.feature("NR-04")
async def test_only_terms_in_which_something_happened_are_counted_again(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    original = progress.store.progress.save

    async def save(tx: Any, term_id: Any, *more: Any) -> None:
        counted.append(str(term_id))
        await original(tx, term_id, *more)

    monkeypatch.setattr(progress.store.progress, "save", save)
    now = utc_now()  # ids of history lines have the real time
    first, last = now.date() - timedelta(days=30), now.date() + timedelta(days=90)
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit, now=now, starts_on=first.isoformat(), ends_on=last.isoformat())

        async def counts() -> int:
            counted.clear()
            async with kit.deps.db.transaction() as tx:
                await progress.plan(kit.deps, tx, "", {})
            await kit.tick()
            return len(counted)

        assert await counts() == 1, "it was never counted"
        assert await counts() == 0, "nothing happened since"
        await school.draft(data={"starts_on": first.isoformat(), "ends_on": first.isoformat()})
        assert await counts() == 1
        kit.at(now + timedelta(hours=1))
        assert await counts() == 0, "that was counted long ago"
        kit.at(now + timedelta(days=2))
        assert await counts() == 1, "all are counted once a day"
