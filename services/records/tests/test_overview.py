"""Lists, search, counts, tiles; and records that follow their student (JX-02, JX-17, JX-18, BJ-04)."""

from typing import Any

import pytest
from contracts.identity import StudentMovedV1, StudentsEnrolledV1
from records.app import SERVICE
from servicekit.ids import new_id
from servicekit.testing import a_service, an_actor

from .builders import CLASS, NEXT_CLASS, SCHOOL, a_school, a_score, an_enrolment


@pytest.mark.feature("JX-02", "JX-17")
async def test_a_tile_per_dimension_counts_confirmed_and_reported_and_dates_the_last_report(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        await school.approved()
        await school.submitted()
        await school.draft()
        tiles = (await school.guardian.get("/tiles", term_id=school.term_id)).json
        assert [tile["title"] for tile in tiles] == ["思想品德", "学业水平", "身心健康", "艺术素养", "社会实践", "特色项目"]
        assert (tiles[0]["confirmed"], tiles[0]["reported"]) == (1, 2)
        assert tiles[0]["last_reported_at"] == "2026-10-10T08:00:00Z"
        assert (tiles[1]["confirmed"], tiles[1]["reported"], tiles[1]["last_reported_at"]) == (0, 0, None)
        counts = (await school.student.get("/counts", term_id=school.term_id)).json
        assert (counts["draft"], counts["submitted"], counts["approved"], counts["voided"]) == (1, 1, 1, 0)
        assert (await school.teacher.get("/counts", term_id=school.term_id)).json["draft"] == 0
        assert (await school.mate.get("/tiles", term_id=school.term_id)).json[0]["reported"] == 0
        assert (await school.mate.get("/tiles", term_id=school.term_id, student_id=school.student_id)).code == "not_found"
        assert (await school.stranger.get("/counts", term_id=school.term_id)).code == "not_found"


@pytest.mark.feature("JX-18")
async def test_a_teacher_filters_searches_and_pages_newest_first(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        mine = [(await school.submitted(data={"name": f"敬老院服务{n}"}))["id"] for n in range(3)]
        await school.submitted(school.mate, data={"name": "图书馆讲解100%"})
        assert await titles(school.teacher, q="敬老院") == ["敬老院服务2", "敬老院服务1", "敬老院服务0"]
        assert await titles(school.teacher, q="王小明") == ["图书馆讲解100%"]
        assert await titles(school.teacher, q="0%") == ["图书馆讲解100%"]
        assert await titles(school.teacher, kind="theme_education") == []
        assert len(await titles(school.teacher, dimension="moral", state="submitted", path=CLASS)) == 4
        assert await titles(school.student, q="王小明") == []
        assert await titles(school.student, mine="true") == ["敬老院服务2", "敬老院服务1", "敬老院服务0"]
        assert await titles(school.teacher, mine="true") == []
        counts = (await school.teacher.get("/counts", term_id=school.term_id, mine="true")).json
        assert set(counts.values()) == {0}
        for who in (school.next_teacher, school.stranger):
            assert await titles(who) == []

        seen, cursor = [], None
        while True:
            page = (await school.teacher.get("/records", student_id=school.student_id, limit=2, cursor=cursor)).json
            seen += [line["id"] for line in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert seen == mine[::-1]
        assert (await school.teacher.get("/records", cursor="x")).code == "malformed"
        assert (await school.teacher.get("/records", state="lost")).code == "invalid_input"


@pytest.mark.feature("L-05", "JX-18")
async def test_a_search_finds_every_spelling_of_a_name_and_of_a_title_s_width(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        pupils = ("买买提·阿不都", "张\u3000𬭎", "王\u2f29明")
        enrolments = [an_enrolment(new_id(), name=name) for name in pupils]
        await kit.receive(StudentsEnrolledV1(school=SCHOOL, students=tuple(enrolments)))
        for n, one in enumerate(enrolments):
            author = kit.as_(an_actor("student", CLASS, name=one.name, students=(one.student_id,)))
            await school.submitted(author, data={"name": f"图书馆讲解ＡＩ{n}"})
        district = kit.as_(an_actor("administrator", "jx.nc.dh"))
        everything = [f"图书馆讲解ＡＩ{n}" for n in (2, 1, 0)]
        for typed, found in (
            ("买买提•阿不都", [everything[2]]),
            ("买买提 . 阿", [everything[2]]),
            ("买买提阿不都", []),
            ("张𬭎", [everything[1]]),
            ("张 𬭎", [everything[1]]),
            ("王小", [everything[0]]),
            ("王小明", [everything[0]]),
            ("解ai", everything),
            ("ＡＩ", everything),
            ("·", everything[2:]),
        ):
            for who in (school.teacher, school.admin, district):
                if who is district and len(typed) < 3 and typed[0] in "Ａ·":
                    continue  # above schools, one or two letters are the beginning of a name
                assert await titles(who, q=typed) == found, typed
                counts = (await who.get("/counts", term_id=school.term_id, q=typed)).json
                assert counts["submitted"] == len(found), typed
        assert await titles(district, q="ＡＩ") == []
        assert await titles(school.stranger, q="王小明") == []


async def titles(who: Any, **query: Any) -> list[str]:
    return [line["title"] for line in (await who.get("/records", **query)).json["items"]]


@pytest.mark.feature("BJ-04")
async def test_open_work_follows_a_student_to_another_class_and_older_news_changes_nothing(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        waits, done = await school.submitted(), await school.approved()
        apply_move = an_enrolment(school.student_id, NEXT_CLASS, name="李小雨", version=3)
        await kit.receive(StudentMovedV1(student_id=school.student_id, from_path=CLASS, enrolment=apply_move))
        await kit.receive(StudentsEnrolledV1(school=SCHOOL, students=(an_enrolment(school.student_id, version=2),)))
        assert (await school.teacher.get(f"/records/{waits['id']}")).code == "not_found"
        seen = (await school.next_teacher.get("/records")).json["items"]
        assert {line["id"] for line in seen} == {waits["id"], done["id"]}
        assert {(line["student_name"], line["class_title"]) for line in seen} == {("李小雨", "高二（1）班")}
        assert (await school.next_teacher.post(f"/records/{waits['id']}/approval")).status == 200

        away = an_enrolment(school.student_id, "jx.nc.dh.s2.g2025.c01", version=4)
        await kit.receive(StudentMovedV1(student_id=school.student_id, from_path=NEXT_CLASS, enrolment=away))
        assert (await school.next_teacher.get(f"/records/{done['id']}")).code == "not_found"
        assert (await school.admin.get(f"/records/{done['id']}")).status == 200
        student = kit.as_(an_actor("student", away.path, students=(school.student_id,)))
        assert (await student.get(f"/records/{done['id']}")).status == 200


@pytest.mark.feature("JX-18", "L-20")
async def test_a_review_desk_finds_records_with_counts_for_each_filter(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        await school.approved()
        await school.submitted(data={"name": "图书馆讲解"})
        await school.submitted(school.mate)
        await kit.receive(school.batch(a_score(), a_score(subject="english")))

        async def search(who: Any, **filters: Any) -> Any:
            answer = await who.post("/records/search", filters)
            assert answer.status == 200, answer.json
            return answer.json

        desk = await search(school.teacher, term_id=str(school.term_id), state="submitted", kind="volunteer_service")
        assert [line["state"] for line in desk["items"]] == ["submitted", "submitted"]
        assert (desk["states"]["submitted"], desk["states"]["approved"], desk["states"]["returned"]) == (2, 1, 0)
        assert desk["kinds"] == {"volunteer_service": 2, "exam_scores": 2}
        waiting = await search(school.teacher, waiting=True)
        assert (len(waiting["items"]), waiting["kinds"]) == (4, {"volunteer_service": 2, "exam_scores": 2})
        named = await search(school.teacher, q="王小明")
        assert ([line["student_name"] for line in named["items"]], named["kinds"]) == (["王小明"], {"volunteer_service": 1})
        first = await search(school.teacher, limit=2)
        rest = await search(school.teacher, limit=200, cursor=first["next"])
        assert len({line["id"] for line in first["items"] + rest["items"]}) == 5
        assert (await search(school.stranger))["items"] == []
        assert (await search(school.stranger))["kinds"] == {}
