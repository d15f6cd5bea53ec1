"""Evaluating classmates at a real service: card by card and many at once, progress without marks, counts afterwards (CS-12)."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from archive.app import SERVICE
from contracts.identity import StudentsEnrolledV1
from servicekit.ids import new_id
from servicekit.testing import SCHEMES as SOURCES
from servicekit.testing import a_service

from .rule_builders import SCHEMES
from .school import KEY, PUBLIC_ENDS, SCHOOL, WRITING, School, a_leave, a_term, a_window, an_enrolment

LAST_CLASS = f"{SCHOOL}.g2024.c01"
DIMENSIONS = [dimension.id for dimension in SCHEMES.get("changsha", "2026.1").dimensions]
CLOSED = PUBLIC_ENDS + timedelta(days=11)


@asynccontextmanager
async def a_last_term(parts: Any, pupils: int = 7, **settings: Any) -> AsyncIterator[School]:
    """archive with a class of Changsha in its last term, and peer evaluation open."""
    async with a_service(SERVICE, parts, storage=True, archive_key=json.dumps(KEY), **settings) as kit:
        students = [an_enrolment(n, path=LAST_CLASS) for n in range(pupils)]
        term = a_term(
            scheme_id="changsha", number=2, starts_on=date(2027, 1, 2), ends_on=date(2027, 7, 1),
            windows=(a_window("peer_evaluate", PUBLIC_ENDS, 10), a_window("summarise", PUBLIC_ENDS, 10)),
        )  # fmt: skip
        await kit.receive(StudentsEnrolledV1(school=SCHOOL, students=tuple(students)))
        await kit.receive(term)
        kit.at(WRITING)
        yield School(kit, term, students)


def a_card(student_id: Any, choices: str = "aaaaa") -> dict[str, Any]:
    answers = [{"dimension": name, "choice": choice} for name, choice in zip(DIMENSIONS, choices, strict=True)]
    return {"student_id": str(student_id), "answers": answers}


async def evaluate_all(school: School, number: int, choices: str = "aaaaa") -> None:
    """One student evaluates every classmate at once, and submits."""
    mates = [one.student_id for at, one in enumerate(school.students) if at != number and one.status != "left"]
    body = school.ids | {"cards": [a_card(one, choices) for one in mates]}
    saved = await school.student(number).put("/peer-evaluations", body)
    assert (saved.status, saved.json["done"]) == (200, len(mates)), saved.body
    assert (await school.student(number).post("/peer-evaluations/submission", school.ids)).status == 201


@pytest.mark.feature("CS-12")
async def test_every_classmate_is_evaluated_once_and_nobody_learns_who_said_what(parts: Any) -> None:
    async with a_last_term(parts) as school:
        me, term_id = school.student(), school.term.term_id
        sheet = (await me.get("/peer-evaluations", term_id=term_id)).json
        mates = [card["student_id"] for card in sheet["cards"]]
        assert (sheet["of"], sheet["done"], sheet["open"], len(set(mates))) == (6, 0, True, 6)
        assert str(school.students[0].student_id) not in mates
        stranger = new_id()
        body = school.ids | {
            "cards": [a_card(mates[0]), a_card(school.students[0].student_id), a_card(stranger), a_card(mates[1], "aaaae")]
        }
        saved = (await me.put("/peer-evaluations", body)).json
        assert [one["code"] for one in saved["results"]] == [None, "invalid_input", "not_found", "invalid_input"]
        again = (await me.put("/peer-evaluations", body | {"cards": [a_card(mates[0])]})).json
        assert (again["done"], again["results"][0]["ok"]) == (1, True), "once, however often it is sent"
        await me.put("/peer-evaluations", school.ids | {"cards": [a_card(mates[0], "bbbbb")]})
        early = await me.post("/peer-evaluations/submission", school.ids)
        assert (early.code, early.json["rule"], early.json["count"]) == ("evaluations_missing", "CS-12", 5)
        await evaluate_all(school, 0, "dbaaa")
        fixed = (await me.put("/peer-evaluations", school.ids | {"cards": [a_card(mates[0])]})).json["results"][0]
        assert (fixed["code"], fixed["detail"]) == ("wrong_state", "已经提交，不能再改")
        for other in (school.guardian(), school.teacher(LAST_CLASS), school.admin):
            assert (await other.get("/peer-evaluations", term_id=term_id)).code == "forbidden"

        result = {"term_id": term_id, "student_id": mates[0]}
        number = next(at for at, one in enumerate(school.students) if str(one.student_id) == mates[0])
        assert (await school.student(number).get("/peer-evaluations/result", **result)).code == "wrong_state"
        for at in range(1, 5):
            await evaluate_all(school, at)
        school.kit.at(CLOSED)
        late = await school.student(5).put("/peer-evaluations", school.ids | {"cards": [a_card(mates[0])]})
        assert (late.code, late.json["rule"]) == ("window_closed", "CS-12")
        seen = await school.student(number).get("/peer-evaluations/result", **result)
        [moral, *_] = seen.json["dimensions"]
        given = 5 - (1 <= number < 5)
        assert moral["evaluators"] == given
        assert [one["count"] for one in moral["counts"]] == ([given - 1, 0, 0, 1] if given == 5 else [])
        assert not {str(one.student_id) for one in school.students} - {mates[0]} & set(seen.body.decode().split('"'))
        assert (await school.student(6 if number != 6 else 5).get("/peer-evaluations/result", **result)).code == "not_found"


@pytest.mark.feature("CS-02", "CS-12")
async def test_a_scheme_can_limit_peer_evaluation_to_the_pc(parts: Any, tmp_path: Path) -> None:
    shutil.copytree(SOURCES, tmp_path / "schemes")
    file = tmp_path / "schemes" / "changsha" / "2026.1.yaml"
    line = "{id: peer_evaluate, title: 学生互评, roles: [student], terms: last,"
    text = file.read_text(encoding="utf-8")
    assert line in text
    file.write_text(text.replace(line, f"{line} clients: [pc],"), encoding="utf-8")
    async with a_last_term(parts, pupils=2, schemes=tmp_path / "schemes") as school:
        body = school.ids | {"cards": [a_card(school.students[1].student_id)]}
        phone = await school.student().put("/peer-evaluations", body, X_Client="phone")
        assert (phone.status, phone.code, phone.json["rule"], phone.json["clients"]) == (409, "other_client", "CS-02", ["pc"])
        assert (await school.student().put("/peer-evaluations", body, X_Client="pc")).json["done"] == 1
        sent = await school.student().post("/peer-evaluations/submission", school.ids, X_Client="phone")
        assert sent.code == "other_client"


@pytest.mark.feature("CS-12")
async def test_the_class_teacher_sees_who_has_finished_and_never_a_mark(parts: Any) -> None:
    async with a_last_term(parts, pupils=4) as school:
        teacher, term_id = school.teacher(LAST_CLASS), school.term.term_id
        home = (await school.student().get("/home")).json
        [todo] = [one for one in home["todo"] if one["id"] == "classmates_to_evaluate"]
        assert todo["count"] == 3
        await evaluate_all(school, 0)
        await school.student(1).put("/peer-evaluations", school.ids | {"cards": [a_card(school.students[0].student_id)]})
        seen = await teacher.get("/peer-evaluations/progress", term_id=term_id)
        [unit] = seen.json["classes"]
        assert (unit["finished"], unit["students"], "choice" in seen.body.decode()) == (1, 4, False)
        finished = {one["student_id"]: (one["given"], one["expected"], one["finished"]) for one in unit["pupils"]}
        assert finished[str(school.students[0].student_id)] == (3, 3, True)
        assert finished[str(school.students[1].student_id)] == (0, 3, False), "what is not submitted is not given"
        waiting = [one for one in (await teacher.get("/home")).json["todo"] if one["id"] == "peer_evaluations_unfinished"]
        assert [one["count"] for one in waiting] == [3]
        counters = (await school.admin.get("/home")).json["counters"]
        assert {(one["title"], one["done"], one["of"]) for one in counters if one["path"] is None} == {
            ("维度综述", 0, 4), ("学生互评", 1, 4),
        }  # fmt: skip
        assert (await school.student().get("/peer-evaluations/progress", term_id=term_id)).code == "forbidden"
        assert (await school.stranger.get("/peer-evaluations/progress", term_id=term_id)).code == "not_found"

        joined = an_enrolment(8, path=LAST_CLASS)
        await school.kit.receive(StudentsEnrolledV1(school=SCHOOL, students=(joined,)))
        gone = school.students[3].model_copy(update={"status": "left", "version": 2})
        await school.kit.receive(a_leave(gone))
        sheet = (await school.student().get("/peer-evaluations", term_id=term_id)).json
        assert (sheet["of"], sheet["done"], sheet["submitted"]) == (3, 2, False), "the joiner comes, the leaver goes"
        await school.student().put("/peer-evaluations", school.ids | {"cards": [a_card(joined.student_id)]})
        done = (await school.student().post("/peer-evaluations/submission", school.ids)).json
        assert (done["submitted"], done["done"]) == (True, 3)


@pytest.mark.feature("CS-07")
async def test_a_summary_is_written_dimension_by_dimension(parts: Any) -> None:
    async with a_last_term(parts, pupils=1) as school:
        me, body = school.student(), school.ids | {"type": "dimension_summary"}
        none = await me.put("/evaluations/self", body | {"text": "没有维度"})
        assert (none.code, none.json["rule"], none.json["errors"][0]["field"]) == ("invalid_input", "CS-07", "dimension")
        version = 0
        for name in DIMENSIONS:
            one = body | {"dimension": name, "text": f"{name}做了什么"}
            done = await me.put("/evaluations/self", one, **({"If_Match": f'"{version}"'} if version else {}))
            version = done.json["version"]
            assert (done.status, done.json["complete"], version) == (200, name == DIMENSIONS[-1], len(done.json["parts"]))
            [listed] = (await me.get("/evaluations", term_id=school.term.term_id, pending="true")).json["items"] or [None]
            assert (listed is None) == done.json["complete"]
        history = (await school.guardian().get(f"/evaluations/{done.json['id']}")).json["history"]
        assert [len(one["parts"]) for one in history] == [5, 4, 3, 2, 1]
