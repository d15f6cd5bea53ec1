"""Reporting records: write, mend, hand in, take back, throw a draft away (JX-03, JX-04)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from contracts.base import EvidenceRef, within
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Student, find_students
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from records import store
from records.actions.common import keep, keep_new, locked, there
from records.deps import RecordsDeps
from records.domain import writing
from records.domain.record import Change, Record
from records.domain.rules import Rules
from records.domain.sight import need_author
from records.domain.state import State


@dataclass(frozen=True, slots=True)
class Written:
    """What a form sent: evidence are file ids."""

    title: str | None
    data: Mapping[str, Any]
    evidence: list[UUID]
    visibility: Literal["private", "class", "school"] | None = None


async def report(
    deps: RecordsDeps, actor: Actor, term_id: UUID, kind: str, student_id: UUID | None, written: Written, submit: bool
) -> tuple[Rules, Record]:
    """A new record of the actor's student (or, by staff, of one in scope), as a draft or handed in at once."""
    async with deps.db.transaction() as tx:
        rules, student = await ground(deps, tx, actor, term_id, student_id)
        record_id = new_id()
        with rules.speaking("record.report", rules.kind(kind).operation):
            given = await bind(deps, tx, actor, record_id, written, holding=True)
            change = writing.draft(rules, record_id, student, kind, given, actor, deps.now(), whole=submit)
            if submit:
                change = change.then(await _handed_in(deps, tx, rules, change.record, actor, checked=True))
        await keep_new(tx, rules, change)
    return rules, change.record


async def mend(deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int, written: Written) -> tuple[Rules, Record]:
    """Write a draft or a returned record anew; it is not handed in yet."""
    async with deps.db.transaction() as tx:
        rules, record = await locked(deps, tx, actor, record_id, seen)
        with rules.speaking("record.mend", rules.kind(record.kind).operation):
            need_author(rules, record, actor)
            given = await bind(deps, tx, actor, record_id, written)
            change = writing.mend(rules, record, given, actor, deps.now())
        await keep(tx, rules, change)
    return rules, change.record


async def submit(deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None) -> tuple[Rules, Record]:
    """Hand in a draft or a mended record."""
    async with deps.db.transaction() as tx:
        rules, record = await locked(deps, tx, actor, record_id, seen)
        with rules.speaking("record.report", rules.kind(record.kind).operation):
            if record.state is State.DRAFT:
                known = await find_students(tx, [record.student_id])
                writing.need_enrolled(rules, known[record.student_id])
            change = await _handed_in(deps, tx, rules, record, actor)
        await keep(tx, rules, change)
    return rules, change.record


async def withdraw(deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None) -> tuple[Rules, Record]:
    """Take a submitted record back to a draft."""
    async with deps.db.transaction() as tx:
        rules, record = await locked(deps, tx, actor, record_id, seen)
        with rules.speaking("record.mend", rules.kind(record.kind).operation):
            change = writing.withdraw(rules, record, actor, deps.now())
        await keep(tx, rules, change)
    return rules, change.record


async def throw_away(deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None) -> None:
    """Delete a draft; its evidence is swept."""
    async with deps.db.transaction() as tx:
        rules, record = await locked(deps, tx, actor, record_id, seen)
        with rules.speaking("draft", rules.kind(record.kind).operation):
            need_author(rules, record, actor)
            require(record.state is State.DRAFT, "wrong_state", state=record.state.value)
        await deps.files.release(tx, f"record:{record_id}", [])
        await store.records.remove(tx, record_id)


async def _handed_in(deps: RecordsDeps, tx: Tx, rules: Rules, record: Record, actor: Actor, *, checked: bool = False) -> Change:
    used: dict[str, int] = {}
    if any(quota.counts == "submitted" for quota in rules.kind(record.kind).quotas):
        used = await store.records.used(tx, record, rules.school_year, writing.COUNTED)
    return writing.submit(rules, record, actor, deps.now(), used, checked=checked)


async def bind(
    deps: RecordsDeps, tx: Tx, actor: Actor, record_id: UUID, written: Written, *, holding: bool = False
) -> writing.Given:
    """Attach the checked files to the record, and let go of those it no longer has, unless it is `holding` them all."""
    to = f"record:{record_id}"
    files = await deps.files.attach(tx, actor.account_id, written.evidence, to) if written.evidence else []
    if not holding:
        await deps.files.release(tx, to, written.evidence)
    evidence = tuple(
        EvidenceRef(
            evidence_id=file["id"], name=file["name"], media_type=file["media_type"], size=file["size"],
            sha256=file["sha256"], public_key=file["public_key"], preview_key=file["preview_key"],
        )
        for file in files
    )  # fmt: skip
    return writing.Given(written.title, written.data, evidence, written.visibility)


async def ground(deps: RecordsDeps, tx: Tx, actor: Actor, term_id: UUID, student_id: UUID | None) -> tuple[Rules, Student]:
    """The rules of a term, and the student a report is about: the actor's own (or their child), or one in staff's scope."""
    wanted = student_id if actor.is_staff else student_id or actor.student_id
    rules, found = await deps.directory.with_student(tx, term_id, wanted)
    rules = there(rules)
    if wanted is None:
        raise rules.invalid("student_id", "请选择学生")
    require(actor.is_staff or wanted in actor.students, "not_found")
    if found is None:
        raise Refusal("not_found") if actor.is_staff else Refusal("busy", detail="学籍信息正在同步", retry_after=2)
    actor.need(found.path, found.id)
    require(within(found.path, rules.path), "not_found")
    return rules, found
