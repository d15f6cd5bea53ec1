"""A province that does not exist combines what no deployment combines, from entry to a sealed archive that verifies offline.

Entered data that students confirm (silence counts), growth records, a final selection of one term that a council reviews,
signed objections that exclude, evaluation by classmates, a verdict, windows per grade, a catalogue and a quota, the report
as the unit of publicity, and roles that nobody else has: `schemes/lighthouse`. It fails where a service assumes a
combination.
"""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from demo.client import Gateway, Refused, User
from demo.deployments import Deployment, Office
from demo.job import SEED
from demo.scale import each, until
from demo.steps import archives, organisations, roster, timetable
from demo.world import Campus, World, hours, now, window
from stack.platform import Platform

from tests.world.client import refusal_code

RUN, STUDENTS = 49, 4
ISLANDS = Deployment(
    "lighthouse", "senior_secondary",
    Office("lh", "灯塔省", "省管理员"), Office("is", "群岛市", "市管理员"), Office("pt", "港湾区", "区管理员"),
    (("sch", "灯塔中学"),), age=16, area="46", classes=((2023, "1班"),), staff=(), appointed=("记浪员", "潮汐会", "守灯人"),
)  # fmt: skip
PHASES = ("log", "check", "mend", "show", "vote", "sentence", "seal")
OPERATIONS = {
    "log": ("log_watches", "choose_course", "council_review"), "check": ("check_watches",), "mend": ("mend_watches",),
    "show": ("harbour_days",), "vote": ("crew_vote",), "sentence": ("sentence",),
}  # fmt: skip


def windows(phase: str) -> list[dict[str, Any]]:
    """Each phase lasts a day, and this one begins now. The council chooses and reviews until publicity."""
    begun, present = now(), PHASES.index(phase)
    starts = {name: begun + hours(24) * (number - present) for number, name in enumerate(PHASES)}
    made = []
    for number, name in enumerate(PHASES[:-1]):
        for operation in OPERATIONS[name]:
            last = "show" if operation in ("choose_course", "council_review") else PHASES[number + 1]
            first = "check" if name == "mend" else name
            grades = {"grades": ["12"]} if operation in ("log_watches", "sentence") else {}
            made.append({**window(operation, starts[first], starts[last]), **grades})
    return made


async def move_to(campus: Campus, phase: str) -> None:
    await timetable.change_timetable(campus, windows(phase), f"进入{phase}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def islands(platform: Platform) -> AsyncIterator[World]:
    """A school with one class of grade 12 in its last term."""
    gateway, password = Gateway.to(platform.gateway_url), platform.keyring.operator_password
    world = World(gateway, RUN, SEED, User(gateway, "operator", password, "平台运维"), password, ISLANDS)
    await organisations.create_organisations(world, STUDENTS)
    await roster.roster(world)
    await organisations.appoint(world)
    [campus] = world.campuses
    campus.term = await campus.administrator.post("/records/terms", timetable.a_term(campus.path, windows("log"), "", 2025, 2))
    yield world
    await gateway.http.close()


async def put_when_open(by: User, path: str, body: Any) -> bool | None:
    """True when it is saved; None while the service has not heard of the new timetable."""
    try:
        await by.put(path, body)
    except Refused as refused:
        if refused.code != "window_closed":
            raise
        return None
    return True


async def materials(by: User, term: str, least: int) -> list[dict[str, Any]] | None:
    found = await by.everything(f"/records/terms/{term}/final-selection/materials")
    return found if len(found) >= least else None


async def no_waiting(by: User, term: str) -> bool | None:
    return not await by.everything("/records/records", term_id=term, state="submitted") or None


async def shown(by: User, term: str, least: int) -> list[Any] | None:
    try:
        found = await by.everything("/publicity/board/reports", term_id=term)
    except Refused as refused:
        if refused.code in ("window_closed", "not_found"):
            return None
        raise
    return found if len(found) >= least else None


@pytest.mark.feature("X-01", "X-03")
async def test_a_combination_that_no_deployment_has_ends_in_archives_that_verify(islands: World) -> None:
    [campus] = islands.campuses
    term, pupils = campus.term["id"], campus.pupils
    counter, council, warden = (campus.staff[title] for title in ISLANDS.appointed)
    assert len(pupils) == STUDENTS

    # entered: a catalogue, a quota, and a role that only this scheme has; nobody else enters
    await counter.post("/records/catalogs/ships/items", {"titles": ["白帆号", "灰鸥号"]})
    for pupil in pupils:
        body = {"term_id": term, "kind": "watch_kept", "student_id": pupil.student_id, "submit": True}
        for ship in ("白帆号", "灰鸥号"):
            await counter.post("/records/records", {**body, "data": {"ship": ship, "bells": 4}})
        over = {**body, "data": {"ship": "白帆号", "bells": 2}}
        assert await refusal_code(counter.post("/records/records", over)) == "quota_exceeded"
        assert await refusal_code(council.post("/records/records", over)) in ("forbidden", "not_found")
    assert await counter.everything("/records/records", student_id=pupils[0].student_id)

    # growth records become material of a kind; the recorder sees none of them
    for pupil in pupils:
        jotting = {"term_id": term, "kind": "jotting", "data": {"name": "岸上的灯", "body": "夜里望见远处的灯。"}}
        made = await pupil.user.post("/records/records", jotting)
        path = f"/records/records/{made['id']}"
        made = await pupil.user.put(f"{path}/category", {"kind": "shore_tale"})
        content = {"data": {**made["data"], "ashore": 3}, "evidence": []}
        await pupil.user.put(path, content, version=made["version"])
        await pupil.user.post(f"{path}/submission")
        with pytest.raises(Refused) as no:
            await counter.get(path)
        assert no.value.code == "not_found"

    # confirmed, refused, or passed by silence; what is not mended goes to the council by itself
    await move_to(campus, "check")
    for pupil in pupils[:2]:
        waiting = await pupil.user.everything("/records/records", term_id=term, state="submitted")
        assert len(waiting) == 2
        if pupil is pupils[0]:
            refused = waiting.pop()
            await pupil.user.post(f"/records/records/{refused['id']}/return", {"reason_code": "wet"})
        done = await pupil.user.post("/records/reviews", {"record_ids": [one["id"] for one in waiting], "action": "approve"})
        assert {one["result"] for one in done["results"]} == {"approved"}
    await move_to(campus, "mend")
    for pupil in pupils[1:]:
        await until("沉默视为通过", partial(no_waiting, pupil.user, term))

    # the final selection of this term, from all kinds, reviewed by the council
    for number, pupil in enumerate(pupils):
        found = await until("可以选航", partial(materials, pupil.user, term, 2 if number == 0 else 3))
        path = f"/records/terms/{term}/final-selection"
        await pupil.user.put(path, {"record_ids": [one["id"] for one in found]})
        await pupil.user.post(f"{path}/submission")
    submitted = await council.everything("/records/final-submissions", term_id=term, state="submitted")
    assert len(submitted) == STUDENTS
    for one in submitted:
        assert await council.everything(f"/records/final-submissions/{one['id']}/materials")
        await council.post(f"/records/final-submissions/{one['id']}/approval", {"refused": []})

    # the report is published; a signed objection excludes an item; the council decides what nobody mended
    await move_to(campus, "show")
    await until("公示航海册", partial(shown, pupils[1].user, term, STUDENTS))
    entries = await pupils[2].user.everything("/publicity/entries", term_id=term)
    tale = next(one for one in entries if one["kind"] == "shore_tale")
    body = {"entry_id": tale["entry_id"], "complaint_type": "invented", "text": "那天没有灯。", "files": []}
    case = await pupils[3].user.post("/publicity/cases", body)
    await council.post(f"/publicity/cases/{case['case_id']}/actions", {"action": "strike", "text": "查无此灯。"})

    async def adrift() -> list[Any] | None:
        found = await council.everything("/publicity/cases", term_id=term, waiting="true")
        return [one for one in found if one["case_type"] == "adrift"] or None

    [salvage] = await until("无人修改的值更漂流到潮汐会", adrift)
    await council.post(f"/publicity/cases/{salvage['case_id']}/actions", {"action": "stand", "text": "值更簿上有。"})

    # classmates, then the verdict of a role that only this scheme has
    await move_to(campus, "vote")

    async def vote(pupil: Any) -> None:
        sheet = await pupil.user.get("/archive/peer-evaluations", term_id=term)
        cards = [{"student_id": mate["student_id"], "answers": [{"choice": "steady"}]} for mate in sheet["cards"]]
        assert len(cards) == STUDENTS - 1
        saved = partial(put_when_open, pupil.user, "/archive/peer-evaluations", {"term_id": term, "cards": cards})
        await until("互评开放", saved)
        await pupil.user.post("/archive/peer-evaluations/submission", {"term_id": term})

    await each("同船互评", pupils, vote, at_once=4)
    await move_to(campus, "sentence")
    given = {"term_id": term, "verdicts": [{"student_id": pupil.student_id, "choice": "lit"} for pupil in pupils]}

    async def sentenced() -> bool | None:
        done = await warden.put("/archive/verdicts", given)
        return all(one["ok"] or one["code"] == "already_applied" for one in done["results"]) or None

    await until("守灯人评定", sentenced)

    # sealed, verified offline, and with what the combination let through
    await move_to(campus, "seal")
    await archives.seal_terms(islands, {campus.path: STUDENTS})
    await archives.verify(islands)
    assert islands.problems == []
    held = []
    for pupil in pupils:
        [archive] = (await pupil.user.get("/archive/archives", term_id=term))["items"]
        content = await pupil.user.get(f"/archive/archives/{archive['id']}/content")
        held.append(str(content))
    assert ["岸上的灯" in text for text in held] == [True, True, False, True]
    assert all("灯亮" in text and "白帆号" in text for text in held)
