"""The checks of chaos: accepted, refused and unknown writes, cases, Merkle roots, and the schedule of a seed."""

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest
from chaos.check import histories, writes
from chaos.check.archives import leaf_hash, merkle_root
from chaos.check.base import Databases
from chaos.check.writes import Tally
from chaos.faults import PARTS, PAUSE, Fault, FaultInjector
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


JIANGXI, APPEAL, MISSING = ("jiangxi", "complaint"), ("changsha", "appeal"), ("baoshan", "appeal")
UNMENDED = ("baoshan", "unmended")


def a_case(what: tuple[str, str], actions: tuple[str, ...], outcome: str | None) -> FakeDatabases:
    steps = [{"case_id": "case", "no": number, "action": action} for number, action in enumerate(actions, 1)]
    known = {"id": "case", "closed": outcome is not None, "scheme": what[0], "type": what[1], "outcome": outcome}
    return FakeDatabases(case_steps=steps, cases=[known])


@pytest.mark.parametrize(
    ("what", "actions", "outcome", "problem"),
    [
        (JIANGXI, ("open", "insist", "agree", "agree"), "keep", None),
        (JIANGXI, ("open", "insist", "disagree", "amend"), None, None),
        (JIANGXI, ("open", "insist", "agree", "agree"), None, "not where its steps end"),
        (JIANGXI, ("open", "insist", "agree"), "keep", "not where its steps end"),
        (JIANGXI, ("open", "agree"), None, "an illegal step"),
        (JIANGXI, ("open", "insist", "agree", "agree", "open"), None, "an illegal step"),
        (JIANGXI, (), "keep", "not where its steps end"),
        (APPEAL, ("open", "delete"), "void", None),
        (APPEAL, ("open", "delete"), "exclude", "another outcome"),
        (APPEAL, ("open", "malicious"), None, "an illegal step"),
        (MISSING, ("open", "accept", "withdraw", "agree"), "void", None),
        (MISSING, ("open", "accept", "amend", "disagree", "amend", "agree"), "amend", None),
        (MISSING, ("open", "accept", "amend", "agree"), "keep", "another outcome"),
        (UNMENDED, ("open", "malicious"), None, "an illegal step"),
        (UNMENDED, ("open", "reject"), "keep", None),
    ],
)
def test_a_case_follows_the_workflow_of_its_scheme_and_is_closed_once(
    what: tuple[str, str], actions: tuple[str, ...], outcome: str | None, problem: str | None
) -> None:
    found = asyncio.run(histories._cases(a_case(what, actions, outcome)))
    assert [problem in finding.what for finding in found if problem] == ([True] if problem else [])
    assert bool(found) is bool(problem)


@pytest.mark.parametrize(
    ("happened", "state", "sound"),
    [
        (("submitted", "returned", "submitted", "approved"), "approved", True),
        (("submitted", "withdrawn", "submitted"), "submitted", True),
        ((), "open", True),
        (("submitted", "approved"), "returned", False),
        (("submitted", "approved", "approved"), "approved", False),
        (("submitted", "submitted"), "submitted", False),
    ],
)
def test_a_final_submission_is_where_its_events_lead(happened: tuple[str, ...], state: str, sound: bool) -> None:
    events = [{"what": what, "id": "final", "version": number} for number, what in enumerate(happened, 2)]
    finals = [{"id": "final", "state": state, "version": len(happened) + 1}]
    databases = FakeDatabases(outbox=events, final_submissions=finals)
    assert bool(asyncio.run(histories._finals(databases))) is not sound


@pytest.mark.parametrize(
    ("about", "submitted", "sound"), [("bc", True, True), ("b", False, True), ("b", True, False), ("bcd", True, False)]
)
def test_who_submitted_said_something_of_each_classmate(about: str, submitted: bool, sound: bool) -> None:
    row = {"term": "t", "by": "a", "about": list(about), "classmates": ["b", "c"], "submitted": submitted}
    assert bool(asyncio.run(histories._peers(FakeDatabases(**{"peer_evaluations": [row]})))) is not sound


def test_a_kind_of_write_that_nobody_checks_is_noticed() -> None:
    write = Write("c-1", "c", "something.new", {}, "ok", None, {}, 1, "key")
    [finding] = asyncio.run(writes.check(FakeDatabases(), [write]))
    assert finding.evidence == "something.new"


@pytest.mark.parametrize(("results", "version", "sound"), [([True], 1, True), ([False, True], 1, True), ([True], 0, False)])
def test_a_verdict_counts_where_the_answer_says_that_it_was_given(results: list[bool], version: int, sound: bool) -> None:
    given = [
        Write("c-1", "c", "verdict", {"verdict": "a pupil"}, "ok", None, {"results": [{"ok": ok}]}, 1, "key") for ok in results
    ]
    stored = [{"who": "a pupil", "version": version}] if version else []
    assert bool(asyncio.run(writes.check(FakeDatabases(verdicts=stored), given))) is not sound


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


def test_single_faults_go_on_and_repeat_with_their_seed() -> None:
    first = list(itertools.islice(faults.single_faults(7), 40))
    assert first == list(itertools.islice(faults.single_faults(7), 40))
    assert {(fault.part, fault.kind) for fault in first} == {(fault.part, fault.kind) for fault in first[:16]}
    assert max(fault.seconds for fault in first) < PAUSE


async def test_a_part_of_a_term_begins_with_the_next_fault_and_at_once_when_there_are_no_more() -> None:
    injector = FaultInjector(None)  # type: ignore[arg-type]
    waiting = asyncio.create_task(injector.next_fault())
    await asyncio.sleep(0)
    assert not waiting.done()
    with pytest.raises(AttributeError):  # there is no platform
        await injector.inject(Fault("records", "kill"))
    await waiting
    injector.end()
    await injector.next_fault()


HANDED_OVER, RETURNED = ("pass", 1, 0), ("return", 0, 0)
LOCKED, UNLOCKED = ("lock", 1, 2), ("unlock", 0, 0)


@pytest.mark.parametrize(
    ("moves", "now", "sound"),
    [
        ((HANDED_OVER, RETURNED), (0, False), True),
        ((HANDED_OVER, LOCKED, UNLOCKED, HANDED_OVER), (1, False), True),
        ((HANDED_OVER, LOCKED), (1, False), False),
        ((HANDED_OVER, ("lock", 1, 1)), (1, True), False),
        ((HANDED_OVER, LOCKED, HANDED_OVER), (2, False), False),
        ((HANDED_OVER, UNLOCKED), (0, False), False),
        ((("pass", 2, 0),), (2, False), False),
    ],
)
def test_a_score_sheet_is_where_its_moves_lead_and_a_lock_keeps_every_student(
    moves: tuple[tuple[str, int, int], ...], now: tuple[int, bool], sound: bool
) -> None:
    rows = [
        {"sheet": "a", "version": number, "action": action, "step": step, "now": now[0], "locked": now[1], "kept": kept,
         "students": 2}
        for number, (action, step, kept) in enumerate(moves, 1)
    ]  # fmt: skip
    found = asyncio.run(histories._score_sheets(FakeDatabases(score_sheet_moves=rows)))
    assert bool(found) is not sound


@pytest.mark.parametrize(("stored", "sound"), [(1, True), (0, False), (2, False)])
def test_a_value_counts_where_the_answer_says_that_it_was_saved(stored: int, sound: bool) -> None:
    results = [{"ok": True}, {"ok": False}]
    write = Write("c-1", "c", "scores", {"scores": ["first", "second"]}, "ok", None, {"results": results}, 1, "key")
    databases = FakeDatabases(score_versions=[{"key": "first", "count": stored}])
    assert bool(asyncio.run(writes.check(databases, [write]))) is not sound
