"""A term moves to a new version of its scheme: what is open goes on under it, what is finished keeps its own (X-01)."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from contracts.base import Window
from contracts.identity import SchemeAdoptedV1
from contracts.records import RecordApprovedV1, RecordSubmittedV1, TermChangedV1
from records.actions import moving, progress
from records.app import SERVICE
from records.domain.moving import as_written, carried, carried_window, carry_over, moved
from records.domain.state import State
from scheme.files import Schemes
from servicekit.ids import new_id, utc_now
from servicekit.testing import Kit, a_service, an_actor
from stack.next_version import RETIRED, STAYS, schemes_with_next_version
from stack.next_year import NEW, schemes_of_next_year

from .builders import NOW, School, a_school, a_term, an_organisation
from .rule_builders import a_record
from .rule_builders import a_term as a_rule_term
from .test_positions import MONITOR

pytestmark = pytest.mark.feature("X-01")
THEME = {
    "kind": RETIRED,
    "data": {
        "name": "宪法宣传周主题演讲", "theme": "rule_of_law", "held_on": "2026-09-20", "place": "学校礼堂",
        "account": "准备了三个星期，讲了宪法与校园生活的关系，也回答了同学的提问，收获很大。",
    },
}  # fmt: skip


def adopted(
    running: str = "move", *besides: UUID, path: str = "jx", state: str = "in_force", version: str = "2026.2"
) -> SchemeAdoptedV1:
    """Identity says that the organisation follows this version now."""
    return SchemeAdoptedV1.model_validate(
        {
            "adoption_id": new_id(), "path": path, "scheme_id": "jiangxi", "from_version": "2026.1",
            "scheme_version": version, "starts_on": date(2026, 10, 10), "running": running, "besides": besides,
            "state": state, "at": NOW, "version": 2,
        }
    )  # fmt: skip


async def a_theme(school: School, submit: bool) -> Any:
    """A record of the kind that the new version retires."""
    asked = {"term_id": str(school.term_id), "evidence": [await school.file()], "submit": submit, **THEME}
    answer = await school.student.post("/records", asked)
    assert answer.status == 201, answer.json
    return answer.json


async def version_of(school: School) -> str:
    """The version of the school's term."""
    version: str = (await school.admin.get(f"/terms/{school.term_id}")).json["scheme_version"]
    return version


async def test_open_records_go_on_under_the_new_version_and_finished_ones_are_read_under_their_own(
    parts: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "RECORDS", 2)
    async with a_service(SERVICE, parts, storage=True, schemes=schemes_with_next_version(tmp_path)) as kit:
        school = await a_school(kit)
        draft, waiting, finished = await school.draft(), await school.submitted(), await school.approved()
        theme_draft, theme_waiting, theme_finished = [await a_theme(school, submit) for submit in (False, True, True)]
        assert (await school.teacher.post(f"/records/{theme_finished['id']}/approval")).status == 200
        await counts_before(kit, school)
        event = adopted()
        await kit.receive(event)
        await kit.tick()
        assert await version_of(school) == "2026.2"
        [changed] = await kit.events(TermChangedV1)
        assert (changed.scheme_version, changed.version) == ("2026.2", 2)
        shown = {one["id"]: (await school.teacher.get(f"/records/{one['id']}")).json for one in (waiting, finished)}
        shown |= {one["id"]: (await school.student.get(f"/records/{one['id']}")).json for one in (draft, theme_draft)}
        assert shown[draft["id"]]["data"]["beneficiary"] == "敬老院老人"
        assert (shown[waiting["id"]]["step"], shown[waiting["id"]]["scheme_version"]) == ("homeroom", "2026.2")
        assert shown[waiting["id"]]["history"][-1]["action"] == "carry_over"
        assert (shown[finished["id"]]["data"]["served"], shown[finished["id"]]["scheme_version"]) == ("敬老院老人", "2026.1")
        assert (shown[theme_draft["id"]]["kind_title"], shown[theme_draft["id"]]["scheme_version"]) == ("主题教育", "2026.1")

        submitted = await school.student.post(f"/records/{draft['id']}/submission")
        assert (submitted.status, submitted.json["step"]) == (200, "homeroom"), submitted.json
        refused = await school.student.post(f"/records/{theme_draft['id']}/submission")
        assert (refused.code, refused.json["rule"]) == ("kind_retired", "X-01")
        new = await school.student.post("/records", {"term_id": str(school.term_id), **THEME})
        assert new.code == "invalid_input"
        for one in (waiting, theme_waiting):
            assert (await school.teacher.post(f"/records/{one['id']}/approval")).status == 200
        listed = (await school.teacher.get("/records", term_id=school.term_id)).json["items"]
        assert {(one["id"], one["kind_title"]) for one in listed} >= {
            (theme_finished["id"], "主题教育"),
            (finished["id"], "志愿服务"),
        }
        assert (await school.student.get("/home")).status == (await school.teacher.get("/home")).status == 200
        versions = {one.record_id: one.record.scheme_version for one in await kit.events(RecordApprovedV1)}
        assert versions[UUID(waiting["id"])] == "2026.2"
        assert versions[UUID(theme_waiting["id"])] == versions[UUID(finished["id"])] == "2026.1"

        await kit.receive(event.model_copy(update={"event_id": new_id()}))
        async with kit.deps.db.transaction() as tx:
            await moving.carry_over(kit.deps, tx, str(school.term_id), {})
        await kit.tick()
        assert len(await kit.events(TermChangedV1)) == 1
        assert len(await kit.events(RecordSubmittedV1)) == 5, "nobody is told again: the reviewer stayed the same"


async def counts_before(kit: Kit, school: School) -> None:
    """What the preview says before anything moves; districts and others see none of it."""
    async with kit.deps.db.transaction() as tx:
        await progress.count(kit.deps, tx, str(school.term_id), {})
    province = kit.as_(an_actor("administrator", "jx"))
    found = (await province.get("/scheme-changes/jiangxi/2026.2")).json
    assert (found["schools"], found["drafts"], found["waiting"]) == (1, 2, 2)
    [retired] = found["retired"]
    assert (retired["kind"], retired["drafts"], retired["waiting"], retired["finished"], retired["schools"]) == (
        "主题教育", 1, 1, 1, 1
    )  # fmt: skip
    assert [(one["kind"], one["drafts"]) for one in found["changed"]] == [("志愿服务", 1)]
    assert ("志愿服务", "班主任审核", "班主任初审", 1) in [
        (one["kind"], one["before"], one["after"], one["waiting"]) for one in found["steps"]
    ]
    [term] = found["terms"]
    assert (term["id"], term["open_records"], term["scheme_version"]) == (str(school.term_id), 4, "2026.1")
    assert (await kit.as_(an_actor("administrator", "hn")).get("/scheme-changes/jiangxi/2026.2", path="jx")).code == "not_found"
    assert (await school.admin.get("/scheme-changes/jiangxi/2026.2")).code == "forbidden"


async def test_terms_stay_unless_they_are_chosen_and_new_ones_pin_the_adopted_version(parts: Any, tmp_path: Path) -> None:
    async with a_service(SERVICE, parts, storage=True, schemes=schemes_with_next_version(tmp_path)) as kit:
        school = await a_school(kit)
        for event in (
            adopted("stay"),
            adopted("move", school.term_id),
            adopted("move", path="jx.nc.dh.s2"),
            adopted("move", state="planned"),
            adopted("move", state="withdrawn"),
        ):
            await kit.receive(event)
            await kit.tick()
            assert await version_of(school) == "2026.1", event
        await kit.receive(adopted("stay", school.term_id))
        await kit.tick()
        assert await version_of(school) == "2026.2", "chosen besides those that stay"
        province = an_organisation("jx", "province", scheme="jiangxi", version="2026.2")
        await kit.receive(province.model_copy(update={"version": 2}))
        next_term = a_term(title="第二学期", number=2, starts_on="2027-02-15", ends_on="2027-07-10", windows=None)
        made = await school.admin.post("/terms", next_term)
        assert (made.status, made.json["scheme_version"]) == (201, "2026.2"), made.json


def test_only_what_is_open_is_carried_over_and_only_once(tmp_path: Path) -> None:
    schemes = Schemes(schemes_with_next_version(tmp_path))
    old, new = schemes.get("jiangxi", "2026.1"), schemes.get("jiangxi", "2026.2")
    term = replace(a_rule_term(), scheme=new)
    record = replace(a_record(), kind=STAYS, data={"served": "老人"}, state=State.SUBMITTED, step="class_teacher",
                     reviewer_role="class_teacher", scheme_version="2026.1")  # fmt: skip
    change = carry_over(term, record, NOW)
    assert change is not None
    assert (change.record.data, change.record.step, change.record.scheme_version) == (
        {"beneficiary": "老人"},
        "homeroom",
        "2026.2",
    )
    assert change.record.version == record.version + 1
    assert carry_over(term, change.record, NOW) is None
    for state in set(State) - {State.DRAFT, State.SUBMITTED, State.RETURNED}:
        assert carried(term, replace(record, state=state)) is None
    own, same = as_written(term, replace(record, state=State.APPROVED))
    assert (own.scheme.version, own.retired, same.data) == ("2026.1", False, {"served": "老人"})
    own, _ = as_written(term, replace(record, kind=RETIRED, data={}))
    assert (own.scheme.version, own.retired) == ("2026.1", True)
    assert moved(term, old) is None, "never back"
    assert moved(term, new) is None
    without = new.model_copy(update={"timing": new.timing.model_copy(update={"operations": new.timing.operations[1:]})})
    event = moved(replace(term, scheme=old), without)
    assert event is not None
    assert {one.operation for one in term.windows} - {one.operation for one in event.windows} == {new.timing.operations[0].id}


async def test_a_move_that_is_cut_off_goes_on_where_it_was_and_positions_wait_at_the_new_step(
    parts: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "RECORDS", 1)
    saved, batches = moving.save_many, []

    async def cut_off(tx: Any, changes: Any) -> None:
        """The process dies in the second batch, after it wrote and before it committed."""
        batches.append(len(changes))
        await saved(tx, changes)
        if len(batches) == 2:
            raise ConnectionResetError("killed")

    async with a_service(SERVICE, parts, storage=True, schemes=schemes_of_next_year(tmp_path)) as kit:
        school = await a_school(kit)
        drafts = [await school.draft() for _ in range(3)]
        declared = await school.student.post("/positions", {"term_id": str(school.term_id), "data": MONITOR})
        assert declared.status == 201, declared.json
        monkeypatch.setattr(moving, "save_many", cut_off)
        await kit.receive(adopted(version=NEW))
        await kit.tick()
        versions = [await kept_version(kit, draft) for draft in drafts]
        assert sorted(versions) == ["2026.1", "2026.1", NEW], "the second batch was taken back as a whole"
        [seen] = (await school.teacher.get("/positions", state="submitted", term_id=school.term_id)).json["items"]
        async with kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT step FROM positions WHERE id = $1", UUID(seen["id"])) == "homeroom"
        assert (await school.teacher.post(f"/positions/{seen['id']}/approval")).status == 200

        monkeypatch.setattr(moving, "save_many", saved)
        await kit.tick(utc_now() + timedelta(minutes=10))
        assert [await kept_version(kit, draft) for draft in drafts] == [NEW] * 3
        shown = [(await school.student.get(f"/records/{draft['id']}")).json["history"] for draft in drafts]
        assert [sum(1 for one in history if one["action"] == "carry_over") for history in shown] == [1, 1, 1]


async def kept_version(kit: Kit, record: Any) -> str:
    """The version that the stored record names."""
    async with kit.deps.db.reading() as tx:
        return str(await tx.fetchval("SELECT scheme_version FROM records WHERE id = $1", UUID(record["id"])))


def test_windows_go_on_under_the_new_ids_of_operations_and_roles() -> None:
    pairs = {"report": "enter", "review": None}
    window = Window(operation="report", starts=NOW, ends=NOW + timedelta(days=1), roles=("student",))
    assert carried_window(window, pairs, {"student": "pupil"}) == window.model_copy(
        update={"operation": "enter", "roles": ("pupil",)}
    )
    assert carried_window(window.model_copy(update={"operation": "review"}), pairs, {}) is None
