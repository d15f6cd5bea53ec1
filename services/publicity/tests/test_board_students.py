"""The board by student: grouped, counted, searched by name, with directory and tabs, and what of it each may see (CS-09)."""

from datetime import date, timedelta
from typing import Any

import pytest
from changsha_school import KIND, Changsha, windows
from contracts.archive import EvaluationWrittenV1
from contracts.base import EvidenceRef, Window
from publicity.app import SERVICE
from publicity_builders import CLASS, CLOSES, OPENS, OTHER_SCHOOL_CLASS, SCHOOL, SHOWN, House, a_term, an_enrolment, enrolled
from servicekit.ids import new_id
from servicekit.testing import a_service, a_student, an_actor

OLDER = f"{SCHOOL}.g2024.c02"
YEAR = timedelta(days=150)


def a_picture() -> EvidenceRef:
    """A picture of a record."""
    return EvidenceRef(
        evidence_id=new_id(), name="我.jpg", media_type="image/jpeg", size=9, sha256="0" * 64, public_key="x.jpg"
    )


@pytest.mark.feature("CS-09", "X-09", "L-20")
async def test_students_are_grouped_by_grade_counted_and_found_by_name_and_each_look_is_logged(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = Changsha(kit)
        await house.begin()
        senior = a_student(OLDER, name="高大壮")
        await kit.receive(
            enrolled(an_enrolment(senior.student_id, OLDER, "高大壮").model_copy(update={"grade_title": "九年级"}))
        )
        for student, path, count in ((house.owner, CLASS, 2), (house.classmate, CLASS, 1), (senior, OLDER, 1)):
            for _ in range(count):
                await house.published(student, path=path)
        viewer, url, term = kit.as_(house.classmate), "/board/students", str(house.term.term_id)
        found = (await viewer.post(url, {"term_id": term})).json["items"]
        assert [(one["group"], one["student_name"], one["entries"], one["own"]) for one in found] == [
            ("九年级", "高大壮", 1, False), *sorted(
                [("高一", "李晓雨", 2, False), ("高一", "陈一鸣", 1, True)],
                key=lambda row: str(house.owner.student_id if row[1] == "李晓雨" else house.classmate.student_id),
            ),
        ]  # fmt: skip
        first = (await viewer.post(url, {"term_id": term, "limit": 2})).json
        rest = (await viewer.post(url, {"term_id": term, "limit": 2, "cursor": first["next"]})).json
        assert [one["student_id"] for one in first["items"] + rest["items"]] == [one["student_id"] for one in found]
        assert rest["next"] is None
        [only] = (await viewer.post(url, {"term_id": term, "q": " 陈一鸣 "})).json["items"]
        assert only["student_id"] == str(house.classmate.student_id)
        below = (await viewer.post(url, {"term_id": term, "path": OLDER})).json["items"]
        assert [one["student_name"] for one in below] == ["高大壮"]
        async with kit.deps.db.reading() as tx:
            looks = await tx.fetch("SELECT account_id, searched, entries, q FROM board_looks ORDER BY at, id")
        assert [(one["account_id"], one["searched"], one["entries"], one["q"]) for one in looks] == [
            (house.classmate.account_id, searched, entries, None)
            for searched, entries in ((False, 3), (False, 3), (False, 1), (True, 1), (False, 1))
        ]
        assert (await kit.as_(a_student(OTHER_SCHOOL_CLASS)).post(url, {"term_id": term})).code == "not_found"
        assert (await kit.as_(an_actor("subject_teacher", CLASS)).post(url, {"term_id": term})).code == "forbidden"
        await house.to(CLOSES)
        answer = await viewer.post(url, {"term_id": term})
        assert (answer.code, answer.json["rule"]) == ("window_closed", "CS-09")


@pytest.mark.feature("CS-09", "X-09")
async def test_a_students_page_has_particulars_directory_and_material_with_pictures(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = Changsha(kit)
        await house.begin()
        entry_id = await house.published(
            evidence=(a_picture(),), data={"name": "公园", "place": "烈士公园", "secret": "不公开"}
        )
        await house.published(kind="reading", dimension="academic", title="读书", data={"name": "读书", "body": "好书"})
        url, term = f"/board/students/{house.owner.student_id}", str(house.term.term_id)
        viewer = kit.as_(house.classmate)
        page = (await viewer.get(url, term_id=term)).json
        assert [(one["title"], one["value"]) for one in page["profile"]] == [
            ("姓名", "李晓雨"), ("年级", "高一"), ("班级", "1班"),
        ]  # fmt: skip
        moral, academic, *others = page["directory"]
        assert (page["entries"], moral["entries"], academic["entries"], {one["entries"] for one in others}) == (2, 1, 1, {0})
        assert [(one["title"], one["entries"]) for one in moral["kinds"]] == [
            ("自我陈述报告", 0), ("学期报告单", 0), ("公益活动", 1), ("党团活动等集体荣誉", 0), ("个人奖励或个人处分", 0),
        ]  # fmt: skip
        [item] = (await viewer.get(f"{url}/entries", term_id=term, kind=KIND)).json["items"]
        assert (item["entry_id"], [one["shown"] for one in item["fields"]]) == (str(entry_id), ["公园", "烈士公园"])
        assert [one["media_type"] for one in item["evidence"]] == ["image/jpeg"]
        assert len((await viewer.get(f"{url}/entries", term_id=term, dimension="academic")).json["items"]) == 1
        assert (await viewer.get(f"{url}/entries", term_id=term, dimension="no_such")).json["items"] == []
        assert (await viewer.get(f"/board/students/{house.classmate.student_id}", term_id=term)).code == "not_found"
        async with kit.deps.db.reading() as tx:
            looked = await tx.fetch("SELECT DISTINCT student_id FROM board_looks")
        assert {one["student_id"] for one in looked} == {house.owner.student_id}
        for outside in (a_student(OTHER_SCHOOL_CLASS), an_actor("administrator", "jx.nc.dh")):
            assert (await kit.as_(outside).get(url, term_id=term)).code == "not_found"


@pytest.mark.feature("CS-09", "X-09")
async def test_tabs_have_what_earlier_terms_published_as_long_as_the_board_is_open(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = Changsha(kit)
        await house.begin()
        earlier = await house.published()
        excluded = await house.published()
        await house.upheld(excluded)
        await house.to(CLOSES)
        old = house.term
        assert (await kit.as_(house.classmate).get(f"/board/{earlier}")).code == "window_closed"
        shift = tuple(Window(operation=one.operation, starts=one.starts + YEAR, ends=one.ends + YEAR) for one in windows())
        house.term = a_term(
            scheme_id="changsha", windows=shift, title="2026-2027学年第二学期", number=2,
            starts_on=date(2027, 2, 10), ends_on=date(2027, 7, 5),
        )  # fmt: skip
        kit.at(OPENS + YEAR - timedelta(days=3))
        await kit.receive(house.term)
        url, term = f"/board/students/{house.owner.student_id}", str(house.term.term_id)
        new_entry, _ = await house.eligible(kind=KIND, title="新的", data={"name": "新的"})
        viewer = kit.as_(house.classmate)
        assert (await viewer.get(url, term_id=term)).code == "window_closed"
        await house.to(SHOWN + YEAR)
        page = (await viewer.get(url, term_id=term)).json
        assert [(tab["title"], tab["entries"], tab["open"]) for tab in page["tabs"]] == [
            (old.title, 1, False), ("2026-2027学年第二学期", 1, True),
        ]  # fmt: skip
        of_old = (await viewer.get(url, term_id=term, tab=old.term_id)).json
        assert (of_old["entries"], of_old["directory"][0]["entries"]) == (2, 1)
        for tab, wanted in ((None, {earlier, new_entry}), (old.term_id, {earlier}), (term, {new_entry})):
            query = {} if tab is None else {"tab": tab}
            items = (await viewer.get(f"{url}/entries", term_id=term, **query)).json["items"]
            assert {one["entry_id"] for one in items} == {str(one) for one in wanted}
        [row] = (await viewer.post("/board/students", {"term_id": term})).json["items"]
        assert row["entries"] == 2
        detail = (await viewer.get(f"/board/{earlier}")).json
        assert detail["entry_id"] == str(earlier)
        assert (await viewer.get(f"/board/{excluded}")).code == "window_closed"
        late = await kit.as_(house.complainant).post("/cases", {"entry_id": str(earlier), "text": "以前的也不实"})
        assert (late.code, late.json["rule"]) == ("window_closed", "CS-10")
        await house.to(CLOSES + YEAR)
        assert (await viewer.get(f"/board/{earlier}")).code == "window_closed"


@pytest.mark.feature("JX-07", "X-09")
async def test_a_scheme_without_earlier_terms_and_counts_shows_neither(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        await house.to(SHOWN)
        term = str(house.term.term_id)
        [row] = (await kit.as_(house.classmate).post("/board/students", {"term_id": term})).json["items"]
        assert (row["group"], row["entries"]) == ("1班", None)
        page = (await kit.as_(house.classmate).get(f"/board/students/{house.owner.student_id}", term_id=term)).json
        assert (page["entries"], {one["entries"] for one in page["directory"]}) == (None, {None})
        staff = (await kit.as_(house.teacher).post("/board/students", {"term_id": term})).json["items"]
        assert [one["entries"] for one in staff] == [1]
        [tab] = (await kit.as_(house.teacher).get("/board/terms")).json["items"]
        assert (tab["lists"], tab["group_by"]) == ("entries", "class")
        await house.to(CLOSES)
        assert await house.state_of(entry_id) == "cleared"
        assert (await kit.as_(house.classmate).get(f"/board/{entry_id}")).code == "window_closed"


@pytest.mark.feature("CS-07", "CS-09")
async def test_a_students_page_has_the_newest_summaries_of_dimensions_and_nothing_that_the_scheme_does_not_show(
    parts: Any,
) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = Changsha(kit)
        await house.begin()
        await house.published()
        common = {
            "evaluation_id": new_id(), "student_id": house.owner.student_id, "term_id": house.term.term_id, "path": CLASS,
            "evaluation_type": "dimension_summary",
        }  # fmt: skip
        for version, texts in ((2, {"moral": "改过的", "practice": "走进公园"}), (1, {"moral": "第一稿"}), (3, None)):
            await kit.receive(EvaluationWrittenV1(**common, version=version, on_board=texts))
        other = common | {"evaluation_type": "peer_evaluation"}
        await kit.receive(EvaluationWrittenV1(**other, version=1, on_board={"": "不该出现"}))
        url, term = f"/board/students/{house.owner.student_id}", str(house.term.term_id)
        page = (await kit.as_(house.classmate).get(url, term_id=term)).json
        assert [(one["dimension_title"], one["title"], one["text"]) for one in page["summaries"]] == [
            ("思想品德", "维度综述", "改过的"), ("社会实践", "维度综述", "走进公园"),
        ]  # fmt: skip
        assert (await kit.as_(a_student(OTHER_SCHOOL_CLASS)).get(url, term_id=term)).code == "not_found"
