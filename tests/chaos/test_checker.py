"""The checks of chaos: accepted, refused and unknown writes, cases, Merkle roots, and the schedule of a seed."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from chaos.check import histories
from chaos.check.archives import leaf_hash, merkle_root
from chaos.check.base import Databases
from chaos.check.writes import Tally
from chaos.faults import PARTS
from chaos.journal import Journal, Write
from proof import SealedDocument, Tree
from proof import leaf_hash as signed_leaf

from chaos import faults, journal


def a_write(end: str) -> Write:
    return Write("c-1", "c", "record", {}, end, None, {}, 1, "key")


@pytest.mark.parametrize(
    ("ends", "there", "problem"),
    [
        (["ok"], 1, None),
        (["ok"], 0, "lost"),
        (["ok"], 2, "more than once"),
        (["unknown"], 0, None),
        (["unknown"], 1, None),
        (["unknown"], 2, "nobody was told"),
        (["failed"], 0, None),
        (["failed"], 1, "nobody was told"),
        (["ok", "unknown"], 2, None),
        (["ok", "failed"], 2, "more than once"),
    ],
)
def test_accepted_is_once_unknown_at_most_once_refused_never(ends: list[str], there: int, problem: str | None) -> None:
    tally = Tally()
    for end in ends:
        tally.add("thing", a_write(end))
    found = tally.compare("writes", "records", "record", {"thing": there})
    assert [problem in finding.what for finding in found if problem] == ([True] if problem else [])
    assert bool(found) is bool(problem)


def test_a_refused_bulk_action_counts_for_none_of_its_records() -> None:
    tally = Tally()
    tally.add("thing", a_write("failed"), accepted=False)
    [finding] = tally.compare("writes", "records", "approval", {"thing": 1})
    assert "nobody was told" in finding.what


class FakeDatabases(Databases):
    """Databases of which only this is known: rows by the table that a statement reads."""

    def __init__(self, **tables: list[dict[str, Any]]) -> None:
        super().__init__()
        self.tables = tables

    async def rows(self, service: str, sql: str, *args: Any) -> list[dict[str, Any]]:
        return next((rows for table, rows in self.tables.items() if f"FROM {table}" in sql), [])

    async def pairs(self, service: str, sql: str, *args: Any) -> dict[Any, Any]:
        found = [tuple(row.values()) for row in await self.rows(service, sql, *args)]
        return {row[0]: row[1] if len(row) == 2 else row[1:] for row in found}


def a_case(*actions: str, closed: bool) -> FakeDatabases:
    steps = [{"case_id": "case", "no": number, "action": action} for number, action in enumerate(actions, 1)]
    return FakeDatabases(case_steps=steps, cases=[{"id": "case", "closed": closed}])


@pytest.mark.parametrize(
    ("actions", "closed", "problem"),
    [
        (("open", "insist", "agree", "agree"), True, None),
        (("open", "insist", "disagree", "amend"), False, None),
        (("open", "insist", "agree", "agree"), False, "not where its steps end"),
        (("open", "insist", "agree"), True, "not where its steps end"),
        (("open", "agree"), False, "an illegal step"),
        (("open", "insist", "agree", "agree", "open"), False, "an illegal step"),
        ((), True, "not where its steps end"),
    ],
)
def test_a_case_follows_its_workflow_and_is_closed_once(actions: tuple[str, ...], closed: bool, problem: str | None) -> None:
    found = asyncio.run(histories._cases(a_case(*actions, closed=closed)))
    assert [problem in finding.what for finding in found if problem] == ([True] if problem else [])
    assert bool(found) is bool(problem)


@pytest.mark.parametrize(("entry", "sound"), [("voided", True), ("selected", False), ("cleared", False)])
def test_a_case_that_voids_leaves_no_entry_standing(entry: str, sound: bool) -> None:
    row = {"id": "entry", "state": entry, "open_cases": 0, "picked": True, "over": entry == "cleared", "open": 0, "voids": 1}
    assert bool(asyncio.run(histories._entries(FakeDatabases(entries=[row])))) is not sound


def test_a_producer_that_publishes_nothing_is_noticed() -> None:
    found = asyncio.run(histories._check_events(FakeDatabases(record_history=[{"record_id": "record", "count": 1}])))
    assert "records.record.submitted.v1 does not match what happened" in {finding.what for finding in found}


def test_an_intent_without_an_outcome_is_unknown(tmp_path: Path) -> None:
    log = Journal(tmp_path / "a.jsonl", "a")
    first = log.log_intent("record", {"title": "一"}, {"key": "k1"})
    log.log_intent("record", {"title": "二"}, {"key": "k2"})
    log.log_outcome(first, "ok", 1, id="x")
    assert [(write.about["title"], write.outcome) for write in journal.read(tmp_path)] == [("一", "ok"), ("二", "unknown")]
    log.close()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 8, 13])
def test_the_checkers_own_root_is_the_one_that_was_signed(size: int) -> None:
    leaves = [bytes([number]) * 32 for number in range(size)]
    assert merkle_root(leaves) == Tree.of_hashes(leaves).root


def test_the_checkers_own_leaf_is_the_one_that_was_signed() -> None:
    document = SealedDocument(content={"name": "李晓雨", "hours": 4.0, "éa": [None, True]}, key_id="k", signature="s")
    assert leaf_hash(document.to_bytes().decode()) == signed_leaf(document.leaf())
    other = document.model_copy(update={"content": {**document.content, "hours": 4.5}})
    assert leaf_hash(other.to_bytes().decode()) != signed_leaf(document.leaf())


def test_a_short_run_has_every_fault_of_every_part_once_in_the_seeds_order() -> None:
    sequences = faults.schedule(7, None)
    done = [(error.part, error.kind) for sequence in sequences for error in sequence]
    assert len(set(done)) == len(done)
    assert {part for part, kind in done if kind == "kill"} == set(PARTS)
    assert {part for part, kind in done if kind == "pause"} == set(PARTS)
    assert {part for part, kind in done if kind == "cut"} == set(PARTS)
    assert faults.schedule(7, None) == sequences
    assert faults.schedule(8, None) != sequences
