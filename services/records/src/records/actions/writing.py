"""Reporting records: create, change, submit, withdraw, and delete drafts (JX-03, JX-04)."""

from uuid import UUID

from contracts.base import EvidenceRef, within
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Student, find_student, opted_out
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from records import store
from records.actions import catalogs
from records.actions.common import lock_record, need_found, save
from records.actions.locks import need_unlocked
from records.actions.participation import need_participating
from records.actions.switches import freeze_switches
from records.deps import RecordsDeps
from records.domain import categories, quotas, writing
from records.domain.access import need_author
from records.domain.locking import closing
from records.domain.quotas import COUNTED, has_quota
from records.domain.record import Change, Record, RecordContent
from records.domain.state import State
from records.domain.term import Term
from records.results import Writable


async def report(
    deps: RecordsDeps,
    actor: Actor,
    term_id: UUID,
    kind: str,
    student_id: UUID | None,
    content: RecordContent[UUID],
    submit: bool,
) -> tuple[Term, Record]:
    """Create a record of the actor's student (of staff: of any in scope), as a draft or submitted at once."""
    async with deps.db.transaction() as tx:
        term, student = await load_context(deps, tx, actor, term_id, student_id)
        record_id = new_id()
        with term.refusal_context("record.report", term.kind(kind).operation):
            await need_participating(tx, term, student.id)
            await need_unlocked(tx, term, kind, student.path)
            term = await freeze_switches(deps, tx, term, kind)
            checked = await attach_evidence(deps, tx, actor, record_id, content)
            change = writing.draft(term, record_id, student, kind, checked, actor, deps.now(), whole=submit)
            if submit:
                change = change.followed_by(await _submitted(deps, tx, term, change.record, actor, checked=True))
        await save(tx, term, change)
    return term, change.record


async def writable_kinds(deps: RecordsDeps, actor: Actor, term_id: UUID, student_id: UUID | None) -> Writable:
    """What this card may enter now for its student (of staff: for any in scope), until when, and how many more (JX-03)."""
    async with deps.db.reading() as tx:
        term, student = await load_context(deps, tx, actor, term_id, student_id)
        used = await store.records.used_by_kind(tx, student.id, term.id, term.school_year, COUNTED)
        out = term.scheme.participation is not None and student.id in await opted_out(tx, term.id, [student.id])
        sharing = quotas.shared_kinds(term.scheme, (kind.id for kind in term.scheme.kinds))
        entries = (await store.records.quota_entries(tx, [student.id], sharing, COUNTED))[student.id] if sharing else []
        offered = await catalogs.offered(tx, term.scheme.kinds, student.path)
        locked = (await store.locks.locked(tx, term.id, [student.path])).get(student.path) if closing(term) else None
    found = [] if out and not actor.is_staff else quotas.writable_kinds(term, actor, student.path, deps.now(), used, entries)
    return Writable(term, student, found, offered, not out, locked)


async def mend(
    deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int, content: RecordContent[UUID]
) -> tuple[Term, Record]:
    """Replace the content of a draft or a returned record, without submitting it."""
    async with deps.db.transaction() as tx:
        term, record = await lock_record(deps, tx, actor, record_id, seen)
        with term.refusal_context("record.mend", term.kind(record.kind).operation):
            need_author(term, record, actor)
            await need_unlocked(tx, term, record.kind, record.path)
            checked = await attach_evidence(deps, tx, actor, record_id, content)
            await deps.files.release(tx, f"record:{record_id}", [file.evidence_id for file in checked.evidence])
            change = writing.mend(term, record, checked, actor, deps.now())
        await save(tx, term, change)
    return term, change.record


async def categorise(
    deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None, kind: str | None
) -> tuple[Term, Record]:
    """Give a draft or a returned record another kind, or none (CS-04)."""
    async with deps.db.transaction() as tx:
        term, record = await lock_record(deps, tx, actor, record_id, seen)
        with term.refusal_context("category", term.kind(record.kind).operation):
            await need_unlocked(tx, term, kind or record.kind, record.path)
            change = categories.categorise(term, record, kind, actor, deps.now())
        await save(tx, term, change)
    return term, change.record


async def submit(deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None) -> tuple[Term, Record]:
    """Submit a draft, or a returned record again."""
    async with deps.db.transaction() as tx:
        term, record = await lock_record(deps, tx, actor, record_id, seen)
        with term.refusal_context("record.report", term.kind(record.kind).operation):
            if record.state is State.DRAFT:
                writing.need_enrolled(term, need_found(await find_student(tx, record.student_id)))
            await need_participating(tx, term, record.student_id)
            await need_unlocked(tx, term, record.kind, record.path)
            term = await freeze_switches(deps, tx, term, record.kind)
            change = await _submitted(deps, tx, term, record, actor)
        await save(tx, term, change)
    return term, change.record


async def revise(
    deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int, content: RecordContent[UUID]
) -> tuple[Term, Record]:
    """Hand in an approved record again with other content (SH-06)."""
    async with deps.db.transaction() as tx:
        term, record = await lock_record(deps, tx, actor, record_id, seen)
        with term.refusal_context("record.mend", term.kind(record.kind).operation):
            need_author(term, record, actor)
            await need_unlocked(tx, term, record.kind, record.path)
            checked = await attach_evidence(deps, tx, actor, record_id, content)
            await deps.files.release(tx, f"record:{record_id}", [file.evidence_id for file in checked.evidence])
            change = writing.revise(term, record, checked, actor, deps.now())
            await need_shared_quota(tx, term, change.record)
        await save(tx, term, change)
    return term, change.record


async def withdraw(deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None) -> tuple[Term, Record]:
    """Make a submitted record a draft again."""
    async with deps.db.transaction() as tx:
        term, record = await lock_record(deps, tx, actor, record_id, seen)
        with term.refusal_context("record.mend", term.kind(record.kind).operation):
            await need_unlocked(tx, term, record.kind, record.path)
            change = writing.withdraw(term, record, actor, deps.now())
        await save(tx, term, change)
    return term, change.record


async def delete_draft(deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None) -> None:
    """Delete a draft and release its evidence."""
    async with deps.db.transaction() as tx:
        term, record = await lock_record(deps, tx, actor, record_id, seen)
        with term.refusal_context("draft", term.kind(record.kind).operation):
            need_author(term, record, actor)
            require(record.state is State.DRAFT, "wrong_state", state=record.state.value)
        await deps.files.release(tx, f"record:{record_id}", [])
        await store.records.remove(tx, record_id)


async def _submitted(deps: RecordsDeps, tx: Tx, term: Term, record: Record, actor: Actor, *, checked: bool = False) -> Change:
    used: dict[str, int] = {}
    if has_quota(term.kind(record.kind)):
        used = await store.records.used(tx, record, term.school_year, COUNTED)
    kind = term.kind(record.kind)
    term.clean(await catalogs.problems(tx, kind, record.path, record.data) or {})
    change = writing.submit(term, record, actor, deps.now(), used, checked=checked)
    await need_shared_quota(tx, term, change.record)
    await catalogs.mark_used(tx, kind, record.path, change.record.data)
    return change


async def need_shared_quota(tx: Tx, term: Term, record: Record, amended: Record | None = None) -> None:
    """Refuse a record that exceeds a quota which several kinds share; the student's quotas are locked until the end.

    amended: the record before a case changed it; see `quotas.need_shared`.
    """
    if kinds := quotas.shared_kinds(term.scheme, [record.kind]):
        found = await store.records.quota_entries(tx, [record.student_id], kinds, COUNTED, lock=True)
        entry = quotas.entry_of(term, record.id, record.kind, record.data)
        before = quotas.entry_of(term, amended.id, amended.kind, amended.data) if amended is not None else None
        quotas.need_shared(term, entry, found[record.student_id], before)


async def attach_evidence(
    deps: RecordsDeps, tx: Tx, actor: Actor, record_id: UUID, content: RecordContent[UUID]
) -> RecordContent[EvidenceRef]:
    """Attach the uploaded files of a form to the record; the same content with references to them."""
    ids = list(dict.fromkeys(content.evidence))
    try:
        files = await deps.files.attach(tx, actor.account_id, ids, f"record:{record_id}") if ids else []
    except Refusal as refused:
        index = next((n for n, file_id in enumerate(content.evidence) if str(file_id) == refused.details.get("field")), None)
        if index is not None:
            message = refused.detail or refused.meaning.title
            refused.details["errors"] = [{"field": f"evidence.{index}", "message": message, "type": refused.code}]
        raise
    evidence = tuple(
        EvidenceRef(
            evidence_id=file["id"], name=file["name"], media_type=file["media_type"], size=file["size"],
            sha256=file["sha256"], public_key=file["public_key"], preview_key=file["preview_key"],
            width=file["width"], height=file["height"], pages=file["pages"],
        )
        for file in files
    )  # fmt: skip
    return RecordContent(content.title, content.data, evidence, content.visibility)


async def load_context(deps: RecordsDeps, tx: Tx, actor: Actor, term_id: UUID, student_id: UUID | None) -> tuple[Term, Student]:
    """The term, and the student whom a report is about: the actor's own (or child), or for staff one in scope."""
    if not actor.is_staff:
        student_id = student_id or actor.student_id
    found, student = await deps.directory.with_student(tx, term_id, student_id)
    term = need_found(found)
    if student_id is None:
        raise term.invalid("student_id", "请选择学生")
    require(actor.is_staff or student_id in actor.students, "not_found")
    if student is None:
        raise Refusal("not_found") if actor.is_staff else Refusal("busy", detail="学籍信息正在同步", retry_after=2)
    actor.need(student.path, student.id)
    require(within(student.path, term.path), "not_found")
    return term, student
