"""Filing at a school: verdicts, confirmations on paper, and the stamped summary (SH-11)."""

import io
import json
from typing import Any

import pikepdf
import pytest
from contracts.records import ParticipationChangedV1

from .filed import CLASS, DISTRICT, FILING, JUDGING, LOWER, OTHER, OVER, REASON, a_filing_school, uploaded
from .school import a_school


def a_pdf() -> bytes:
    """A page that somebody scanned."""
    out = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page(page_size=(595, 842))
        made.save(out)
    return out.getvalue()


async def fetched(school: Any, url: str) -> bytes:
    """What a one-time address gives."""
    answer = await school.kit.anonymous.get("/downloads/" + url.rpartition("/")[2])
    assert answer.status == 200, answer.body
    data: bytes = answer.body
    return data


def pages(data: bytes) -> int:
    with pikepdf.open(io.BytesIO(data)) as document:
        return len(document.pages)


@pytest.mark.feature("SH-11", "X-13")
async def test_the_principal_judges_reports_one_by_one_and_many_at_once_each_with_its_answer(parts: Any) -> None:
    async with a_filing_school(parts) as school:
        [first] = await school.judge(0)
        assert (first["ok"], first["verdict"]["title"], first["verdict"]["version"]) == (True, "合格", 1)
        again, short, lower = await school.judge(0, 1, 3, choice="fail", version=1)
        assert (again["code"], short["code"], lower["code"]) == ("invalid_input", "invalid_input", "wrong_state")
        [failed] = await school.judge(0, choice="fail", reason=REASON, version=1)
        assert (failed["verdict"]["choice"], failed["verdict"]["reason"], failed["verdict"]["version"]) == ("fail", REASON, 2)
        rest = await school.judge(1, 2)
        assert all(one["ok"] for one in rest)
        body = {"term_id": str(school.term.term_id), "verdicts": [{"student_id": school.id(0), "choice": "pass"}]}
        for other in (school.teacher, school.admin, school.student(), school.guardian(), school.district):
            assert (await other.put("/verdicts", body)).code == "forbidden"
        report = (await school.principal.get(f"{school.url}/reports/{school.id(0)}")).json
        assert [s["source"] for s in report["sections"]] == ["profile", "records", "result"]
        assert "校运动会男子 1500 米" in json.dumps(report, ensure_ascii=False)
        assert [one["choice"] for one in report["history"]] == ["fail", "pass"]


@pytest.mark.feature("SH-11", "X-09")
async def test_a_verdict_is_shown_to_its_student_and_parents_alone_and_only_once_it_is_final(parts: Any) -> None:
    async with a_filing_school(parts) as school:
        await school.judge(0, choice="fail", reason=REASON)
        await school.judge(1, 2)
        for own in (school.student(), school.guardian()):
            [draft] = await school.rows(own)
            assert (draft["student_id"], draft["verdict"]) == (school.id(0), None)
            assert REASON not in (await own.get(f"{school.url}/reports/{school.id(0)}")).body.decode()
        assert (await school.print()).status == 200
        for own in (school.student(), school.guardian()):
            [shown] = await school.rows(own)
            assert (shown["verdict"]["title"], shown["verdict"]["reason"]) == ("不合格", REASON)
            [home] = (await own.get("/home")).json["verdicts"]
            assert (home["verdict"]["title"], home["report"], home["confirmation"]["state"]) == (
                "不合格",
                "纪实报告",
                "printed",
            )
            assert (await own.get(f"{school.url}/reports/{school.id(1)}")).code == "not_found"
            assert (await own.get(f"{school.url}/reports/{school.id(0)}")).json["history"] == []
            assert (await own.get(f"{school.url}/filing")).code == "forbidden"
        assert [row["student_id"] for row in await school.rows(school.teacher)] == [school.id(0), school.id(1)]
        assert (await school.teacher.get("/verdicts", term_id=school.term.term_id, path=OTHER)).code == "not_found"


@pytest.mark.feature("SH-11", "X-13")
async def test_a_printed_confirmation_fixes_the_verdict_until_the_school_withdraws_it(parts: Any) -> None:
    async with a_filing_school(parts) as school:
        early = await school.print()
        assert (early.code, early.json["rule"]) == ("verdicts_missing", "SH-11")
        await school.judge(0)
        printed = await school.print(caller=school.teacher)
        assert (printed.json["slips"], printed.json["waiting"]) == (1, 1)
        assert pages(await fetched(school, printed.json["url"])) == 1
        first = await school.code(0)
        assert (await school.print()).status == 200
        assert await school.code(0) == first
        [kept] = await school.judge(0, choice="fail", reason=REASON, version=1)
        assert (kept["code"], kept["help"]) == ("wrong_state", "需要更改时，请先撤回这名学生的确认单")
        withdraw = {"action": "withdraw", "student_id": school.id(0), "reason": "评价有误"}
        [no] = await school.change(school.teacher, withdraw)
        assert no["code"] == "forbidden"
        [done] = await school.change(school.admin, withdraw)
        assert done["confirmation"]["state"] == "withdrawn"
        [changed] = await school.judge(0, choice="fail", reason=REASON, version=1)
        assert changed["ok"]
        assert (await school.print(student_id=school.id(0))).json["slips"] == 1
        assert await school.code(0) != first
        assert (await school.student().get(f"/confirmations/{first}")).code == "not_found"
        assert (await school.print(LOWER)).code == "window_closed"
        assert (await school.teacher.post(f"{school.url}/confirmations", {"path": OTHER})).code == "not_found"


@pytest.mark.feature("SH-11", "X-09")
async def test_the_qr_code_opens_the_report_for_those_who_may_see_it_anyway_and_for_nobody_else(parts: Any) -> None:
    async with a_filing_school(parts) as school:
        await school.judge(0, 1, 2)
        await school.print()
        code = await school.code(0)
        for own in (school.student(), school.guardian(), school.teacher, school.principal, school.admin):
            found = await own.get(f"/confirmations/{code.lower().replace('-', ' ')}")
            assert (found.status, found.json["student_id"], found.json["verdict"]["title"]) == (200, school.id(0), "合格")
        for other in (school.student(1), school.guardian(2)):
            assert (await other.get(f"/confirmations/{code}")).code == "not_found"
        assert (await school.kit.anonymous.get(f"/confirmations/{code}")).code == "unauthenticated"
        assert code not in (await school.principal.get("/verdicts", term_id=school.term.term_id)).body.decode()


@pytest.mark.feature("SH-03", "SH-11")
async def test_who_does_not_take_part_is_neither_listed_nor_judged_nor_waited_for(parts: Any) -> None:
    async with a_filing_school(parts) as school:
        out = school.students[1]
        marked = ParticipationChangedV1(
            term_id=school.term.term_id, student_id=out.student_id, student_name=out.name, path=out.path,
            participates=False, reason="休学", by_name="校录入员", at=JUDGING, version=1,
        )  # fmt: skip
        await school.kit.receive(marked)
        assert [row["student_id"] for row in await school.rows(school.principal)] == [school.id(0), school.id(2)]
        [no] = await school.judge(1)
        assert no["code"] == "not_participating"
        assert (await school.filing())["students"] == 2
        [todo] = [one for one in (await school.principal.get("/home")).json["todo"] if one["id"] == "verdicts_to_give"]
        assert todo["count"] == 2
        await school.judge(0, 2)
        for path in (CLASS, OTHER):
            assert (await school.print(path)).status == 200
        await school.change(school.admin, *({"action": "sign", "student_id": school.id(n)} for n in (0, 2)))
        assert (await school.principal.post(f"{school.url}/summary")).status == 200


@pytest.mark.feature("SH-11", "X-13")
async def test_the_school_records_signatures_by_list_and_by_scan_and_says_who_is_missing(parts: Any) -> None:
    async with a_filing_school(parts) as school:
        await school.judge(0, 1, 2)
        for path in (CLASS, OTHER):
            await school.print(path)
        scan = await uploaded(school.teacher, a_pdf(), "签字页.pdf", "application/pdf")
        signed, unknown, elsewhere = await school.change(
            school.teacher,
            {"action": "sign", "code": await school.code(0), "file_id": scan},
            {"action": "sign", "code": "ABCD-ABCD-ABCD-ABCD-ABCD"},
            {"action": "sign", "code": await school.code(2)},
        )
        assert (signed["student_name"], signed["confirmation"]["state"]) == ("沈小一", "signed")
        assert (unknown["code"], elsewhere["code"], elsewhere["student_name"]) == ("not_found", "not_found", None)
        [again] = await school.change(school.teacher, {"action": "sign", "student_id": school.id(0)})
        assert (again["ok"], again["confirmation"]["version"]) == (True, signed["confirmation"]["version"])
        missing = await school.rows(school.teacher, slip="printed")
        assert [row["student_id"] for row in missing] == [school.id(1)]
        [no] = await school.change(school.teacher, {"action": "excuse", "student_id": school.id(1)})
        assert no["code"] == "invalid_input"
        excuse = {"action": "excuse", "student_id": school.id(1), "reason": "家长在国外，无法到校"}
        [yes] = await school.change(school.teacher, excuse)
        assert yes["confirmation"]["state"] == "excused"
        assert (await school.student().get(f"{school.url}/confirmations/{school.id(0)}/scan")).status == 200
        assert (await school.student(1).get(f"{school.url}/confirmations/{school.id(0)}/scan")).code == "not_found"
        assert (await school.student().post(f"{school.url}/confirmations/changes", {"changes": [excuse]})).code == "forbidden"
        own = await school.filing(school.teacher)
        assert [(one["path"], one["students"], one["settled"]) for one in own["classes"]] == [(CLASS, 2, 2)]
        whole = await school.filing()
        assert (whole["students"], whole["judged"], whole["settled"], whole["complete"]) == (3, 3, 2, False)


@pytest.mark.feature("SH-11", "X-13")
async def test_the_stamped_summary_completes_the_filing_and_a_changed_verdict_puts_it_out_of_date(parts: Any) -> None:
    async with a_filing_school(parts) as school:
        await school.judge(0, 1, 2)
        early = await school.principal.post(f"{school.url}/summary")
        assert (early.code, early.json["missing"], early.json["rule"]) == ("sign_off_open", 3, "SH-11")
        await school.all_signed()
        assert (await school.admin.post(f"{school.url}/summary")).code == "forbidden"
        made = (await school.principal.post(f"{school.url}/summary")).json
        assert pages(await fetched(school, made["url"])) >= 2
        assert (await school.principal.post(f"{school.url}/summary")).json["version"] == made["version"] == 1
        file_id = await uploaded(school.principal, a_pdf(), "汇总表.pdf", "application/pdf")
        done = await school.principal.post(f"{school.url}/summary/upload", {"version": 1, "file_id": file_id})
        assert (done.status, done.json["complete"], done.json["upload"]["current"]) == (200, True, True)
        [row] = (await school.district.get("/filings")).json["items"]
        assert (row["path"], row["complete"], row["verdicts"]) == (f"{DISTRICT}.s1", True, {"pass": 3})
        assert (await school.district.get(f"{school.url}/summary/file")).status == 200
        await school.change(school.admin, {"action": "withdraw", "student_id": school.id(0), "reason": "评价有误"})
        await school.judge(0, choice="fail", reason=REASON, version=1)
        after = await school.filing()
        assert (after["complete"], after["upload"]["current"], after["summary"]["current"]) == (False, False, False)
        await school.print()
        await school.change(school.teacher, {"action": "sign", "student_id": school.id(0)})
        stale = await school.principal.post(f"{school.url}/summary/upload", {"version": 1, "file_id": file_id})
        assert (stale.code, stale.json["rule"]) == ("summary_changed", "SH-11")
        second = (await school.principal.post(f"{school.url}/summary")).json
        assert second["version"] == 2
        assert second["sha256"] != made["sha256"]


@pytest.mark.feature("SH-11", "JX-13")
async def test_a_term_is_sealed_with_its_verdicts_which_each_archive_contains(parts: Any) -> None:
    async with a_filing_school(parts) as school:
        await school.judge(0, choice="fail", reason=REASON)
        seal = f"{school.url}/seal"
        no = await school.admin.post(seal, {"without_missing": True})
        assert (no.code, no.json["missing"], no.json["rule"]) == ("verdicts_missing", 2, "SH-11")
        assert (await school.admin.get(school.url)).json["without_verdict"] == 2
        preview = (await school.admin.get(f"{school.url}/preview")).json
        assert {"verdicts_missing", "sign_off_open"} <= {block["what"] for block in preview["blocks"]}
        assert not preview["may_seal"]
        progress = (await school.district.get("/progress")).json["whole"]["evaluations"]
        assert [(one["title"], one["written"], one["expected"]) for one in progress] == [("校长评价", 1, 3)]
        await school.judge(1, 2)
        unsigned = await school.admin.post(seal, {})
        assert unsigned.code == "sign_off_open"
        await school.print()
        await school.change(school.admin, {"action": "sign", "student_id": school.id(0)})
        assert (await school.admin.post(seal, {"without_missing": True})).status == 202
        await school.kit.tick()
        [one] = (await school.student().get("/archives")).json["items"]
        result = (await school.student().get(f"/archives/{one['id']}/content")).json["result"]
        assert (result["verdict"], result["reason"], result["author"]) == ("不合格", REASON, "陆校长")
        assert [label["label"] for label in result["signed"]] == ["学生签字", "家长签字"]
        assert all("已在确认单上签字" in label["value"] for label in result["signed"])
        late = {"term_id": str(school.term.term_id), "verdicts": [{"student_id": school.id(1), "choice": "pass"}]}
        assert (await school.principal.put("/verdicts", late)).code == "wrong_state"


@pytest.mark.feature("SH-11", "X-13")
async def test_filing_is_open_in_the_window_of_the_source_only(parts: Any) -> None:
    async with a_filing_school(parts) as school:
        for now, code in ((FILING.replace(day=12), "window_closed"), (OVER, "window_closed")):
            school.kit.at(now)
            [no] = await school.judge(0)
            assert no["code"] == code
            assert (await school.filing())["judge"]["open"] is False
        school.kit.at(JUDGING)
        assert (await school.filing())["judge"]["open"] is True
        [yes] = await school.judge(0)
        assert yes["ok"]
        school.kit.at(OVER)
        assert (await school.print()).code == "window_closed"
        [shown] = await school.rows(school.student())
        assert shown["verdict"]["title"] == "合格"
        home = (await school.principal.get("/home")).json
        assert not [todo for todo in home["todo"] if todo["id"] == "verdicts_to_give"]
        school.kit.at(JUDGING)
        [todo] = [todo for todo in (await school.principal.get("/home")).json["todo"] if todo["id"] == "verdicts_to_give"]
        assert (todo["count"], todo["title"]) == (2, "待作出的校长评价")


@pytest.mark.feature("SH-11")
async def test_a_scheme_without_a_verdict_has_none_of_this(parts: Any) -> None:
    async with a_school(parts) as school:
        url = f"/terms/{school.term.term_id}"
        assert (await school.admin.get(f"{url}/filing")).code == "not_found"
        assert (await school.admin.get("/verdicts", term_id=school.term.term_id)).code == "not_found"
        assert (await school.admin.post(f"{url}/confirmations", {"path": school.students[0].path})).code == "no_verdict"
