"""A batch from the caller's side: begin it, look at it, commit it, undo it (X-12)."""

from datetime import timedelta
from uuid import UUID

from contracts.importer import COMMITTED
from servicekit import jobs, outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from importer import domain
from importer.actions.cases import Case, case_of, known_term, rules_of
from importer.adapters.upload import MEDIA_TYPE
from importer.deps import ImportDeps
from importer.domain import Batch, Findings, State
from importer.domain.from_scheme import plan_of
from importer.domain.plans import ROSTER, Plan
from importer.store import batches, known

CHECK, UNANSWERED = "check", "unanswered"
"""Names of due rows, by batch id."""
PATIENCE = timedelta(minutes=30)
"""So long the receiving service may take; then the batch no longer keeps others waiting."""
NAME = "{title}-导入结果.xlsx"


async def begin(deps: ImportDeps, file_id: UUID, type_: str, path: str | None, term_id: UUID | None, by: Actor) -> Batch:
    """Take in an uploaded workbook and have it checked (dry run). Nothing is stored of its rows before."""
    async with deps.db.reading() as tx:
        case = await case_of(deps, tx, type_, path, term_id, by)
    case.need_open(by.roles, deps)
    file = await deps.files.accept(by.account_id, file_id)
    term = case.term
    batch = Batch(
        id=new_id(),
        type=case.plan.type,
        title=case.plan.title,
        target=case.plan.target,
        path=case.path,
        term_id=term.id if term else None,
        scheme_id=term.scheme.id if term else None,
        scheme_version=term.scheme.version if term else None,
        roles=case.plan.roles,
        role=case.role,
        account_id=by.account_id,
        author_name=by.name,
        file_id=file_id,
        file_name=file.name,
        state=State.CHECKING,
        created_at=deps.now(),
    )
    async with deps.db.transaction() as tx:
        await deps.files.attach(tx, by.account_id, [file_id], holder(batch.id))
        await batches.add(tx, batch)
        await jobs.schedule(tx, deps.now(), CHECK, str(batch.id))
    return batch


def holder(batch_id: UUID) -> str:
    """What an upload is attached to."""
    return f"batch:{batch_id}"


def plan_for(deps: ImportDeps, batch: Batch) -> Plan:
    """The plan under which a batch was begun."""
    if batch.scheme_id is None or batch.scheme_version is None:
        return ROSTER
    return plan_of(rules_of(deps, batch.scheme_id, batch.scheme_version), batch.type, batch.role)


def _rule(deps: ImportDeps, batch: Batch) -> str:
    """The rule that says who imports this; the roster's is no scheme's."""
    if batch.scheme_id is None or batch.scheme_version is None:
        return "NR-01"
    return rules_of(deps, batch.scheme_id, batch.scheme_version).rule("import")


async def _case_for(deps: ImportDeps, tx: Tx, batch: Batch) -> Case:
    plan = plan_for(deps, batch)
    if batch.term_id is None or batch.scheme_id is None or batch.scheme_version is None:
        return Case(plan, batch.path, batch.role)
    sealed = await known.is_sealed(tx, batch.term_id)
    return Case(plan, batch.path, batch.role, await known_term(deps, tx, batch.term_id), sealed)


async def get(deps: ImportDeps, batch_id: UUID, by: Actor) -> tuple[Batch, Findings]:
    """One batch with its findings."""
    async with deps.db.reading() as tx:
        batch = _there(await batches.get(tx, batch_id))
        domain.need_sight(batch, by)
        return batch, Findings(*await batches.findings(tx, batch_id))


async def look(deps: ImportDeps, batch_id: UUID, by: Actor) -> Batch:
    """One batch without its findings."""
    async with deps.db.reading() as tx:
        batch = _there(await batches.get(tx, batch_id))
    domain.need_sight(batch, by)
    return batch


async def page(deps: ImportDeps, path: str | None, before: UUID | None, most: int, by: Actor) -> list[Batch]:
    """Batches within a place, newest first."""
    place = by.path if path is None else path
    by.need(place)
    async with deps.db.reading() as tx:
        return await batches.page(tx, place, by.account_id, sorted(by.roles), domain.sees_all(by), before, most)


async def answer(deps: ImportDeps, batch_id: UUID, by: Actor) -> str:
    """A short-lived address of the workbook with its problem cells coloured (X-12)."""
    batch = await look(deps, batch_id, by)
    if batch.answer_key is None:
        raise Refusal("answer_missing", rule="X-12", state=batch.state.value)
    name = NAME.format(title=batch.title)
    return deps.storage.address(deps.bucket, batch.answer_key, name, MEDIA_TYPE)


async def commit(deps: ImportDeps, batch_id: UUID, by: Actor) -> Batch:
    """Send what was checked, all of it in one transaction; once more changes nothing (X-12)."""
    async with deps.db.transaction() as tx:
        batch = _there(await batches.lock(tx, batch_id))
        domain.need_hand(batch, by, _rule(deps, batch))
        if batch.state in (State.COMMITTING, State.APPLIED):
            return batch
        domain.need_ready(batch)
        (await _case_for(deps, tx, batch)).need_open(by.roles, deps)
        if await batches.gone(tx, batch_id, batch.path):
            raise Refusal("batch_outdated", rule="X-12")
        if (other := await batches.one_at_a_time(tx, batch)) is not None:
            raise Refusal("batch_running", rule="X-12", batch_id=str(other))
        kept = await batches.kept_events(tx, batch_id)
        batch = domain.commit(batch, len(kept), sum(event.rows for event in kept), deps.now())
        await batches.save(tx, batch)
        await outbox.add_serialised(tx, COMMITTED[batch.target], [(event.aggregate, event.body) for event in kept])
        await jobs.schedule(tx, deps.now() + PATIENCE, UNANSWERED, str(batch_id))
    return batch


async def undo(deps: ImportDeps, batch_id: UUID, reason: str, by: Actor) -> Batch:
    """Take an applied batch back while it is not locked (X-12); once more changes nothing."""
    async with deps.db.transaction() as tx:
        batch = _there(await batches.lock(tx, batch_id))
        domain.need_hand(batch, by, _rule(deps, batch))
        if batch.state == State.UNDONE:
            return batch
        locked = (await _case_for(deps, tx, batch)).locked(deps)
        batch, event = domain.undo(batch, by, reason, locked, deps.now())
        await batches.save(tx, batch)
        await outbox.add(tx, event)
    return batch


def _there(batch: Batch | None) -> Batch:
    if batch is None:
        raise Refusal("not_found")
    return batch
