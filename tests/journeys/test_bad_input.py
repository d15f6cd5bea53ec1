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
from tests.world.builders import a_file, a_record, create_record, eligible_entry, second_term, signed_in
from tests.world.client import Answer, Client, connected
from tests.world.request_templates import Ids, ids_of
from tests.world.tables import per_table, settled

SCHEME = "jiangxi@2026.1"


@dataclass
class Scene:
    """The first school with a second term under way: what a pupil may send, and what may not go in."""

    client: Client
    world: World
    campus: Campus
    pupil: Pupil
    term: str
    past: Ids
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
        return await self.client.ask(
            self.pupil.user, "POST", "/records/records", a_record(self.world, self.term, evidence, **changed)
        )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(platform: Platform, world: World) -> AsyncIterator[Scene]:
    campus = world.campuses[0]
    pupil = campus.pupils[4]
    async with connected(world) as client:
        term = await second_term(campus)
        offer = await pupil.user.post("/records/evidence", {"name": "照片.jpg", "media_type": "image/jpeg", "size": 1000})
        yield Scene(
            client=client,
            world=world,
            campus=campus,
            pupil=pupil,
            term=term["id"],
            past=await ids_of(campus),
            file=await a_file(pupil.user),
            foreign=await a_file(campus.pupils[5].user, 2),
            unfinished=offer["file_id"],
        )


@pytest_asyncio.fixture
async def unchanged(platform: Platform, scene: Scene) -> AsyncIterator[None]:
    """Whatever a test asks for in vain leaves every table as it was."""
    before = await settled(platform)
    yield
    assert await per_table(platform) == before


def refused(answer: Answer, status: int, code: str, *fields: str, rule: str | None = None) -> None:
    """Asserts the whole refusal: `fields` are all that the problem document names, `rule` is the rule that it cites."""
    problem = answer.json
    named = {one["field"] for one in (problem, *problem.get("errors", ())) if one.get("field")}
    assert (answer.status, answer.code, named, problem.get("rule")) == (status, code, set(fields), rule), (
        answer.content.decode()
    )


WRONG_FORMS: tuple[tuple[str, dict[str, Any], dict[str, str]], ...] = (
    ("a name too long", {"data__name": "长" * 61}, {"name": "max_length"}),
    ("a name that is missing", {"data__name": None}, {"name": "required"}),
    ("a name of blanks", {"data__name": " \u3000 "}, {"name": "required"}),
    ("an account too short", {"data__account": "太短"}, {"account": "min_length"}),
    ("an account too long", {"data__account": "长" * 501}, {"account": "max_length"}),
    (
        "dates in the future",
        {"data__starts_on": "2099-01-01", "data__ends_on": "2099-01-02"},
        {"starts_on": "not_future", "ends_on": "not_future"},
    ),
    ("a date that is none", {"data__starts_on": "2026-02-30"}, {"starts_on": "type"}),
    ("an end before its beginning", {"data__starts_on": "2026-09-05", "data__ends_on": "2026-09-01"}, {"ends_on": "in_order"}),
    ("hours that are words", {"data__hours": "很久"}, {"hours": "type"}),
    ("hours below the least", {"data__hours": -1}, {"hours": "minimum"}),
    ("hours above the most", {"data__hours": 201}, {"hours": "maximum"}),
    ("hours without end", {"data__hours": 10**40}, {"hours": "type"}),
    ("a field that the kind has not", {"data__prize": "一等奖"}, {"prize": ""}),
    ("a sign that no page shows", {"data__place": "图书馆\x00"}, {"place": "type"}),
)
"""What is wrong, the changed fields, and by field which check of the form refuses it; "" is the form as a whole."""
UNFINISHED = ("a name that is missing", "a name of blanks", "an account too short")
"""A draft may have these."""


@pytest.mark.usefixtures("unchanged")
async def test_a_form_that_is_wrong_is_refused_by_field_and_rule(scene: Scene) -> None:
    forms = [(*form, submit) for form in WRONG_FORMS for submit in (True, False) if submit or form[0] not in UNFINISHED]
    for name, changed, checks, submit in forms:
        answer = await scene.report(**changed, submit=submit)
        refused(answer, 422, "invalid_input", *checks, rule="JX-03")
        assert answer.json["scheme"] == SCHEME, name
        rules = {error["field"]: error["rule"] for error in answer.json["errors"]}
        assert rules == {f: f"volunteer_service.{f}.{check}" if check else "volunteer_service" for f, check in checks.items()}
        assert all(error["message"] for error in answer.json["errors"]), name
    wrong_kind = await scene.report(kind="flying")
    refused(wrong_kind, 422, "invalid_input", "kind")
    imported = await scene.report(kind="exam_scores", data={"exam": "final"})
    refused(imported, 403, "forbidden", rule="exam_scores.entry_roles")


@pytest.mark.feature("JX-03")
@pytest.mark.usefixtures("unchanged")
async def test_a_record_without_proof_of_its_own_is_refused(scene: Scene) -> None:
    refused(await scene.report(evidence=[]), 422, "invalid_input", "evidence", rule="JX-03")
    refused(await scene.report(evidence=[scene.foreign]), 422, "file_refused", scene.foreign, "evidence.0", rule="JX-03")
    refused(await scene.report(evidence=[scene.unfinished]), 409, "file_missing", scene.unfinished, "evidence.0", rule="JX-03")
    for unknown in (str(uuid4()), scene.past["evidence"]):
        refused(await scene.report(evidence=[unknown]), 422, "file_refused", unknown, "evidence.0", rule="JX-03")
    refused(
        await scene.report(evidence=[scene.file, scene.foreign]), 422, "file_refused", scene.foreign, "evidence.1", rule="JX-03"
    )
    refused(await scene.report(evidence=[scene.file] * 51), 422, "invalid_input", "evidence")


@pytest.mark.feature("JX-03")
@pytest.mark.usefixtures("unchanged")
async def test_a_file_is_what_its_bytes_say_not_its_name(scene: Scene) -> None:
    by, jpeg = scene.pupil.user, "image/jpeg"
    script = sample_files.letter(1, "某人", "活动").replace(
        b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript >>", 1
    )
    html, zipped, half = b"<html><script>1</script></html>" * 30, b"PK\x03\x04" + b"0" * 500, b"\xff\xd8\xff" * 300
    for content in (b"MZ\x90\x00" * 400, html, zipped, half, script):
        offer = await by.post("/records/evidence", {"name": "照片.jpg", "media_type": jpeg, "size": len(content)})
        await by.gateway.upload(offer, "照片.jpg", jpeg, content)
        done = f"/records/evidence/{offer['file_id']}/completion"
        for _ in range(2):
            refused(await scene.client.ask(by, "POST", done, {}), 422, "file_refused")
        refused(
            await scene.report(evidence=[offer["file_id"]]), 409, "file_missing", offer["file_id"], "evidence.0", rule="JX-03"
        )
    for code, field, wrong in (
        ("file_refused", "media_type", "text/html"), ("file_refused", "size", 31 * 2**20), ("invalid_input", "size", 0),
    ):  # fmt: skip
        asked = {"name": "照片.jpg", "media_type": jpeg, "size": 100, field: wrong}
        refused(await scene.client.ask(by, "POST", "/records/evidence", asked), 422, code, field)


@pytest.mark.feature("JX-04")
async def test_a_review_that_the_rules_forbid_changes_nothing(platform: Platform, scene: Scene) -> None:
    record = await create_record(scene.world, scene.pupil, scene.term)
    before, url, ask = await settled(platform), f"/records/records/{record['id']}", scene.client.ask
    for body in ({}, {"reason_code": None}, {"reason_code": "just_so"}):
        refused(await ask(scene.teacher, "POST", f"{url}/return", body), 422, "reason_required", "reason_code", rule="JX-04")
    refused(
        await ask(scene.teacher, "POST", f"{url}/return", {"reason_code": "untrue"}),
        422,
        "reason_required",
        "note",
        rule="JX-04",
    )
    for who in (scene.pupil.user, scene.pupil.guardian, scene.campus.administrator, scene.campus.staff["校长"]):
        refused(await ask(who, "POST", f"{url}/approval"), 403, "forbidden", rule="JX-04")
        refused(await ask(who, "POST", f"{url}/return", {"reason_code": "incomplete"}), 403, "forbidden", rule="JX-04")
    stale = await ask(scene.teacher, "POST", f"{url}/approval", headers={"If-Match": '"77"'})
    refused(stale, 412, "stale_version", rule="X-13")
    many = {"record_ids": [record["id"], str(uuid4()), scene.past["record"]], "action": "return"}
    results = (await ask(scene.teacher, "POST", "/records/reviews", many)).json["results"]
    assert [(one["result"], one["code"]) for one in results] == [
        ("refused", "reason_required"), ("refused", "not_found"), ("refused", "wrong_state")
    ]  # fmt: skip
    assert await per_table(platform) == before
    assert (await ask(scene.teacher, "POST", f"{url}/approval")).status == 200
    await eligible_entry(scene.pupil, record["id"])
    before = await settled(platform)
    for move in ("approval", "return"):
        refused(
            await ask(scene.teacher, "POST", f"{url}/{move}", {"reason_code": "incomplete"}), 409, "wrong_state", rule="JX-04"
        )
    content = a_record(scene.world, scene.term, [scene.file])
    mended = {name: content[name] for name in ("title", "data", "evidence")}
    for move, rule in (("", "JX-04"), ("/amendment", "JX-09")):
        now = (await ask(scene.pupil.user, "GET", url)).json["version"]
        stale = await ask(scene.pupil.user, "PUT", url + move, mended, headers={"If-Match": f'"{now - 1}"'})
        refused(stale, 412, "stale_version", rule="X-13")
        late = await ask(scene.pupil.user, "PUT", url + move, mended, headers={"If-Match": f'"{now}"'})
        refused(late, 409, "wrong_state", rule=rule)
        refused(await ask(scene.pupil.user, "PUT", url + move, mended), 428, "version_required")
    for method, move, rule in (("DELETE", "", "CS-04"), ("POST", "/withdrawal", "JX-04"), ("POST", "/submission", "JX-03")):
        refused(await ask(scene.pupil.user, method, url + move), 409, "wrong_state", rule=rule)
    assert await per_table(platform) == before


@pytest.mark.feature("JX-03")
async def test_only_approved_records_of_ones_own_are_selected(platform: Platform, scene: Scene) -> None:
    waiting, approved = [await create_record(scene.world, scene.pupil, scene.term) for _ in range(2)]
    await scene.teacher.post(f"/records/records/{approved['id']}/approval")
    good = (await eligible_entry(scene.pupil, approved["id"]))["entry_id"]
    before, ask = await settled(platform), scene.client.ask
    url = "/publicity/selections"
    mine = await scene.pupil.user.everything("/publicity/entries", student_id=scene.pupil.student_id)
    assert waiting["id"] not in {entry["record_id"] for entry in mine}
    other = scene.campus.pupils[5]
    [theirs, *_] = await other.user.everything("/publicity/entries", state="cleared")
    [cleared, *_] = [entry for entry in mine if entry["state"] == "cleared"]
    for ids in ([str(uuid4())], [waiting["id"]], [theirs["entry_id"]], [good, theirs["entry_id"]]):
        refused(await ask(scene.pupil.user, "POST", url, {"entry_ids": ids}), 404, "not_found")
    late = await ask(scene.pupil.user, "POST", url, {"entry_ids": [good, cleared["entry_id"]]})
    refused(late, 409, "window_closed", rule="JX-03")
    refused(await ask(scene.pupil.guardian, "POST", url, {"entry_ids": [good]}), 403, "forbidden", rule="JX-03")
    refused(await ask(scene.pupil.user, "POST", url, {"entry_ids": []}), 422, "invalid_input", "entry_ids")
    assert await per_table(platform) == before


@pytest.mark.feature("JX-07", "JX-08", "JX-09", "JX-10", "X-13")
@pytest.mark.usefixtures("unchanged")
async def test_the_board_and_its_cases_are_closed_after_their_time(scene: Scene) -> None:
    past, ask = scene.past, scene.client.ask
    reader = scene.campus.pupils[7].user
    complaint = {"entry_id": past["entry"], "complaint_type": "untrue", "text": "公示之后才提出的质疑。", "files": []}
    for method, url, body, rule in (
        ("POST", "/publicity/cases", complaint, "JX-07"),
        ("GET", f"/publicity/board?term_id={past['term']}", None, "JX-07"),
        ("GET", f"/publicity/board/{past['entry']}", None, "JX-07"),
    ):
        answer = await ask(reader, method, url, body)
        refused(answer, 409, "window_closed", rule=rule)
        assert answer.json["scheme"] == SCHEME
        assert answer.json["window"]["operation"] == "publicity"
        assert answer.json["window"]["ends"]
    case, author = f"/publicity/cases/{past['case']}/actions", scene.campus.pupils[0]
    for who in (author.user, scene.teacher, scene.campus.administrator):
        refused(await ask(who, "POST", case, {"action": "agree"}), 409, "wrong_state", rule="JX-09")
    many = {"case_ids": [past["case"], str(uuid4())], "action": "agree"}
    results = (await ask(scene.campus.administrator, "POST", "/publicity/case-actions", many)).json["results"]
    assert [(one["ok"], one["code"]) for one in results] == [(False, "wrong_state"), (False, "not_found")]


@pytest.mark.feature("JX-12", "JX-13")
@pytest.mark.usefixtures("unchanged")
async def test_what_is_sealed_stays_and_what_is_not_open_waits(scene: Scene) -> None:
    ask, text = scene.client.ask, "这一段文字超过三十个字，是在规定的时间段以外写的自我评价，不应当被系统接受和保存下来。"
    for term, code, status in ((scene.past["term"], "wrong_state", 409), (scene.term, "window_closed", 409)):
        answer = await ask(scene.pupil.user, "PUT", "/archive/evaluations/self", {"term_id": term, "text": text})
        refused(answer, status, code, rule="JX-12")
        comment = {"term_id": term, "student_id": scene.pupil.student_id, "text": text}
        answer = await ask(scene.teacher, "PUT", "/archive/evaluations/teacher", comment)
        refused(answer, status, code, rule="JX-12")
        refused(await ask(scene.pupil.user, "PUT", "/archive/evaluations/teacher", comment), 403, "forbidden", rule="JX-12")
    seal = f"/archive/terms/{scene.past['term']}/seal"
    refused(await ask(scene.campus.administrator, "POST", seal, {}), 409, "wrong_state", rule="JX-13")
    for who in (scene.teacher, scene.pupil.user, scene.campus.staff["校长"]):
        refused(await ask(who, "POST", seal, {}), 403, "forbidden", rule="JX-13")
    early = await ask(scene.campus.administrator, "POST", f"/archive/terms/{scene.term}/seal", {})
    refused(early, 409, "window_closed", rule="JX-13")


@pytest.mark.feature("JX-13")
@pytest.mark.usefixtures("unchanged")
async def test_a_career_archive_takes_records_of_ones_own_and_is_frozen_when_sealed(scene: Scene) -> None:
    """At most two of a kind: `test_archives`."""
    ask, states = scene.client.ask, set[str]()
    for pupil in scene.campus.pupils:
        url = f"/archive/career/{pupil.student_id}"
        offer = await pupil.user.get(url)
        states.add(offer["state"])
        [first, *_] = [one["record_id"] for one in offer["candidates"]]
        seen = {"If-Match": f'"{offer["version"]}"'}
        if offer["state"] == "sealed":
            picked = {"record_ids": [first]}
            refused(await ask(pupil.user, "PUT", f"{url}/selection", picked, headers=seen), 409, "wrong_state", rule="JX-13")
            refused(await ask(pupil.user, "POST", f"{url}/seal"), 409, "wrong_state", rule="JX-13")
            continue
        theirs = scene.past["record"] if pupil is not scene.campus.pupils[0] else str(uuid4())
        for strange in (str(uuid4()), theirs):
            answer = await ask(pupil.user, "PUT", f"{url}/selection", {"record_ids": [strange]}, headers=seen)
            refused(answer, 422, "invalid_input", "record_ids", rule="JX-13")
        refused(await ask(pupil.user, "POST", f"{url}/seal"), 409, "career_not_ready", rule="JX-13")
    assert states == {"collecting", "sealed"}


@pytest.mark.feature("JX-11")
async def test_a_position_that_is_wrong_or_reviewed_by_the_wrong_one_changes_nothing(platform: Platform, scene: Scene) -> None:
    good = {"level": "class", "title": "monitor", "since": "2026-09-01"}
    made = await scene.pupil.user.post("/records/positions", {"term_id": scene.term, "data": good})
    before, ask = await settled(platform), scene.client.ask
    for field, wrong in (
        ("title", "king"), ("level", None), ("since", "2099-01-01"), ("until", "2026-08-01"), ("duties", "长" * 301),
        ("pay", 5),
    ):  # fmt: skip
        data = {**good, field: wrong}
        answer = await ask(scene.pupil.user, "POST", "/records/positions", {"term_id": scene.term, "data": data})
        refused(answer, 422, "invalid_input", field, rule="JX-11")
    url = f"/records/positions/{made['id']}"
    answer = await ask(scene.teacher, "POST", "/records/positions", {"term_id": scene.term, "data": good})
    refused(answer, 422, "invalid_input", "student_id")
    refused(await ask(scene.teacher, "POST", f"{url}/return", {}), 422, "reason_required", "reason_code", rule="JX-11")
    refused(await ask(scene.pupil.user, "POST", f"{url}/approval"), 403, "forbidden", rule="JX-11")
    refused(
        await ask(scene.pupil.user, "PUT", url, {"data": good}, headers={"If-Match": '"9"'}), 412, "stale_version", rule="JX-11"
    )
    assert await per_table(platform) == before
    assert (await ask(scene.teacher, "POST", f"{url}/approval")).status == 200
    refused(await ask(scene.teacher, "POST", f"{url}/approval"), 409, "wrong_state", rule="JX-11")


@pytest.mark.feature("JX-05", "X-12")
@pytest.mark.usefixtures("unchanged")
async def test_an_import_without_a_good_workbook_or_right_is_refused(scene: Scene) -> None:
    ask, path = scene.client.ask, scene.pupil.path
    offer = await scene.teacher.post("/import/uploads", {"name": "成绩.xlsx", "media_type": XLSX, "size": 171})
    begin = {"file_id": offer["file_id"], "type": "exam_scores", "path": path, "term_id": scene.term}
    refused(await ask(scene.teacher, "POST", "/import/batches", begin), 409, "file_missing")
    await scene.teacher.gateway.upload(offer, "成绩.xlsx", XLSX, b"this is no workbook" * 9)
    refused(await ask(scene.teacher, "POST", "/import/batches", begin), 422, "file_refused")
    refused(
        await ask(scene.teacher, "POST", "/import/batches", {**begin, "type": "gold"}),
        404,
        "import_unknown",
        "type",
        rule="JX-05",
    )
    refused(await ask(scene.teacher, "POST", "/import/batches", {**begin, "sheet": 1}), 422, "invalid_input", "sheet")
    refused(await ask(scene.campus.administrator, "POST", "/import/batches", begin), 403, "forbidden", rule="JX-05")
    late = await ask(scene.teacher, "POST", "/import/batches", {**begin, "term_id": scene.past["term"]})
    refused(late, 409, "term_sealed", rule="JX-05")
    done = f"/import/batches/{scene.past['batch']}"
    refused(await ask(scene.teacher, "POST", f"{done}/undo", {}), 409, "batch_locked", rule="X-12")


@pytest.mark.feature("X-02", "X-13")
@pytest.mark.usefixtures("unchanged")
async def test_an_unsound_timetable_is_refused_window_by_window(scene: Scene) -> None:
    url, by, ask = f"/records/terms/{scene.term}", scene.campus.administrator, scene.client.ask
    term = await by.get(url)
    windows, seen = term["windows"], {"If-Match": f'"{term["version"]}"'}
    turned = [{**w, "starts": w["ends"], "ends": w["starts"]} for w in windows]
    for name, wrong, code, fields, rule in (
        ("ends before starts", turned, "timetable_unsound", [f"windows.{n}" for n in range(len(windows))], "X-02"),
        ("an unknown operation", [{**windows[0], "operation": "fly"}], "timetable_unsound", ["windows", "windows.0"], "X-02"),
        ("year 1", [{**windows[0], "starts": "0001-01-01T00:00:00+14:00"}], "invalid_input", ["windows.0.starts"], None),
        ("year 9999", [{**windows[0], "ends": "9999-12-31T23:59:59-14:00"}], "invalid_input", ["windows.0.ends"], None),
    ):
        answer = await ask(by, "PUT", f"{url}/timetable", {"windows": wrong, "reason": name}, headers=seen)
        refused(answer, 422, code, *fields, rule=rule)
    for body, fields in (
        ({"windows": windows, "reason": ""}, ["reason"]),
        ({"windows": windows}, ["reason"]),
        ({"windows": [{"operation": "report"}], "reason": "缺时间"}, ["windows.0.starts", "windows.0.ends"]),
    ):
        refused(await ask(by, "PUT", f"{url}/timetable", body, headers=seen), 422, "invalid_input", *fields)
    refused(await ask(by, "PUT", f"{url}/timetable", {"windows": windows, "reason": "没有版本"}), 428, "version_required")
    stale = await ask(by, "PUT", f"{url}/timetable", {"windows": windows, "reason": "过期版本"}, headers={"If-Match": '"99"'})
    refused(stale, 412, "stale_version", rule="X-02")
    twice = {name: term[name] for name in ("path", "title", "school_year", "number", "starts_on", "ends_on")}
    refused(await ask(by, "POST", "/records/terms", twice), 409, "term_exists", rule="SH-01")
    for field, value, rule in (
        ("number", 9, None), ("school_year", "26-27", None), ("ends_on", twice["starts_on"], "SH-01"),
        ("starts_on", "9999-12-31", None),
    ):  # fmt: skip
        answer = await ask(by, "POST", "/records/terms", {**twice, "school_year": "2031-2032", field: value})
        refused(answer, 422, "invalid_input", field, rule=rule)


@pytest.mark.feature("JX-14")
@pytest.mark.usefixtures("unchanged")
async def test_only_misconduct_is_released_and_by_the_school_only(scene: Scene) -> None:
    url = f"/records/records/{scene.past['record']}/release"
    body = {"released_on": "2026-11-01", "reason": "表现良好，予以解除。"}
    refused(await scene.client.ask(scene.campus.administrator, "POST", url, body), 409, "not_releasable", rule="JX-14")
    refused(await scene.client.ask(scene.teacher, "POST", url, body), 403, "forbidden", rule="JX-14")


@pytest.mark.feature("JX-16")
async def test_cards_of_others_are_not_taken_and_passwords_are_not_guessed(scene: Scene) -> None:
    ask, other = scene.client.ask, scene.campus.pupils[6].plan
    mine = {"name": other.name, "id_number": other.id_number}
    before = await scene.pupil.user.get("/identity/me")
    for body, code, fields in (
        (mine, "person_mismatch", ()),
        ({**mine, "id_number": "360103201001011234"}, "id_number_invalid", ("id_number",)),
        ({"name": "某人", "id_number": "x"}, "id_number_invalid", ("id_number",)),
    ):
        answer = await ask(scene.pupil.user, "POST", "/identity/cards/own", body)
        refused(answer, 422, code, *fields, rule="L-03" if code == "id_number_invalid" else "JX-16")
        assert other.id_number not in answer.content.decode()
    assert await scene.pupil.user.get("/identity/me") == before
    known, unknown = scene.campus.pupils[8].user.username, "9999999999999"
    answers = [
        await ask(None, "POST", "/identity/sessions", {"username": name, "password": "Wrong-password-1"})
        for name in (known, unknown)
    ]
    assert [answer.status for answer in answers] == [401, 401]
    problems = [{name: value for name, value in answer.json.items() if name != "request_id"} for answer in answers]
    assert problems[0] == problems[1]
    assert (await signed_in(scene.world, known, "学生")).session["access_token"]
