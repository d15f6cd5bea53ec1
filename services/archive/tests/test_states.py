"""The state tables, whole: every move outside them is refused."""

from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from archive.domain import corrections
from archive.domain.bundles import safe
from archive.domain.corrections import Correcting, Correction
from archive.domain.evaluations import rule_for
from archive.domain.states import MOVES, STEPS, Collecting, Making, move, need_collecting, step
from archive.domain.terms import ArchiveTerm
from archive.domain.verification import file_name, masked, read_code
from scheme import load
from servicekit.directory import masked_number
from servicekit.ids import new_id, utc_now
from servicekit.refusals import Refusal

SCHEMES = Path(__file__).parents[3] / "schemes"


@pytest.mark.feature("JX-13", "X-13")
def test_a_term_or_career_moves_by_its_table_only() -> None:
    assert {action for _, action in MOVES} == {"seal", "finish"}
    for state, action in product(Collecting, ("seal", "finish", "reopen", "rewrite")):
        if (state, action) in MOVES:
            assert move(state, action) is MOVES[state, action]
            continue
        with pytest.raises(Refusal) as no:
            move(state, action, "JX-13")
        assert (no.value.code, no.value.details["rule"]) == ("wrong_state", "JX-13")


@pytest.mark.feature("X-10")
def test_an_archive_is_made_in_order_and_ready_is_the_end() -> None:
    for state, action in product(Making, ("write", "place", "keep", "undo")):
        if (state, action) in STEPS:
            assert step(state, action) is STEPS[state, action]
            continue
        with pytest.raises(Refusal):
            step(state, action)
    assert not any(state is Making.READY for state, _ in STEPS)


@pytest.mark.feature("X-10")
def test_a_correction_moves_by_its_table_only() -> None:
    one = Correction(new_id(), new_id(), new_id(), "jx", "因为", Correcting.WAITING, None, new_id(), "某人", utc_now())
    for state, action in product(Correcting, ("approve", "decline", "finish", "reopen")):
        now = replace(one, state=state)
        if (state, action) in corrections.MOVES:
            assert corrections.move(now, action).state is corrections.MOVES[state, action]
            continue
        with pytest.raises(Refusal, match="wrong_state"):
            corrections.move(now, action)


@pytest.mark.feature("JX-12", "JX-13")
def test_nothing_changes_once_sealing_began() -> None:
    need_collecting(Collecting.COLLECTING, "JX-12")
    for state in (Collecting.SEALING, Collecting.SEALED):
        with pytest.raises(Refusal, match="wrong_state"):
            need_collecting(state, "JX-12")


@pytest.mark.feature("X-10")
def test_codes_names_and_numbers_are_read_and_masked_as_people_write_them() -> None:
    assert read_code("7k3m 9qxa-v2rt-ohnb-4wec") == "7K3M-9QXA-V2RT-0HNB-4WEC"
    assert [read_code(bad) for bad in ("", "7K3M", "7K3M-9QXA-V2RT-0HNB-4WE!", "U" * 20)] == [None] * 4
    assert [masked(name) for name in ("王小明", "欧阳娜娜", "李")] == ["王**", "欧***", "*"]
    assert masked_number("G360102200908170011") == "G360102********0011"
    assert file_name("term", "李/晓雨", "第一学期", 2, "pdf") == "学期档案-李_晓雨-第一学期-第2版.pdf"
    assert file_name("career", "李晓雨", "", 1, "json") == "生涯档案-李晓雨.json"


@pytest.mark.feature("JX-13")
def test_names_in_a_bundle_can_be_kept_by_windows() -> None:
    assert [safe(name) for name in ("高一（1）班", "王/小:明?", "CON", "con.txt", "结尾.", " ", "a\u0007b")] == [
        "高一（1）班", "王_小_明_", "_CON", "_con.txt", "结尾", "_", "a_b",
    ]  # fmt: skip
    assert len(safe("长" * 300)) == 60


@pytest.mark.feature("X-13", "JX-12", "CS-07")
@pytest.mark.parametrize(("scheme", "rule"), [("jiangxi", "JX-12"), ("changsha", "CS-07")])
def test_a_refusal_cites_the_rule_of_the_deployment_the_term_is_in(scheme: str, rule: str) -> None:
    rules = load(SCHEMES / scheme / "2026.1.yaml")
    term = ArchiveTerm(
        new_id(), "x.s1", "第一学期", "2026-2027", 1, "Asia/Shanghai", date(2026, 9, 1), date(2027, 1, 31), (), 1,
        rules,
    )  # fmt: skip
    with pytest.raises(Refusal) as no:
        rule_for(term, "x.s1.g2026.c01", "student", ["guardian"], None)
    assert (no.value.code, no.value.details["rule"]) == ("forbidden", rule)
