"""The use cases of a batch: begin its check, show it, commit it, undo the import (X-12)."""

from collections.abc import Mapping
from uuid import UUID

from servicekit import jobs, outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.files import StoredObject
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from importer import domain
from importer.actions import asking, upkeep
from importer.actions.asking import CHECK
from importer.actions.context import ImportContext, definition_for, holder, known_term, load_context, scheme_of
from importer.adapters.upload import MEDIA_TYPE
from importer.deps import ImportDeps
from importer.domain import Batch, Findings, State
from importer.domain.definitions import need_known_columns
from importer.results import Limits
from importer.store import batches, reference_data

ANSWER_NAME = "{title}-导入结果.xlsx"


async def begin(
    deps: ImportDeps,
    file_id: UUID,
    type_: str,
    path: str | None,
    term_id: UUID | None,
    given: Mapping[str, str],
    by: Actor,
) -> Batch:
    """Accept an uploaded workbook and schedule its check (dry run). No row is stored before. `given`: values for all rows."""
    async with deps.db.reading() as tx:
        context = await load_context(deps, tx, type_, path, term_id, by)
    context.need_open(by.roles, deps)
    need_known_columns(context.definition, given)
    file = await deps.files.accept(by.account_id, file_id)
    definition, term = context.definition, context.term
    batch = Batch(
        id=new_id(),
        type=definition.type,
        title=definition.title,
        target=definition.target,
        path=context.path,
        term_id=term.id if term else None,
        scheme_id=context.scheme.id if context.scheme else None,
        scheme_version=context.scheme.version if context.scheme else None,
        roles=definition.roles,
        role=context.role,
        account_id=by.account_id,
        author_name=by.name,
        file_id=file_id,
        file_name=file.name,
        state=State.CHECKING,
        created_at=deps.now(),
        given=given,
        own_students=tuple(sorted(by.own_students)),
    )
    async with deps.db.transaction() as tx:
        await deps.files.attach(tx, by.account_id, [file_id], holder(batch.id))
        await batches.add(tx, batch)
        await jobs.schedule(tx, deps.now(), CHECK, str(batch.id))
    return batch


async def _context_of(deps: ImportDeps, tx: Tx, batch: Batch) -> ImportContext:
    definition = definition_for(deps, batch)
    if batch.term_id is None:
        return ImportContext(definition, batch.path, batch.role)
    sealed = await reference_data.is_sealed(tx, batch.term_id)
    return ImportContext(definition, batch.path, batch.role, await known_term(deps, tx, batch.term_id), sealed)


async def get(deps: ImportDeps, batch_id: UUID, by: Actor) -> tuple[Batch, Findings, Limits]:
    """One batch with its findings, and until when what can be done with it."""
    async with deps.db.reading() as tx:
        batch = await _visible(tx, batch_id, by)
        may_undo, until = False, None
        if batch.state == State.APPLIED:
            may_undo, until = (await _context_of(deps, tx, batch)).undo_until(deps)
        limits = Limits(
            may_undo and by.is_(*batch.roles), until, batch.created_at + upkeep.ROWS, batch.created_at + upkeep.ANSWERS
        )
        return batch, await batches.findings(tx, batch_id), limits


async def get_without_findings(deps: ImportDeps, batch_id: UUID, by: Actor) -> Batch:
    """One batch: its state and counts."""
    async with deps.db.reading() as tx:
        return await _visible(tx, batch_id, by)


async def page(deps: ImportDeps, path: str | None, before: UUID | None, limit: int, by: Actor) -> list[Batch]:
    """Batches within an organisation, newest first."""
    org_path = by.path if path is None else path
    by.need(org_path)
    async with deps.db.reading() as tx:
        return await batches.page(tx, org_path, by.account_id, sorted(by.roles), domain.sees_all(by), before, limit)


async def answer(deps: ImportDeps, batch_id: UUID, by: Actor) -> StoredObject:
    """The workbook with its problem cells coloured (X-12)."""
    batch = await get_without_findings(deps, batch_id, by)
    if batch.answer_key is None:
        raise Refusal("answer_missing", rule="X-12", state=batch.state.value)
    return StoredObject(deps.bucket, batch.answer_key, ANSWER_NAME.format(title=batch.title), MEDIA_TYPE)


async def commit(deps: ImportDeps, batch_id: UUID, by: Actor) -> Batch:
    """Ask whether the check still holds; if it does, all checked rows are published in one transaction, else the differences
    are shown (L-10). Once more changes nothing (X-12)."""
    async with deps.db.transaction() as tx:
        batch = await _locked(deps, tx, batch_id, by)
        if batch.state in (State.RECHECKING, State.COMMITTING, State.APPLIED):
            return batch
        stored = await batches.load_events(tx, batch_id)
        rechecked = domain.recheck(batch, sum(event.rows for event in stored))
        (await _context_of(deps, tx, batch)).need_open(by.roles, deps)
        if await batches.count_moved_students(tx, batch_id, batch.path):
            raise Refusal("batch_outdated", rule="X-12")
        if (other := await batches.lock_type(tx, batch)) is not None:
            raise Refusal("batch_running", rule="X-12", batch_id=str(other))
        await asking.ask(deps, tx, rechecked, stored)
    return rechecked


async def undo_import(deps: ImportDeps, batch_id: UUID, reason: str, by: Actor) -> Batch:
    """Undo an applied batch while that is not locked (X-12); once more changes nothing."""
    async with deps.db.transaction() as tx:
        batch = await _locked(deps, tx, batch_id, by)
        if batch.state == State.UNDONE:
            return batch
        locked = (await _context_of(deps, tx, batch)).undo_locked(deps)
        batch, event = domain.undo_import(batch, by, reason, locked, deps.now())
        await batches.save(tx, batch)
        await outbox.add(tx, event)
    return batch


async def _visible(tx: Tx, batch_id: UUID, by: Actor) -> Batch:
    batch = await batches.get(tx, batch_id)
    if batch is None:
        raise Refusal("not_found")
    domain.need_visible(batch, by)
    return batch


async def _locked(deps: ImportDeps, tx: Tx, batch_id: UUID, by: Actor) -> Batch:
    """The batch, locked, if the caller may commit and undo it."""
    batch = await batches.lock(tx, batch_id)
    if batch is None:
        raise Refusal("not_found")
    scheme = scheme_of(deps, batch)
    domain.need_may_change(batch, by, scheme.rule("import") if scheme and batch.term_id else "NR-01")
    return batch
