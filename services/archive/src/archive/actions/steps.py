"""The steps of a seal, each a due row: write a class, place all under one root, print and keep a chunk, finish.

A step does its work and its rows in the transaction of its due row. What a crash interrupts is done again from the
step's beginning, with the same codes and times, so with the same bytes; objects stored before are stored again alike.
"""

import asyncio
import hashlib
from datetime import datetime
from uuid import UUID

from contracts.archive import ArchiveBackfilledV1, ArchiveCorrectedV1, CareerSealedV1, TermSealedV1
from contracts.base import Event
from proof import Inclusion, SealedDocument, Tree, leaf_hash, sign
from proof.pdf import seal as seal_pdf
from servicekit import jobs, log, outbox
from servicekit.db import Tx
from typesetting import TypesettingError

from archive.actions.contents import contents_of
from archive.actions.sealing import PLACE, PRINT
from archive.adapters.typesetting import render
from archive.deps import ArchiveDeps
from archive.domain import corrections as rules
from archive.domain.content import CareerArchive, Replaced, TermArchive, as_content
from archive.domain.corrections import Correction
from archive.domain.seals import Archive, Kept, Seal, object_key
from archive.domain.states import Making, move, step
from archive.store import archives, careers, corrections, material, seals, terms

_log = log.get(__name__)
_PDF, _JSON = "application/pdf", "application/json"
AGAIN = 15.0
"""Seconds until archives that could not be made are tried again."""


async def write(deps: ArchiveDeps, tx: Tx, key: str) -> None:
    """Sign the contents of one class. `key`: seal and class path. The last class puts the root on the clock."""
    seal_id, _, path = key.partition("|")
    seal = await seals.get(tx, UUID(seal_id))
    planned = await seals.waiting(tx, seal.id, Making.PLANNED, path)
    if planned:
        late = await material.lock_late(tx, seal.term_id, [a.student_id for a in planned]) if seal.term_id else []
        made = await contents_of(deps, tx, seal, planned, path, await _replaced(tx, seal))
        signed = await asyncio.to_thread(_sign_all, deps, made.contents)
        after = step(Making.PLANNED, "write")
        await seals.write(tx, [(a.id, leaf, draft) for a, (leaf, draft) in zip(planned, signed, strict=True)], after)
        await material.settle(tx, late)
        await material.claim(tx, made.held)
    await seals.lock(tx, seal.id)
    if (await seals.progress(tx, seal.id)).planned == 0:
        await jobs.schedule(tx, deps.now(), PLACE, str(seal.id))


async def _replaced(tx: Tx, seal: Seal) -> Replaced | None:
    """The version that a correction's seal takes the place of."""
    correction = await corrections.of_seal(tx, seal.id)
    if correction is None:
        return None
    old = await archives.get(tx, correction.archive_id)
    assert old is not None
    return Replaced(version=old.version, code=old.code, reason=correction.reason)


def _sign_all(deps: ArchiveDeps, contents: list[TermArchive | CareerArchive]) -> list[tuple[bytes, bytes]]:
    documents = [sign(as_content(content), deps.key) for content in contents]
    return [(leaf_hash(document.leaf()), document.to_bytes()) for document in documents]


async def place(deps: ArchiveDeps, tx: Tx, key: str) -> None:
    """Put all leaves under one root (X-10) and the printing on the clock, chunk by chunk."""
    seal = await seals.lock(tx, UUID(key))
    if seal.root is not None:
        return
    tree = Tree.of_hashes(await seals.leaves(tx, seal.id))
    proofs = [tree.inclusion(i).model_dump_json() for i in range(tree.size)]
    await seals.place(tx, seal.id, tree.root, proofs, step(Making.WRITTEN, "place"))
    size = deps.settings.chunk
    chunks = [f"{seal.id}|{first}|{min(first + size, tree.size) - 1}" for first in range(0, tree.size, size)]
    await jobs.schedule_many(tx, PRINT, [(chunk, deps.now()) for chunk in chunks])


async def print_chunk(deps: ArchiveDeps, tx: Tx, key: str) -> None:
    """Print, seal, store and read back some archives. Only what was read back is ready. The last chunk finishes."""
    seal_id, first, last = key.split("|")
    drafts = await seals.drafts(tx, UUID(seal_id), int(first), int(last))
    ends = await asyncio.gather(*(_make(deps, archive, draft) for archive, draft in drafts))
    made = [(a.id, end) for (a, _), end in zip(drafts, ends, strict=True) if isinstance(end, Kept)]
    failed = [(a.id, end) for (a, _), end in zip(drafts, ends, strict=True) if isinstance(end, str)]
    await seals.keep(tx, made, deps.now(), step(Making.PLACED, "keep"))
    if failed:
        await seals.fail(tx, failed)
        await jobs.schedule(tx, deps.later(AGAIN), PRINT, key)
    seal = await seals.lock(tx, UUID(seal_id))
    if seal.state == "sealing" and (await seals.progress(tx, seal.id)).ready == seal.archives:
        await _finish(deps, tx, seal)


async def _make(deps: ArchiveDeps, archive: Archive, draft: bytes) -> Kept | str:
    """One archive into the bucket and back; what went wrong where that did not succeed: the others go on."""
    document = SealedDocument.from_bytes(draft).with_proof(Inclusion.model_validate(archive.proof))
    signed = document.to_bytes()
    pdf_key, json_key = object_key(archive, "pdf"), object_key(archive, "json")
    try:
        pdf = seal_pdf(await deps.renderer.run(render, archive.kind, document.content, signed), deps.key)
        # the storage reads back what it was given: only what came back the same counts
        await asyncio.gather(
            deps.storage.write(deps.settings.bucket, pdf_key, pdf, _PDF),
            deps.storage.write(deps.settings.bucket, json_key, signed, _JSON),
        )
    except (TypesettingError, OSError) as fault:
        _log.error("archive_not_made", archive=str(archive.id), error=repr(fault))
        return repr(fault)[:500]
    hashes = (hashlib.sha256(pdf).hexdigest(), hashlib.sha256(signed).hexdigest())
    return Kept(pdf_key, hashes[0], len(pdf), json_key, hashes[1], len(signed))


async def _finish(deps: ArchiveDeps, tx: Tx, seal: Seal) -> None:
    """Everything was read back: say so. A correction takes the old version's place and leaves term and career as they are."""
    now = deps.now()
    await seals.finish(tx, seal.id, now)
    correction = await corrections.of_seal(tx, seal.id)
    if correction is not None:
        await _supersede(tx, seal, correction, now)
    elif seal.term_id is not None:
        await _end_term(deps, tx, seal, now)
    else:
        await _end_career(tx, seal, now)


async def _supersede(tx: Tx, seal: Seal, correction: Correction, now: datetime) -> None:
    [new] = await seals.ready(tx, seal.id)
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
    if term.outside is not None:
        [archive] = await seals.ready(tx, seal.id)
        event: Event = ArchiveBackfilledV1(
            archive_id=archive.id, student_id=term.outside.student_id, path=archive.path, term_id=term.id, title=term.title,
            root=seal.root or "", at=now,
        )  # fmt: skip
    else:
        event = TermSealedV1(
            term_id=term.id, path=seal.path, title=seal.title, root=seal.root or "", archives=seal.archives,
            version=seal.version, at=now,
        )  # fmt: skip
    await outbox.add(tx, event)


async def _end_career(tx: Tx, seal: Seal, now: datetime) -> None:
    assert seal.student_id is not None
    career = await careers.lock(tx, seal.student_id)
    await careers.save(tx, careers.sealed(career, move(career.state, "finish")))
    [archive] = await seals.ready(tx, seal.id)
    await outbox.add(
        tx,
        CareerSealedV1(
            student_id=seal.student_id, path=seal.path, archive_id=archive.id, version=seal.version, at=now
        ),
    )  # fmt: skip
