"""What the rules refuse on the main job's way: code, field, rule, scheme and window are told, and nothing is half-done."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from demo.client import User
from demo.steps.batches import XLSX
from demo.world import Campus, Pupil, World
from stack.platform import Platform

from demo import sample_files

from .census import census, settled
from .doors import Answer, Door, a_file, a_record, eligible, next_term, opened, reported, signed_in
from .things import Things, things_of

SCHEME = "jiangxi@2026.1"


@dataclass
class Desk:
    """The first school with a second term under way: what a pupil may send, and what may not go in."""

    door: Door
    world: World
    campus: Campus
    pupil: Pupil
    term: str
    past: Things
    file: str
    foreign: str
    unfinished: str

    @property
    def teacher(self) -> User:
        """The pupil's class teacher."""
        return self.campus.school_classes[0].teacher

    async def report(self, **changed: Any) -> Answer:
        """The pupil sends a report in which something is changed."""
        evidence = changed.pop("evidence", [self.file])
        return await self.door.ask(
            self.pupil.user, "POST", "/records/records", a_record(self.world, self.term, evidence, **changed)
        )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(platform: Platform, world: World) -> AsyncIterator[Desk]:
    campus = world.campuses[0]
    pupil = campus.pupils[4]
    async with opened(world) as door:
        term = await next_term(campus)
        offer = await pupil.user.post("/records/evidence", {"name": "照片.jpg", "media_type": "image/jpeg", "size": 1000})
        yield Desk(
            door=door,
            world=world,
            campus=campus,
            pupil=pupil,
            term=term["id"],
            past=await things_of(campus),
            file=await a_file(pupil.user),
            foreign=await a_file(campus.pupils[5].user, 2),
            unfinished=offer["file_id"],
        )


@pytest_asyncio.fixture
async def unchanged(platform: Platform, desk: Desk) -> AsyncIterator[None]:
    """Whatever a test asks for in vain leaves every table as it was."""
    before = await settled(platform)
    yield
    assert await census(platform) == before


def refused(answer: Answer, status: int, code: str, field: str | None = None, rule: str | None = None) -> None:
    """Is this the problem document that says so?"""
    assert (answer.status, answer.code) == (status, code), answer.content
    assert field is None or field in answer.fields, answer.json
    assert rule is None or answer.json.get("rule") == rule or rule in {e.get("rule") for e in answer.json["errors"]}, (
        answer.json
    )


WRONG_FORMS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("a name too long", {"data__name": "长" * 61}, "name"),
    ("a name that is missing", {"data__name": None}, "name"),
    ("a name of blanks", {"data__name": " \u3000 "}, "name"),
    ("an account too short", {"data__account": "太短"}, "account"),
    ("an account too long", {"data__account": "长" * 501}, "account"),
    ("a date in the future", {"data__starts_on": "2099-01-01", "data__ends_on": "2099-01-02"}, "starts_on"),
    ("a date that is none", {"data__starts_on": "2026-02-30"}, "starts_on"),
    ("an end before its beginning", {"data__starts_on": "2026-09-05", "data__ends_on": "2026-09-01"}, "ends_on"),
    ("hours that are words", {"data__hours": "很久"}, "hours"),
    ("hours below the least", {"data__hours": -1}, "hours"),
    ("hours above the most", {"data__hours": 201}, "hours"),
    ("hours without end", {"data__hours": 10**40}, "hours"),
    ("a field that the kind has not", {"data__prize": "一等奖"}, "prize"),
    ("a sign that no page shows", {"data__place": "图书馆\x00"}, "place"),
)


@pytest.mark.usefixtures("unchanged")
async def test_a_form_that_is_wrong_is_refused_by_field_and_rule(desk: Desk) -> None:
    for name, changed, field in WRONG_FORMS:
        for submit in (True, False):
            if not submit and name in ("a name that is missing", "a name of blanks", "an account too short"):
                continue  # a draft may be unfinished
            answer = await desk.report(**changed, submit=submit)
            assert (answer.status, answer.code) == (422, "invalid_input"), (name, answer.content)
            assert answer.json["scheme"] == SCHEME, name
            [error, *_] = answer.json["errors"]
            assert (error["field"], bool(error["message"]), bool(error["rule"])) == (field, True, True), (name, answer.json)
    wrong_kind = await desk.report(kind="flying")
    refused(wrong_kind, 422, "invalid_input", "kind")
    imported = await desk.report(kind="exam_scores", data={"exam": "final"})
    refused(imported, 403, "forbidden", rule="exam_scores.entry_roles")


@pytest.mark.feature("JX-03")
@pytest.mark.usefixtures("unchanged")
async def test_a_record_without_proof_of_its_own_is_refused(desk: Desk) -> None:
    refused(await desk.report(evidence=[]), 422, "invalid_input", "evidence", "JX-03")
    refused(await desk.report(evidence=[desk.foreign]), 422, "file_refused", desk.foreign)
    refused(await desk.report(evidence=[desk.unfinished]), 409, "file_missing", desk.unfinished)
    refused(await desk.report(evidence=[str(uuid4())]), 422, "file_refused")
    refused(await desk.report(evidence=[desk.past["evidence"]]), 422, "file_refused")
    refused(await desk.report(evidence=[desk.file, desk.foreign]), 422, "file_refused", desk.foreign)
    refused(await desk.report(evidence=[desk.file] * 51), 422, "invalid_input", "evidence")


@pytest.mark.feature("JX-03")
@pytest.mark.usefixtures("unchanged")
async def test_a_file_is_what_its_bytes_say_not_its_name(desk: Desk) -> None:
    by, jpeg = desk.pupil.user, "image/jpeg"
    script = sample_files.letter(1, "某人", "活动").replace(
        b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript >>", 1
    )
    html, zipped, half = b"<html><script>1</script></html>" * 30, b"PK\x03\x04" + b"0" * 500, b"\xff\xd8\xff" * 300
    for content in (b"MZ\x90\x00" * 400, html, zipped, half, script):
        offer = await by.post("/records/evidence", {"name": "照片.jpg", "media_type": jpeg, "size": len(content)})
        await by.gateway.upload(offer, "照片.jpg", jpeg, content)
        done = f"/records/evidence/{offer['file_id']}/completion"
        for _ in range(2):
            refused(await desk.door.ask(by, "POST", done, {}), 422, "file_refused")
        refused(await desk.report(evidence=[offer["file_id"]]), 409, "file_missing")
    for field, wrong in (("media_type", {"media_type": "text/html"}), ("size", {"size": 11 * 2**20}), ("size", {"size": 0})):
        asked = {"name": "照片.jpg", "media_type": jpeg, "size": 100, **wrong}
        answer = await desk.door.ask(by, "POST", "/records/evidence", asked)
        assert answer.code in ("file_refused", "invalid_input")
        assert field in answer.fields


@pytest.mark.feature("JX-04")
async def test_a_review_that_the_rules_forbid_changes_nothing(platform: Platform, desk: Desk) -> None:
    record = await reported(desk.world, desk.pupil, desk.term)
    before, way, ask = await settled(platform), f"/records/records/{record['id']}", desk.door.ask
    for body in ({}, {"reason_code": None}, {"reason_code": "just_so"}):
        refused(await ask(desk.teacher, "POST", f"{way}/return", body), 422, "reason_required", "reason_code", "JX-04")
    refused(
        await ask(desk.teacher, "POST", f"{way}/return", {"reason_code": "untrue"}), 422, "reason_required", "note", "JX-04"
    )
    for who in (desk.pupil.user, desk.pupil.guardian, desk.campus.administrator, desk.campus.staff["校长"]):
        refused(await ask(who, "POST", f"{way}/approval"), 403, "forbidden", rule="JX-04")
        refused(await ask(who, "POST", f"{way}/return", {"reason_code": "incomplete"}), 403, "forbidden", rule="JX-04")
    stale = await ask(desk.teacher, "POST", f"{way}/approval", headers={"If-Match": '"77"'})
    refused(stale, 412, "stale_version")
    many = {"record_ids": [record["id"], str(uuid4()), desk.past["record"]], "action": "return"}
    results = (await ask(desk.teacher, "POST", "/records/reviews", many)).json["results"]
    assert [(one["result"], one["code"]) for one in results] == [
        ("refused", "reason_required"), ("refused", "not_found"), ("refused", "wrong_state")
    ]  # fmt: skip
    assert await census(platform) == before
    assert (await ask(desk.teacher, "POST", f"{way}/approval")).status == 200
    await eligible(desk.pupil, record["id"])
    before = await settled(platform)
    for move in ("approval", "return"):
        refused(await ask(desk.teacher, "POST", f"{way}/{move}", {"reason_code": "incomplete"}), 409, "wrong_state")
    content = a_record(desk.world, desk.term, [desk.file])
    mended = {name: content[name] for name in ("title", "data", "evidence")}
    for move in ("", "/amendment"):
        now = (await ask(desk.pupil.user, "GET", way)).json["version"]
        for seen, status, code in ((now - 1, 412, "stale_version"), (now, 409, "wrong_state")):
            answer = await ask(desk.pupil.user, "PUT", way + move, mended, headers={"If-Match": f'"{seen}"'})
            refused(answer, status, code)
        refused(await ask(desk.pupil.user, "PUT", way + move, mended), 428, "version_required")
    for method, move in (("DELETE", ""), ("POST", "/withdrawal"), ("POST", "/submission")):
        refused(await ask(desk.pupil.user, method, way + move), 409, "wrong_state")
    assert await census(platform) == before


@pytest.mark.feature("JX-03")
async def test_only_approved_records_of_ones_own_are_selected(platform: Platform, desk: Desk) -> None:
    waiting = await reported(desk.world, desk.pupil, desk.term)
    before, ask = await settled(platform), desk.door.ask
    way = "/publicity/selections"
    mine = await desk.pupil.user.everything("/publicity/entries", student_id=desk.pupil.student_id)
    assert waiting["id"] not in {entry["record_id"] for entry in mine}
    other = desk.campus.pupils[5]
    [theirs, *_] = await other.user.everything("/publicity/entries", state="cleared")
    [cleared, *_] = [entry for entry in mine if entry["state"] == "cleared"]
    good = [entry["entry_id"] for entry in mine if entry["term_id"] == desk.term and entry["state"] == "eligible"]
    for ids in ([str(uuid4())], [waiting["id"]], [theirs["entry_id"]], [*good, theirs["entry_id"]]):
        refused(await ask(desk.pupil.user, "POST", way, {"entry_ids": ids}), 404, "not_found")
    late = await ask(desk.pupil.user, "POST", way, {"entry_ids": [*good, cleared["entry_id"]]})
    assert (late.status, late.code) in ((409, "window_closed"), (409, "wrong_state"))
    if good:
        by_guardian = await ask(desk.pupil.guardian, "POST", way, {"entry_ids": good})
        refused(by_guardian, 403, "forbidden", rule="JX-03")
    refused(await ask(desk.pupil.user, "POST", way, {"entry_ids": []}), 422, "invalid_input", "entry_ids")
    assert await census(platform) == before


@pytest.mark.feature("JX-07", "JX-08", "JX-09", "JX-10", "X-13")
@pytest.mark.usefixtures("unchanged")
async def test_the_board_and_its_cases_are_closed_after_their_time(desk: Desk) -> None:
    past, ask = desk.past, desk.door.ask
    reader = desk.campus.pupils[7].user
    complaint = {"entry_id": past["entry"], "complaint_type": "untrue", "text": "公示之后才提出的质疑。", "files": []}
    for method, way, body, rule in (
        ("POST", "/publicity/cases", complaint, "JX-07"),
        ("GET", f"/publicity/board?term_id={past['term']}", None, "JX-07"),
        ("GET", f"/publicity/board/{past['entry']}", None, "JX-07"),
    ):
        answer = await ask(reader, method, way, body)
        refused(answer, 409, "window_closed", rule=rule)
        assert answer.json["scheme"] == SCHEME
        assert answer.json["window"]["operation"] == "publicity"
        assert answer.json["window"]["ends"]
    case, author = f"/publicity/cases/{past['case']}/actions", desk.campus.pupils[0]
    for who in (author.user, desk.teacher, desk.campus.administrator):
        refused(await ask(who, "POST", case, {"action": "agree"}), 409, "wrong_state", rule="JX-09")
    many = {"case_ids": [past["case"], str(uuid4())], "action": "agree"}
    results = (await ask(desk.campus.administrator, "POST", "/publicity/case-actions", many)).json["results"]
    assert [(one["ok"], one["code"]) for one in results] == [(False, "wrong_state"), (False, "not_found")]


@pytest.mark.feature("JX-12", "JX-13")
@pytest.mark.usefixtures("unchanged")
async def test_what_is_sealed_stays_and_what_is_not_open_waits(desk: Desk) -> None:
    ask, text = desk.door.ask, "这一段文字超过三十个字，是在规定的时间段以外写的自我评价，不应当被系统接受和保存下来。"
    for term, code, status in ((desk.past["term"], "wrong_state", 409), (desk.term, "window_closed", 409)):
        answer = await ask(desk.pupil.user, "PUT", "/archive/evaluations/self", {"term_id": term, "text": text})
        refused(answer, status, code, rule="JX-12")
        comment = {"term_id": term, "student_id": desk.pupil.student_id, "text": text}
        answer = await ask(desk.teacher, "PUT", "/archive/evaluations/teacher", comment)
        refused(answer, status, code, rule="JX-12")
        refused(await ask(desk.pupil.user, "PUT", "/archive/evaluations/teacher", comment), 403, "forbidden")
    seal = f"/archive/terms/{desk.past['term']}/seal"
    refused(await ask(desk.campus.administrator, "POST", seal, {}), 409, "wrong_state", rule="JX-13")
    for who in (desk.teacher, desk.pupil.user, desk.campus.staff["校长"]):
        refused(await ask(who, "POST", seal, {}), 403, "forbidden")
    early = await ask(desk.campus.administrator, "POST", f"/archive/terms/{desk.term}/seal", {})
    assert (early.status, early.code) in ((409, "window_closed"), (409, "term_not_ready"))


@pytest.mark.feature("JX-13")
@pytest.mark.usefixtures("unchanged")
async def test_the_career_archive_takes_two_of_a_kind_and_is_frozen_when_sealed(desk: Desk) -> None:
    ask = desk.door.ask
    for pupil in desk.campus.pupils:
        offer = await pupil.user.get(f"/archive/career/{pupil.student_id}")
        way = f"/archive/career/{pupil.student_id}"
        ids = [one["record_id"] for one in offer["candidates"]]
        seen = {"If-Match": f'"{offer["version"]}"'}
        if offer["state"] != "collecting":
            refused(await ask(pupil.user, "PUT", f"{way}/selection", {"record_ids": ids[:1]}, headers=seen), 409, "wrong_state")
            refused(await ask(pupil.user, "POST", f"{way}/seal"), 409, "wrong_state")
            continue
        kinds: dict[str, list[str]] = {}
        for one in offer["candidates"]:
            kinds.setdefault(one["kind"], []).append(one["record_id"])
        for most in (found for found in kinds.values() if len(found) > 2):
            answer = await ask(pupil.user, "PUT", f"{way}/selection", {"record_ids": most[:3]}, headers=seen)
            refused(answer, 409, "quota_exceeded", "record_ids", "JX-13")
            assert (answer.json["most"], answer.json["picked"]) == (2, 3)
        for strange in (str(uuid4()), desk.past["record"] if pupil is not desk.campus.pupils[0] else str(uuid4())):
            answer = await ask(pupil.user, "PUT", f"{way}/selection", {"record_ids": [strange]}, headers=seen)
            refused(answer, 422, "invalid_input", "record_ids", "JX-13")
        if ids and not offer["picked"]:
            refused(await ask(pupil.user, "POST", f"{way}/seal"), 409, "career_not_ready", rule="JX-13")


@pytest.mark.feature("JX-11")
async def test_a_position_that_is_wrong_or_reviewed_by_the_wrong_one_changes_nothing(platform: Platform, desk: Desk) -> None:
    good = {"level": "class", "title": "monitor", "since": "2026-09-01"}
    made = await desk.pupil.user.post("/records/positions", {"term_id": desk.term, "data": good})
    before, ask = await settled(platform), desk.door.ask
    for field, wrong in (
        ("title", {"title": "king"}), ("level", {"level": None}), ("since", {"since": "2099-01-01"}),
        ("until", {"until": "2026-08-01"}), ("duties", {"duties": "长" * 301}), ("pay", {"pay": 5}),
    ):  # fmt: skip
        answer = await ask(desk.pupil.user, "POST", "/records/positions", {"term_id": desk.term, "data": {**good, **wrong}})
        refused(answer, 422, "invalid_input", field)
    way = f"/records/positions/{made['id']}"
    refused(await ask(desk.teacher, "POST", "/records/positions", {"term_id": desk.term, "data": good}), 422, "invalid_input")
    refused(await ask(desk.teacher, "POST", f"{way}/return", {}), 422, "reason_required", "reason_code", "JX-11")
    refused(await ask(desk.pupil.user, "POST", f"{way}/approval"), 403, "forbidden", rule="JX-11")
    refused(await ask(desk.pupil.user, "PUT", way, {"data": good}, headers={"If-Match": '"9"'}), 412, "stale_version")
    assert await census(platform) == before
    assert (await ask(desk.teacher, "POST", f"{way}/approval")).status == 200
    refused(await ask(desk.teacher, "POST", f"{way}/approval"), 409, "wrong_state", rule="JX-11")


@pytest.mark.feature("JX-05", "X-12")
@pytest.mark.usefixtures("unchanged")
async def test_an_import_without_a_good_workbook_or_right_is_refused(desk: Desk) -> None:
    ask, path = desk.door.ask, desk.pupil.path
    offer = await desk.teacher.post("/import/uploads", {"name": "成绩.xlsx", "media_type": XLSX, "size": 100})
    begin = {"file_id": offer["file_id"], "type": "exam_scores", "path": path, "term_id": desk.term}
    refused(await ask(desk.teacher, "POST", "/import/batches", begin), 409, "file_missing")
    await desk.teacher.gateway.upload(offer, "成绩.xlsx", XLSX, b"this is no workbook" * 9)
    refused(await ask(desk.teacher, "POST", "/import/batches", begin), 422, "file_refused")
    assert (await ask(desk.teacher, "POST", "/import/batches", {**begin, "type": "gold"})).code == "import_unknown"
    refused(await ask(desk.teacher, "POST", "/import/batches", {**begin, "sheet": 1}), 422, "invalid_input", "sheet")
    refused(await ask(desk.campus.administrator, "POST", "/import/batches", begin), 403, "forbidden")
    late = await ask(desk.teacher, "POST", "/import/batches", {**begin, "term_id": desk.past["term"]})
    assert (late.status, late.code) in ((409, "window_closed"), (409, "term_sealed"))
    done = f"/import/batches/{desk.past['batch']}"
    assert (await ask(desk.teacher, "POST", f"{done}/undo", {})).status in (409, 403)


@pytest.mark.feature("X-02", "X-13")
@pytest.mark.usefixtures("unchanged")
async def test_an_unsound_timetable_is_refused_window_by_window(desk: Desk) -> None:
    way, by, ask = f"/records/terms/{desk.term}", desk.campus.administrator, desk.door.ask
    term = await by.get(way)
    windows, seen = term["windows"], {"If-Match": f'"{term["version"]}"'}
    turned = [{**w, "starts": w["ends"], "ends": w["starts"]} for w in windows]
    for name, wrong in (
        ("an end before its start", turned),
        ("nothing known", [{**windows[0], "operation": "fly"}]),
        ("times at the ends of the calendar", [{**windows[0], "starts": "0001-01-01T00:00:00+14:00"}]),
        ("times after all", [{**windows[0], "ends": "9999-12-31T23:59:59-14:00"}]),
    ):
        answer = await ask(by, "PUT", f"{way}/timetable", {"windows": wrong, "reason": "不应成功"}, headers=seen)
        assert answer.status == 422, (name, answer.content)
        assert answer.code in ("timetable_unsound", "invalid_input"), name
        assert answer.fields - {"None"}, name
    half = {"windows": [{"operation": "report"}], "reason": "缺时间"}
    for body in ({"windows": windows, "reason": ""}, {"windows": windows}, half):
        refused(await ask(by, "PUT", f"{way}/timetable", body, headers=seen), 422, "invalid_input")
    refused(await ask(by, "PUT", f"{way}/timetable", {"windows": windows, "reason": "没有版本"}), 428, "version_required")
    stale = await ask(by, "PUT", f"{way}/timetable", {"windows": windows, "reason": "过期版本"}, headers={"If-Match": '"99"'})
    refused(stale, 412, "stale_version")
    twice = {name: term[name] for name in ("path", "title", "school_year", "number", "starts_on", "ends_on")}
    refused(await ask(by, "POST", "/records/terms", twice), 409, "term_exists")
    for wrong_term in ({"number": 9}, {"school_year": "26-27"}, {"ends_on": twice["starts_on"]}, {"starts_on": "9999-12-31"}):
        answer = await ask(by, "POST", "/records/terms", {**twice, "school_year": "2031-2032", **wrong_term})
        refused(answer, 422, "invalid_input")


@pytest.mark.feature("JX-14")
@pytest.mark.usefixtures("unchanged")
async def test_only_misconduct_is_released_and_by_the_school_only(desk: Desk) -> None:
    way = f"/records/records/{desk.past['record']}/release"
    body = {"released_on": "2026-11-01", "reason": "表现良好，予以解除。"}
    refused(await desk.door.ask(desk.campus.administrator, "POST", way, body), 409, "not_releasable", rule="JX-14")
    refused(await desk.door.ask(desk.teacher, "POST", way, body), 403, "forbidden", rule="JX-14")


@pytest.mark.feature("JX-16")
async def test_cards_of_others_are_not_taken_and_passwords_are_not_guessed(desk: Desk) -> None:
    ask, other = desk.door.ask, desk.campus.pupils[6].plan
    mine = {"name": other.name, "id_number": other.id_number}
    before = await desk.pupil.user.get("/identity/me")
    for body in (mine, {**mine, "id_number": "360103201001011234"}, {"name": "某人", "id_number": "x"}):
        answer = await ask(desk.pupil.user, "POST", "/identity/cards/own", body)
        assert 400 <= answer.status < 500, answer.content
        assert answer.code not in (None, "fault")
        assert other.id_number not in answer.content.decode()
    assert await desk.pupil.user.get("/identity/me") == before
    known, unknown = desk.campus.pupils[8].user.username, "9999999999999"
    answers = [
        await ask(None, "POST", "/identity/sessions", {"username": name, "password": "Wrong-password-1"})
        for name in (known, unknown)
    ]
    assert [answer.status for answer in answers] == [401, 401]
    said = [{name: value for name, value in answer.json.items() if name != "request_id"} for answer in answers]
    assert said[0] == said[1]
    assert (await signed_in(desk.world, known, "学生")).session["access_token"]
