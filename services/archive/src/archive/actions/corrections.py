"""Corrections of sealed archives: a new version with its own root replaces the old correction, which stays stored (X-10).

The school asks for it; where the scheme wants a second signature, somebody else approves first.
"""

from dataclasses import replace
from uuid import UUID

from proof import SealedDocument
from servicekit import jobs
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import find_student
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.actions.archives import read as read_archive
from archive.actions.contents import contents_of, sealed_in
from archive.actions.sealing import WRITE, new_seal
from archive.deps import ArchiveDeps
from archive.domain import corrections as rules
from archive.domain.content import Replaced, as_content, new_code
from archive.domain.corrections import Correcting, Correction, ListedCorrection
from archive.domain.found import need_found
from archive.domain.seals import Archive, Seal
from archive.domain.states import Making
from archive.domain.terms import ArchiveTerm
from archive.store import archives, audit, careers, corrections, material, seals, terms


async def _newest(deps: ArchiveDeps, tx: Tx, actor: Actor, archive_id: UUID, seen: int | None) -> tuple[Archive, ArchiveTerm]:
    """The archive to be corrected, locked through its term or career, and the term whose scheme applies."""
    found = need_found(await archives.get(tx, archive_id))
    actor.need(found.path)
    if seen is not None and seen != found.version:
        raise Refusal("stale_version", version=found.version)
    if found.superseded_by is not None:
        raise Refusal(
            "wrong_state", detail="这一版已有更正，请更正最新的版本", rule=rules.RULE, newest=str(found.superseded_by)
        )
    if found.term_id is not None:
        term = await terms.lock_term(tx, deps.directory, found.term_id)
    else:
        sealed = await sealed_in(deps, tx, found.student_id, found.stage)
        term = sealed[-1] if sealed else None
        if term is not None:
            await careers.lock(tx, found.student_id, found.stage or term.schooling.stage)
    return found, need_found(term)


async def _seal(deps: ArchiveDeps, tx: Tx, old: Archive, term: ArchiveTerm, actor: Actor, version: int) -> tuple[Seal, Archive]:
    """The seal of one corrected archive, and the archive as it is planned: same number, new code, the present name."""
    career = old.kind == "career"
    student = await find_student(tx, old.student_id)
    name = student.name if student else old.student_name
    former = await archives.former_names(tx, {old.student_id: name})
    seal = new_seal(
        deps, actor, deps.now(), old.kind, old.path, name if career else term.title,
        term_id=old.term_id, student_id=old.student_id if career else None, stage=old.stage, version=version,
    )  # fmt: skip
    new = replace(
        old, id=new_id(), seal_id=seal.id, leaf_index=0, version=old.version + 1, code=new_code(), state=Making.PLANNED,
        superseded_by=None, proof=None, files=None, ready_at=None, student_name=name, former_name=former.get(old.student_id),
    )  # fmt: skip
    return seal, new


async def ask(deps: ArchiveDeps, actor: Actor, archive_id: UUID, reason: str, seen: int | None) -> Correction:
    """Ask for a new version. Refused while another is asked for, and where its content would be the same as the old one's:
    then records that waited for a correction no longer do, such as one that was excluded and restored."""
    old_content = await _content(deps, actor, archive_id)
    async with deps.db.transaction() as tx:
        old, term = await _newest(deps, tx, actor, archive_id, seen)
        rule = term.scheme.archives.correction
        if not actor.is_(rule.by):
            raise term.refusal("forbidden", rules.RULE, detail="这份档案不由您更正")
        reason = rules.need_reason(term.scheme, reason)
        late = await material.lock_late(tx, old.term_id, [old.student_id]) if old.term_id else []
        seal, new = await _seal(deps, tx, old, term, actor, 0)
        replaced = Replaced(version=old.version, code=old.code, reason=reason)
        made = await contents_of(deps, tx, seal, [new], old.path, replaced)
        if not rules.same_content(old_content, as_content(made.contents[0])):
            return await _save(deps, tx, actor, old, term, reason)
        await material.clear_late(tx, late)
    raise term.refusal("nothing_to_correct", rules.RULE)


async def _save(deps: ArchiveDeps, tx: Tx, actor: Actor, old: Archive, term: ArchiveTerm, reason: str) -> Correction:
    """Save the correction; begin it at once where nobody else is to sign."""
    now, second_by = deps.now(), term.scheme.archives.correction.second_by
    correction = Correction(
        id=new_id(),
        archive_id=old.id,
        student_id=old.student_id,
        path=old.path,
        reason=reason,
        state=Correcting.WAITING,
        second_by=second_by,
        asked_by=actor.account_id,
        asked_by_name=actor.name,
        asked_at=now,
    )
    if not await corrections.add(tx, correction):
        raise term.refusal("correction_open", rules.RULE)
    await audit.write(tx, now, actor, "correction.asked", old.path, old.id, reason=reason, version=old.version)
    return correction if second_by else await _begin(deps, tx, actor, rules.move(correction, "approve"), old, term)


async def _content(deps: ArchiveDeps, actor: Actor, archive_id: UUID) -> dict[str, object]:
    """The content of the present version, read from storage before any lock is held."""
    found, _ = await read_archive(deps, actor, archive_id)
    assert found.files is not None
    return SealedDocument.from_bytes(await deps.storage.read(deps.settings.bucket, found.files.json_key)).content


async def _begin(
    deps: ArchiveDeps, tx: Tx, actor: Actor, correction: Correction, old: Archive, term: ArchiveTerm
) -> Correction:
    version = await seals.next_version(tx, old.kind, old.term_id, None if old.term_id else old.student_id, old.stage)
    seal, new = await _seal(deps, tx, old, term, actor, version)
    await seals.add(tx, seal, [new])
    await jobs.schedule(tx, seal.made_at, WRITE, f"{seal.id}|{old.path}")
    correction = replace(correction, seal_id=seal.id)
    await corrections.save(tx, correction)
    return correction


async def answer(deps: ArchiveDeps, actor: Actor, correction_id: UUID, approved: bool, note: str | None) -> Correction:
    """Approve with the second signature, and begin to make the new version; or decline, and change nothing."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        correction = need_found(await corrections.lock(tx, correction_id))
        actor.need(correction.path)
        after = rules.move(correction, "approve" if approved else "decline")
        rules.need_second(correction, actor)
        after = replace(after, answered_by=actor.account_id, answered_by_name=actor.name, answered_at=now, note=note)
        what = "correction.agreed" if approved else "correction.declined"
        await audit.write(tx, now, actor, what, correction.path, correction.archive_id, note=note)
        if not approved:
            await corrections.save(tx, after)
            return after
        old, term = await _newest(deps, tx, actor, correction.archive_id, None)
        return await _begin(deps, tx, actor, after, old, term)


async def page(
    deps: ArchiveDeps, actor: Actor, state: Correcting | None, archive_id: UUID | None, after: UUID | None, limit: int
) -> list[ListedCorrection]:
    """The corrections in one's organisation, newest first."""
    async with deps.db.reading() as tx:
        return await corrections.page(tx, actor.path, state, archive_id, after, limit)


async def read(deps: ArchiveDeps, actor: Actor, correction_id: UUID) -> Correction:
    """One correction."""
    async with deps.db.reading() as tx:
        found = need_found(await corrections.get(tx, correction_id))
    actor.need(found.path)
    return found
