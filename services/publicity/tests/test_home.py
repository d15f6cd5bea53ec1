"""Home screens and progress: what a card may do now, what waits for it, how far its organisation is (X-02, NR-04)."""

from datetime import date, timedelta
from typing import Any

import pytest
from contracts.identity import OrganisationCreatedV1
from publicity.app import SERVICE
from publicity_builders import (
    CLASS,
    HANDLING,
    OPENS,
    OTHER_CLASS,
    OTHER_SCHOOL_CLASS,
    SCHOOL,
    House,
    a_guardian,
    a_teacher,
    a_term,
    an_administrator,
    an_enrolment,
    enrolled,
)
from servicekit.counters import fold, wrong
from servicekit.ids import new_id
from servicekit.school_terms import SchoolTerms, shown
from servicekit.testing import a_service, a_student, an_actor


def _names(windows: list[dict[str, Any]]) -> list[str]:
    return [window["operation"] for window in windows]


@pytest.mark.feature("X-02", "JX-03")
async def test_a_student_reads_what_may_be_selected_until_when_and_what_opens_next(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        await house.selected()
        await house.eligible(title="图书馆图书整理")
        home = (await kit.as_(house.owner).get("/home")).json
        assert [(w["operation"], w["term_id"]) for w in home["now"]] == [("select", str(house.term.term_id))]
        assert _names(home["next"])[:2] == ["publicity", "complain"]
        [todo] = home["todo"]
        assert (todo["id"], todo["count"], todo["title"]) == ("records_to_select", 1, "可遴选的写实记录")
        assert todo["until"] == (OPENS - timedelta(days=2)).isoformat().replace("+00:00", "Z")
        moral = home["selection"][0]
        assert (moral["title"], moral["selected"], moral["eligible"]) == ("思想品德", 1, 1)
        assert [(kind["title"], kind["selected"], kind["left"]) for kind in moral["kinds"]] == [("志愿服务", 1, None)]
        guardian = (await kit.as_(a_guardian(house.owner.student_id)).get("/home")).json
        assert (guardian["now"], guardian["todo"]) == ([], [])  # selecting is the student's own in this scheme
        assert guardian["selection"][0]["selected"] == 1
        other = (await kit.as_(house.classmate).get("/home")).json
        assert other["todo"] == []
        assert not any(dimension["selected"] for dimension in other["selection"])


@pytest.mark.feature("X-02", "JX-09", "X-08")
async def test_a_case_waits_on_the_home_screen_of_whoever_acts_next_with_its_deadline(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        case_id = await house.complaint(entry_id)

        async def home(actor: Any) -> dict[str, Any]:
            return dict((await kit.as_(actor).get("/home")).json)

        owner = await home(house.owner)
        assert (owner["todo"], owner["cases_not_begun"], owner["my_complaints"]) == ([], 1, 0)
        assert (await home(house.classmate))["my_complaints"] == 1
        await house.to(HANDLING)
        [todo] = (await home(house.owner))["todo"]
        assert (todo["id"], todo["count"], todo["detail"]) == ("cases_waiting", 1, "学生处理 1 件")
        assert todo["until"] == (HANDLING + timedelta(days=5)).isoformat().replace("+00:00", "Z")
        assert (await home(house.teacher))["todo"] == []
        assert (await home(house.classmate))["todo"] == []
        assert (await house.act(house.owner, case_id, "insist", text="我参加了，有照片")).status == 200
        assert (await home(house.owner))["todo"] == []
        [todo] = (await home(house.teacher))["todo"]
        assert (todo["count"], todo["detail"]) == (1, "班主任审核 1 件")
        await house.to(HANDLING + timedelta(days=4))
        teacher = await home(house.teacher)
        assert [(one["id"], one["count"]) for one in teacher["todo"]] == [("cases_waiting", 1), ("cases_overdue", 1)]
        assert teacher["todo"][0]["detail"] == "班主任审核 1 件，其中 1 件已逾期"
        assert [one["id"] for one in (await home(house.administrator))["todo"]] == ["cases_overdue"]
        assert (await home(a_teacher(OTHER_CLASS)))["todo"] == []
        assert (await home(an_actor("administrator", "jx.nc.dh.s2")))["todo"] == []


@pytest.mark.feature("NR-04", "L-07")
async def test_progress_counts_the_organisations_below_and_nothing_outside_the_scope(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        elsewhere = a_student(OTHER_CLASS)
        await kit.receive(enrolled(an_enrolment(elsewhere.student_id, OTHER_CLASS, "赵一帆")))
        city = kit.as_(an_actor("administrator", "jx.nc"))
        [before] = (await city.get("/progress")).json["items"]
        assert (before["path"], before["schools"], before["schools_opened"], before["cases"]) == ("jx.nc.dh", 1, 0, 0)
        entry_id, _ = await house.selected()
        await house.complaint(entry_id)
        for _ in range(2):  # what waits, and what a job has added to the counters
            above = (await city.get("/progress")).json
            for one in (above["whole"], *above["items"]):
                assert (one["schools"], one["schools_opened"], one["cases"], one["open_cases"]) == (1, 1, 1, 1)
                assert (one["overdue_cases"], one["state"], one["students"]) == (0, None, None)
            async with kit.deps.db.transaction() as tx:
                await fold(kit.deps, tx, "", {})
                assert await wrong(tx, "cases") == await wrong(tx, "school_terms") == []
        assert (await city.get("/progress", school_year="2020-2021", number=1)).json["items"] == []
        district = an_actor("administrator", "jx.nc.dh")
        whole = (await kit.as_(district).get("/progress")).json
        [school] = whole["items"]
        assert (school["path"], school["schools_opened"], school["state"]) == (SCHOOL, 1, "open")
        assert (school["cases"], school["open_cases"], school["students"]) == (1, 1, None)
        home = (await kit.as_(district).get("/home")).json
        assert [(c["id"], c["done"], c["of"], c["path"]) for c in home["counters"]] == [
            ("publicity_opened", 1, 1, None),
            ("cases_closed", 0, 1, None),
            ("publicity_opened", 1, 1, SCHOOL),
            ("cases_closed", 0, 1, SCHOOL),
        ]
        grade = (await kit.as_(district).get("/progress", path=f"{SCHOOL}.g2025")).json
        assert [(item["title"], item["students"], item["selecting"], item["cases"]) for item in grade["items"]] == [
            ("1班", 2, 1, 1),
            ("2班", 1, 0, 0),
        ]
        for path, position in ((OTHER_CLASS, 1), (CLASS, 2)):  # the school's own order (L-07)
            await kit.receive(
                OrganisationCreatedV1(
                    path=path, level="class", title="", stage=None, scheme_id=None, scheme_version=None,
                    time_zone="Asia/Shanghai", version=1, position=position,
                )
            )  # fmt: skip
        grade = (await kit.as_(district).get("/progress", path=f"{SCHOOL}.g2025")).json
        assert [item["title"] for item in grade["items"]] == ["2班", "1班"]
        rows = (await kit.as_(an_administrator()).get("/selections", term_id=house.term.term_id)).json["items"]
        assert [row["path"] for row in rows] == [OTHER_CLASS, CLASS, CLASS]
        own = (await kit.as_(house.teacher).get("/progress")).json
        assert (own["items"], own["whole"]["students"], own["whole"]["selecting"]) == ([], 2, 1)
        assert (await kit.as_(house.teacher).get("/progress", path=SCHOOL)).code == "not_found"
        assert (await kit.as_(house.owner).get("/progress")).code == "forbidden"
        none = (await kit.as_(district).get("/progress", school_year="2020-2021", number=1)).json
        assert (none["whole"]["schools"], none["items"]) == (0, [])
        assert (await kit.as_(an_actor("administrator", "jx.nc.xh")).get("/progress")).json["items"] == []


@pytest.mark.feature("NR-04")
def test_above_schools_progress_is_about_the_newest_term_that_has_begun_somewhere() -> None:
    def term(year: str, number: int, *first_days: int) -> SchoolTerms:
        return SchoolTerms("jx", year, number, {f"starts|2026-09-{day:02}": 1 for day in first_days})

    old, new, empty = term("2025-2026", 2, 1), term("2026-2027", 1, 5, 9), term("2027-2028", 1)
    assert shown([new, empty, old], date(2026, 9, 4), None, None) == old
    assert shown([new, empty, old], date(2026, 9, 5), None, None) == new
    assert shown([new, empty, old], date(2026, 9, 9), "2025-2026", 2) == old
    assert shown([new, empty], date(2026, 9, 4), None, None) == new
    assert shown([empty], date(2026, 9, 4), None, None) is None


@pytest.mark.feature("JX-03")
async def test_the_class_teacher_sees_who_has_not_selected_anything(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        await house.selected()
        await house.eligible()
        url, term = "/selections", house.term.term_id
        rows = (await kit.as_(house.teacher).get(url, term_id=term)).json["items"]
        assert {row["student_name"]: (row["selected"], row["eligible"]) for row in rows} == {"李晓雨": (1, 2), "陈一鸣": (0, 0)}
        first = (await kit.as_(house.teacher).get(url, term_id=term, limit=1)).json
        second = (await kit.as_(house.teacher).get(url, term_id=term, limit=1, cursor=first["next"])).json
        assert [row["student_id"] for row in first["items"] + second["items"]] == [row["student_id"] for row in rows]
        assert second["next"] is None
        assert (await kit.as_(house.teacher).get(url, term_id=term, path=OTHER_CLASS)).code == "not_found"
        assert (await kit.as_(a_teacher(OTHER_SCHOOL_CLASS)).get(url, term_id=term)).code == "not_found"
        assert (await kit.as_(house.owner).get(url, term_id=term)).code == "forbidden"
        assert (await kit.as_(house.teacher).get(url, term_id=new_id())).code == "not_found"


@pytest.mark.feature("NR-04")
async def test_a_school_counts_nothing_that_its_scheme_does_not_have(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = House(kit)
        house.term = a_term(scheme_id="beijing", windows=())
        await house.begin()
        own = (await kit.as_(house.teacher).get("/home")).json
        assert [one["id"] for one in own["counters"]] == []
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        own = (await kit.as_(house.teacher).get("/home")).json
        assert [one["id"] for one in own["counters"]] == ["students_selecting", "cases_closed"]
