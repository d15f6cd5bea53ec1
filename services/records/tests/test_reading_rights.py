"""Which records of others staff see: all with the capability for it, else those of kinds that concern their role (SH-12)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from records.app import SERVICE
from records.domain import access
from records.domain.state import State
from servicekit.auth import Actor
from servicekit.testing import a_service

from .builders import CLASS, SCHOOL, a_school, baoshan_windows
from .rule_builders import SCHEMES, a_card, a_record, scheme

DISTRICT, CITY = SCHOOL.rpartition(".")[0], SCHOOL.rpartition(".")[0].rpartition(".")[0]
ELSEWHERE = f"{DISTRICT}.s99"
TEXT, COURSE, CITY_EXAM = "self_introduction", "basic_course", "city_exam"
MATERIAL = "public_welfare"
FILLING = datetime(2026, 9, 10, tzinfo=UTC)
"""When `baoshan_windows` lets the school fill in."""


def sees(actor: Actor, kind: str, **changed: Any) -> bool:
    record = a_record(State.APPROVED, kind=kind, **changed)
    return access.may_see(record, actor, access.seen_kinds(SCHEMES, actor))


@pytest.mark.feature("SH-12", "SH-04", "SH-10", "NR-05")
@pytest.mark.parametrize(
    ("role", "path", "expected"),
    [
        ("class_teacher", CLASS, {TEXT, COURSE, CITY_EXAM}),
        ("principal", SCHOOL, {TEXT, COURSE, CITY_EXAM}),
        ("school_recorder", SCHOOL, {COURSE}),
        ("school_auditor", SCHOOL, {TEXT, COURSE}),
        ("district_recorder", DISTRICT, set()),
        ("district_auditor", DISTRICT, {COURSE}),
        ("city_recorder", CITY, {CITY_EXAM}),
        ("city_auditor", CITY, {CITY_EXAM}),
        ("city_auditor", f"{CITY}0", set()),
        ("school_auditor", ELSEWHERE, set()),
    ],
)
def test_recorders_and_auditors_see_the_data_of_their_level_and_not_a_whole_record(
    role: str, path: str, expected: set[str]
) -> None:
    card = a_card(role, path)
    assert {kind for kind in (TEXT, COURSE, CITY_EXAM) if sees(card, kind)} == expected


@pytest.mark.feature("CS-04", "CS-10", "NR-05")
def test_the_panel_sees_material_and_no_growth_record_of_a_student() -> None:
    drafts = scheme("changsha").drafts
    assert drafts is not None
    assert drafts.kind is not None
    panel, teacher = (
        a_card(role, at, deployment="changsha") for role, at in (("publicity_panel", SCHOOL), ("class_teacher", CLASS))
    )
    assert [sees(card, MATERIAL) for card in (panel, teacher)] == [True, True]
    assert [sees(card, drafts.kind.id) for card in (panel, teacher)] == [False, True]


@pytest.mark.feature("SH-12")
def test_staff_see_what_they_entered_themselves_whatever_its_kind() -> None:
    card = a_card("school_recorder", SCHOOL)
    assert sees(card, TEXT, author_id=card.account_id, author_role="recorder")
    assert not sees(card, TEXT)


@pytest.mark.feature("SH-12", "NR-05")
async def test_lists_counts_and_single_records_agree_on_what_a_recorder_sees(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit, scheme="baoshan", windows=baoshan_windows())
        recorder, auditor, principal = (
            kit.as_(a_card(role, path))
            for role, path in (("school_recorder", SCHOOL), ("city_auditor", CITY), ("principal", SCHOOL))
        )
        kit.at(FILLING)
        body = {"term_id": str(school.term_id), "student_id": str(school.student_id), "kind": COURSE, "submit": True}
        made = await recorder.post("/records", body | {"data": {"name": "语文", "mark": "优"}})
        assert made.status == 201, made.body
        record = f"/records/{made.json['id']}"
        for caller, status, many in ((recorder, 200, 1), (principal, 200, 1), (auditor, 404, 0)):
            assert (await caller.get(record)).status == status
            for url in (f"/records?term_id={school.term_id}", f"/records?student_id={school.student_id}", "/records"):
                assert len((await caller.get(url)).json["items"]) == many, url
            assert sum((await caller.get(f"/counts?term_id={school.term_id}")).json.values()) == many
            tiles = (await caller.get(f"/tiles?term_id={school.term_id}&student_id={school.student_id}")).json
            assert sum(tile["reported"] for tile in tiles) == many
        assert (await recorder.get(f"/hours?student_id={school.student_id}")).status == 404
        assert (await principal.get(f"/hours?student_id={school.student_id}")).status == 200
