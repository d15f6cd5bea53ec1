"""What a complainant does is stored and passed on without account and exact time (L-17)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.base import RecordSnapshot
from contracts.publicity import CaseClosedV2, CaseOpenedV2
from publicity.adapters.complainants import Complainant
from publicity.app import SERVICE
from publicity.domain.rounding import next_step, rounded
from publicity_builders import CLASS, SHOWN, House, voided
from servicekit.ids import new_id
from servicekit.testing import Kit, a_service, a_student, an_actor

pytestmark = pytest.mark.feature("L-17", "X-08")
HOUR = 3600
FILED = SHOWN + timedelta(minutes=41, seconds=17, microseconds=123456)
FULL_HOUR, NEXT_HOUR = SHOWN, SHOWN + timedelta(hours=1)


def test_times_are_rounded_down_and_passed_on_at_the_next_step() -> None:
    assert (rounded(FILED, HOUR), next_step(FILED, HOUR)) == (FULL_HOUR, NEXT_HOUR)
    assert (rounded(FULL_HOUR, HOUR), next_step(FULL_HOUR, HOUR)) == (FULL_HOUR, NEXT_HOUR)
    assert rounded(FILED, 0) == FILED
    assert rounded(datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC), 86400) == datetime(2026, 11, 29, tzinfo=UTC)


async def _filed(kit: Kit) -> tuple[House, Any, RecordSnapshot]:
    house = await House(kit).begin()
    entry_id, record = await house.selected()
    await house.to(SHOWN)
    kit.at(FILED)
    body = {"entry_id": str(entry_id), "complaint_type": "untrue", "text": "当天他没有参加这次活动，请核实。"}
    answer = await kit.as_(house.classmate).post("/cases", body, Idempotency_Key="of-a-complaint")
    assert answer.status == 201, answer.body
    return house, answer.json["case_id"], record


async def test_a_complaint_has_the_time_of_the_full_hour_and_is_passed_on_when_the_next_one_begins(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True, complaint_seconds=HOUR) as kit:
        _, case_id, _ = await _filed(kit)
        async with kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT opened_at FROM cases") == FULL_HOUR
            assert await tx.fetchval("SELECT at FROM case_steps") == FULL_HOUR
            job = await tx.fetchrow("SELECT id, at FROM jobs WHERE what = 'pass_on_case' AND key = $1", case_id)
            assert (job["at"], job["id"].version) == (NEXT_HOUR, 4)
        await kit.tick()
        assert await kit.events(CaseOpenedV2) == []
        kit.at(NEXT_HOUR)
        await kit.tick()
        [event] = await kit.events(CaseOpenedV2)
        assert (str(event.case_id), event.at) == (case_id, FULL_HOUR)
        async with kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM held_events") == 0


async def test_an_act_of_somebody_else_sends_what_was_held_back_first(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True, complaint_seconds=HOUR) as kit:
        _, _, record = await _filed(kit)
        await kit.receive(voided(record))
        assert len(await kit.events(CaseOpenedV2)) == len(await kit.events(CaseClosedV2)) == 1
        async with kit.deps.db.reading() as tx:
            subjects = [row["subject"] for row in await tx.fetch("SELECT subject FROM outbox ORDER BY seq")]
        assert subjects.index(CaseOpenedV2.subject) < subjects.index(CaseClosedV2.subject)
        kit.at(NEXT_HOUR)
        await kit.tick()
        assert len(await kit.events(CaseOpenedV2)) == 1


async def test_the_idempotency_key_of_a_complaint_has_neither_account_nor_time(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True, complaint_seconds=HOUR) as kit:
        house, _, _ = await _filed(kit)
        async with kit.deps.db.reading() as tx:
            row = await tx.fetchrow("SELECT account_id, made_at FROM idempotency WHERE key = 'of-a-complaint'")
        assert row["account_id"] != house.classmate.account_id
        assert (row["made_at"].hour, row["made_at"].minute, row["made_at"].second) == (0, 0, 0)
        body = {"entry_id": str(new_id()), "text": "x"}
        other = await kit.as_(house.classmate).post("/cases", body, Idempotency_Key="of-a-complaint")
        assert other.code == "idempotency_mismatch", "the key is the complainant's all the same"


async def test_all_sealed_complainants_have_the_same_length(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        people = [
            a_student(CLASS, name="王一"),
            an_actor("class_teacher", f"{CLASS}", name="买买提·阿不都热合曼·吐尔逊江·艾合买提" * 2),
            an_actor("guardian", CLASS, name="李"),
        ]
        sealer = kit.deps.complainants
        lengths = {len(sealer.seal(new_id(), Complainant.model_validate(who, from_attributes=True))) for who in people}
        assert len(lengths) == 1
