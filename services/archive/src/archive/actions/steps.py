"""The steps of a seal, each a scheduled job: write a class, build the tree, print and store a chunk, finish.

A step does its work and changes its rows in the transaction of its job. After a crash it is repeated from its beginning,
with the same codes and times, so with the same bytes; objects that are stored already are stored again.
"""

import asyncio
import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.archive import ArchiveBackfilledV1, ArchiveCorrectedV1, CareerSealedV1, TermSealedV1
from contracts.base import Event
from proof import Inclusion, SealedDocument, Tree, leaf_hash, sign
from proof.pdf import seal as seal_pdf
from servicekit import jobs, log, outbox
from servicekit.db import Tx
from typesetting import TypesettingError

from archive.actions.contents import contents_of, sealed_in
from archive.actions.sealing import BUILD_TREE, PRINT
from archive.adapters.typesetting import render
from archive.deps import ArchiveDeps
from archive.domain import corrections as rules
from archive.domain.content import CareerContent, Replaced, TermContent, as_content
from archive.domain.corrections import Correction
from archive.domain.seals import Archive, Seal, StoredFiles, object_key
from archive.domain.states import Making, move, step
from archive.store import archives, careers, corrections, material, seals, terms

_log = log.get(__name__)
_PDF, _JSON = "application/pdf", "application/json"
RETRY_AFTER = timedelta(seconds=15)
"""When archives that could not be made are tried again."""


async def write(deps: ArchiveDeps, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    """Sign the contents of one class. `key`: seal and class path. The last class schedules the tree."""
    seal_id, _, path = key.partition("|")
    seal = await seals.get(tx, UUID(seal_id))
    planned = await seals.in_state(tx, seal.id, Making.PLANNED, path)
    if planned:
        late = await material.lock_late(tx, seal.term_id, [a.student_id for a in planned]) if seal.term_id else []
        made = await contents_of(deps, tx, seal, planned, path, await _replaced(tx, seal))
        signed = await asyncio.to_thread(_sign_all, deps, made.contents)
        after = step(Making.PLANNED, "write")
        await seals.write(tx, [(a.id, leaf, draft) for a, (leaf, draft) in zip(planned, signed, strict=True)], after)
        await material.clear_late(tx, late)
        await material.save_archived(tx, made.record_ids)
    await seals.lock(tx, seal.id)
    if (await seals.progress(tx, seal.id)).planned == 0:
        await jobs.schedule(tx, deps.now(), BUILD_TREE, str(seal.id))


async def _replaced(tx: Tx, seal: Seal) -> Replaced | None:
    """The version that a correction's seal replaces."""
    correction = await corrections.of_seal(tx, seal.id)
    if correction is None:
        return None
    old = await archives.get(tx, correction.archive_id)
    assert old is not None
    return Replaced(version=old.version, code=old.code, reason=correction.reason)


def _sign_all(deps: ArchiveDeps, contents: list[TermContent | CareerContent]) -> list[tuple[bytes, bytes]]:
    documents = [sign(as_content(content), deps.key) for content in contents]
    return [(leaf_hash(document.leaf()), document.to_bytes()) for document in documents]


async def build_tree(deps: ArchiveDeps, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    """Put all leaves under one Merkle root (X-10) and schedule the printing, chunk by chunk. `key`: the seal."""
    seal = await seals.lock(tx, UUID(key))
    if seal.root is not None:
        return
    tree = Tree.of_hashes(await seals.leaves(tx, seal.id))
    proofs = [tree.inclusion(i).model_dump_json() for i in range(tree.size)]
    await seals.save_root(tx, seal.id, tree.root, proofs, step(Making.WRITTEN, "place"))
    size = deps.settings.chunk
    chunks = [f"{seal.id}|{first}|{min(first + size, tree.size) - 1}" for first in range(0, tree.size, size)]
    await jobs.schedule_many(tx, PRINT, [(chunk, deps.now()) for chunk in chunks])


async def print_chunk(deps: ArchiveDeps, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    """Print, store and read back some archives; those read back are ready. `key`: seal, first and last leaf."""
    seal_id, first, last = key.split("|")
    drafts = await seals.drafts(tx, UUID(seal_id), int(first), int(last))
    results = await asyncio.gather(*(_make(deps, archive, draft) for archive, draft in drafts))
    stored = [(a.id, result) for (a, _), result in zip(drafts, results, strict=True) if isinstance(result, StoredFiles)]
    failed = [(a.id, result) for (a, _), result in zip(drafts, results, strict=True) if isinstance(result, str)]
    await seals.save_files(tx, stored, deps.now(), step(Making.PLACED, "keep"))
    if failed:
        await seals.fail(tx, failed)
        await jobs.schedule(tx, deps.now() + RETRY_AFTER, PRINT, key)
    seal = await seals.lock(tx, UUID(seal_id))
    if seal.state == "sealing" and (await seals.progress(tx, seal.id)).ready == seal.archives:
        await _finish(deps, tx, seal)


async def _make(deps: ArchiveDeps, archive: Archive, draft: bytes) -> StoredFiles | str:
    """Store one archive in the bucket and read it back; the error as text where that failed, so that others go on."""
    document = SealedDocument.from_bytes(draft).with_proof(Inclusion.model_validate(archive.proof))
    signed = document.to_bytes()
    pdf_key, json_key = object_key(archive, "pdf"), object_key(archive, "json")
    try:
        pdf = seal_pdf(await deps.renderer.run(render, archive.kind, document.content, signed), deps.key)
        # the storage reads back what it was given, and fails where that differs
        await asyncio.gather(
            deps.storage.write(deps.settings.bucket, pdf_key, pdf, _PDF),
            deps.storage.write(deps.settings.bucket, json_key, signed, _JSON),
        )
    except (TypesettingError, OSError) as fault:
        _log.error("archive_not_made", archive=str(archive.id), error=repr(fault))
        return repr(fault)[:500]
    hashes = (hashlib.sha256(pdf).hexdigest(), hashlib.sha256(signed).hexdigest())
    return StoredFiles(pdf_key, hashes[0], len(pdf), json_key, hashes[1], len(signed))


async def _finish(deps: ArchiveDeps, tx: Tx, seal: Seal) -> None:
    """All archives are ready. A correction replaces the old version and leaves the states of term and career alone."""
    now = deps.now()
    await seals.finish(tx, seal.id, now)
    correction = await corrections.of_seal(tx, seal.id)
    if correction is not None:
        await _supersede(tx, seal, correction, now)
    elif seal.term_id is not None:
        await _end_term(deps, tx, seal, now)
    else:
        await _end_career(deps, tx, seal, now)


async def _supersede(tx: Tx, seal: Seal, correction: Correction, now: datetime) -> None:
    [new] = await seals.in_state(tx, seal.id, Making.READY)
    await corrections.supersede(tx, correction.archive_id, new.id)
    await corrections.save(tx, rules.move(correction, "finish"))
    await outbox.add(
        tx,
        ArchiveCorrectedV1(
            archive_id=new.id, student_id=new.student_id, path=new.path, term_id=new.term_id, archive_kind=new.kind,
            title=seal.title, version=new.version, replaces=correction.archive_id, reason=correction.reason,
            root=seal.root or "", at=now,
        ),
    )  # fmt: skip


async def _end_term(deps: ArchiveDeps, tx: Tx, seal: Seal, now: datetime) -> None:
    assert seal.term_id is not None
    term = await terms.lock_term(tx, deps.directory, seal.term_id)
    assert term is not None
    await terms.set_state(tx, term.id, move(term.state, "finish"))
    if term.backfill is not None:
        [archive] = await seals.in_state(tx, seal.id, Making.READY)
        event: Event = ArchiveBackfilledV1(
            archive_id=archive.id, student_id=term.backfill.student_id, path=archive.path, term_id=term.id, title=term.title,
            root=seal.root or "", at=now,
        )  # fmt: skip
    else:
        event = TermSealedV1(
            term_id=term.id, path=seal.path, title=seal.title, root=seal.root or "", archives=seal.archives,
            version=seal.version, at=now,
        )  # fmt: skip
    await outbox.add(tx, event)


async def _end_career(deps: ArchiveDeps, tx: Tx, seal: Seal, now: datetime) -> None:
    assert seal.student_id is not None
    sealed = await sealed_in(deps, tx, seal.student_id, seal.stage)
    career = await careers.lock(tx, seal.student_id, seal.stage or sealed[-1].schooling.stage)
    await careers.save(tx, replace(career, state=move(career.state, "finish")))
    [archive] = await seals.in_state(tx, seal.id, Making.READY)
    await outbox.add(
        tx,
        CareerSealedV1(
            student_id=seal.student_id, path=seal.path, archive_id=archive.id, version=seal.version, at=now,
            stage=career.stage,
        ),
    )  # fmt: skip
