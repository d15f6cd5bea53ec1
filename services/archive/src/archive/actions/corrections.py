"""Correcting what is sealed: a new version with a root of its own takes the old one's place (X-10).

Asked for by the school; where the scheme wants a second signature, somebody else agrees first. The old version is kept.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from proof import SealedDocument
from servicekit import jobs
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.actions.contents import contents_of
from archive.actions.sealing import WRITE
from archive.deps import ArchiveDeps
from archive.domain import corrections as rules
from archive.domain.content import Replaced, as_content, new_code
from archive.domain.corrections import Correcting, Correction
from archive.domain.seals import Archive, Seal
from archive.domain.states import Making
from archive.domain.terms import Term
from archive.store import archives, audit, careers, corrections, material, seals, terms


async def _newest(deps: ArchiveDeps, tx: Tx, actor: Actor, archive_id: UUID, seen: int | None) -> tuple[Archive, Term]:
    """The archive that is to be corrected, locked through its term or career, and the term whose rules hold."""
    found = await archives.get(tx, archive_id)
    if found is None:
        raise Refusal("not_found")
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
        await careers.lock(tx, found.student_id)
        sealed = await terms.terms_by_id(tx, deps.directory, await careers.sealed_terms(tx, found.student_id))
        term = sealed[-1] if sealed else None
    if term is None:
        raise Refusal("not_found")
    return found, term


def _seal(old: Archive, term: Term, actor: Actor, version: int, now: datetime, key_id: str) -> tuple[Seal, Archive]:
    """The seal of one corrected archive, and the archive as it is planned: same number, new code."""
    seal = Seal(
        id=new_id(),
        kind=old.kind,
        term_id=old.term_id,
        student_id=old.student_id if old.kind == "career" else None,
        path=old.path,
        title=term.title if old.kind == "term" else old.student_name,
        version=version,
        state="sealing",
        asked_by=actor.account_id,
        asked_by_name=actor.name,
        made_at=now,
        without_missing=None,
        archives=1,
        key_id=key_id,
    )
    new = replace(
        old, id=new_id(), seal_id=seal.id, place=0, version=old.version + 1, code=new_code(), state=Making.PLANNED,
        superseded_by=None, proof=None, kept=None, ready_at=None,
    )  # fmt: skip
    return seal, new


async def ask(deps: ArchiveDeps, actor: Actor, archive_id: UUID, reason: str, seen: int | None) -> Correction:
    """Ask for a new version. Refused while one is being made, and where it would say what the old one says: then nothing
    waits for a correction any more, say a record that was excluded and restored."""
    old_content = await _content(deps, actor, archive_id)
    async with deps.db.transaction() as tx:
        old, term = await _newest(deps, tx, actor, archive_id, seen)
        rule = term.scheme.archives.correction
        if not actor.is_(rule.by):
            raise Refusal("forbidden", detail="这份档案不由您更正", rule=rules.RULE, scheme=term.scheme_name)
        reason = rules.need_reason(term.scheme, reason)
        late = await material.lock_late(tx, old.term_id, [old.student_id]) if old.term_id else []
        seal, new = _seal(old, term, actor, 0, deps.now(), deps.key.kid)
        replaced = Replaced(version=old.version, code=old.code, reason=reason)
        made = await contents_of(deps, tx, seal, [new], old.path, replaced)
        if not rules.says_the_same(old_content, as_content(made.contents[0])):
            return await _put_down(deps, tx, actor, old, term, reason)
        await material.settle(tx, late)
    raise Refusal("nothing_to_correct", rule=rules.RULE, scheme=term.scheme_name)


async def _put_down(deps: ArchiveDeps, tx: Tx, actor: Actor, old: Archive, term: Term, reason: str) -> Correction:
    """The correction on record; begun at once where nobody else is to sign."""
    now, second_by = deps.now(), term.scheme.archives.correction.second_by
    one = Correction(
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
    if not await corrections.add(tx, one):
        raise Refusal("correction_open", rule=rules.RULE, scheme=term.scheme_name)
    await audit.write(tx, now, actor, "correction.asked", old.path, old.id, reason=reason, version=old.version)
    return one if second_by else await _begin(deps, tx, actor, rules.move(one, "approve"), old, term)


async def _content(deps: ArchiveDeps, actor: Actor, archive_id: UUID) -> dict[str, object]:
    """What the present version says, read back from storage before any lock is held."""
    async with deps.db.reading() as tx:
        found = await archives.get(tx, archive_id)
    if found is None or found.kept is None:
        raise Refusal("not_found")
    actor.need(found.path)
    return SealedDocument.from_bytes(await deps.storage.read(deps.settings.bucket, found.kept.json_key)).content


async def _begin(deps: ArchiveDeps, tx: Tx, actor: Actor, one: Correction, old: Archive, term: Term) -> Correction:
    now = deps.now()
    version = await seals.next_version(tx, old.kind, old.term_id, None if old.term_id else old.student_id)
    seal, new = _seal(old, term, actor, version, now, deps.key.kid)
    await seals.add(tx, seal, [new])
    await jobs.schedule(tx, now, WRITE, f"{seal.id}|{old.path}")
    one = replace(one, seal_id=seal.id)
    await corrections.save(tx, one)
    return one


async def answer(deps: ArchiveDeps, actor: Actor, correction_id: UUID, agrees: bool, note: str | None) -> Correction:
    """The second signature: agree, and the new version is made; or decline, and everything stays as it is."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        one = await corrections.lock(tx, correction_id)
        if one is None:
            raise Refusal("not_found")
        actor.need(one.path)
        after = rules.move(one, "approve" if agrees else "decline")
        rules.need_second(one, actor)
        after = replace(after, answered_by=actor.account_id, answered_by_name=actor.name, answered_at=now, note=note)
        what = "correction.agreed" if agrees else "correction.declined"
        await audit.write(tx, now, actor, what, one.path, one.archive_id, note=note)
        if not agrees:
            await corrections.save(tx, after)
            return after
        old, term = await _newest(deps, tx, actor, one.archive_id, None)
        return await _begin(deps, tx, actor, after, old, term)


async def page(
    deps: ArchiveDeps, actor: Actor, state: Correcting | None, archive_id: UUID | None, after: UUID | None, limit: int
) -> list[Correction]:
    """The corrections in one's organisation, newest first."""
    async with deps.db.reading() as tx:
        return await corrections.page(tx, actor.path, state, archive_id, after, limit)


async def one(deps: ArchiveDeps, actor: Actor, correction_id: UUID) -> Correction:
    """One correction."""
    async with deps.db.reading() as tx:
        found = await corrections.get(tx, correction_id)
    if found is None:
        raise Refusal("not_found")
    actor.need(found.path)
    return found
