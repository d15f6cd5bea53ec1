"""The steps of a seal, each a due row: write a class, place all under one root, print and keep a chunk, finish.

A step does its work and its rows in the transaction of its due row. What a crash interrupts is done again from the
step's beginning, with the same codes and times, so with the same bytes; objects stored before are stored again alike.
"""

import asyncio
import hashlib
from concurrent.futures import BrokenExecutor
from uuid import UUID

from contracts.archive import CareerSealedV1, TermSealedV1
from paper import PaperError
from proof import Inclusion, SealedDocument, Tree, leaf_hash, sign
from proof.pdf import seal as seal_pdf
from servicekit import due, log, outbox
from servicekit.db import Tx

from archive.actions.sealing import PLACE, PRINT
from archive.content import CareerArchive, TermArchive, as_content
from archive.deps import ArchiveDeps
from archive.domain.compose import career_content, term_content
from archive.domain.material import Collected, Frame, Material, Planned, entering, means
from archive.domain.seals import Archive, Kept, Seal, object_key
from archive.domain.states import Making, move, step
from archive.domain.terms import Term
from archive.paper import render
from archive.store import careers, material, seals, terms

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
        contents, held = await _contents(deps, tx, seal, planned, path)
        signed = await asyncio.to_thread(_sign_all, deps, contents)
        after = step(Making.PLANNED, "write")
        await seals.write(tx, [(a.id, leaf, draft) for a, (leaf, draft) in zip(planned, signed, strict=True)], after)
        await material.claim(tx, held)
    await seals.lock(tx, seal.id)
    if (await seals.progress(tx, seal.id)).planned == 0:
        await due.put(tx, deps.now(), PLACE, str(seal.id))


def _sign_all(deps: ArchiveDeps, contents: list[TermArchive | CareerArchive]) -> list[tuple[bytes, bytes]]:
    documents = [sign(as_content(content), deps.key) for content in contents]
    return [(leaf_hash(document.leaf()), document.to_bytes()) for document in documents]


async def _contents(
    deps: ArchiveDeps, tx: Tx, seal: Seal, planned: list[Archive], path: str
) -> tuple[list[TermArchive | CareerArchive], dict[UUID, list[UUID]]]:
    """The contents in order of place, and the records that go into each archive."""
    students = await terms.students_by_id(tx, [a.student_id for a in planned])
    everything = await material.material(tx, students.values(), seal.term_id)
    region, url = await terms.region_of(tx, path), f"{deps.settings.public_base}/verify/"
    if seal.kind == "career":
        return [await _career(deps, tx, planned[0], everything[planned[0].student_id], Frame(seal.made_at, region, url))], {}
    assert seal.term_id is not None
    term = await terms.term(tx, deps.schemes, seal.term_id)
    assert term is not None
    whole = [entering(term.scheme, everything[a.student_id]) for a in planned]
    frame = Frame(seal.made_at, region, url, means(term.scheme, [m.records for m in whole]))
    contents: list[TermArchive | CareerArchive] = [
        term_content(term, mine, _planned(a), frame) for a, mine in zip(planned, whole, strict=True)
    ]
    held = {a.id: [r.snapshot.record_id for r in m.records] for a, m in zip(planned, whole, strict=True)}
    return contents, held


async def _career(deps: ArchiveDeps, tx: Tx, archive: Archive, mine: Material, frame: Frame) -> CareerArchive:
    picked = set((await careers.get(tx, archive.student_id)).record_ids)
    sealed = set(await careers.sealed_terms(tx, archive.student_id))
    all_terms = [t for t in await terms.terms_at(tx, deps.schemes, archive.path) if t.id in sealed]
    chosen = Material(
        student=mine.student,
        records=tuple(r for r in mine.records if r.archived and _belongs(all_terms[-1], r, picked)),
        positions=mine.positions,
        evaluations=mine.evaluations,
    )
    return career_content(all_terms[-1], all_terms, chosen, _planned(archive), frame)


def _belongs(term: Term, record: Collected, picked: set[UUID]) -> bool:
    """Picked, or not for picking at all (misconduct), or all of it where nobody picks (BJ-09)."""
    career = term.scheme.archives.career
    if career is None or career.picked_by is None or record.snapshot.record_id in picked:
        return True
    return any(record.snapshot.kind in s.kinds for s in career.sections if s.source != "records" or s.kinds)


def _planned(archive: Archive) -> Planned:
    return Planned(archive.id, archive.student_id, archive.code, archive.document_no, archive.version)


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
    await due.put_many(tx, PRINT, [(chunk, deps.now()) for chunk in chunks])


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
        await due.put(tx, deps.later(AGAIN), PRINT, key)
    seal = await seals.lock(tx, UUID(seal_id))
    if seal.state == "sealing" and (await seals.progress(tx, seal.id)).ready == seal.archives:
        await _finish(deps, tx, seal)


async def _make(deps: ArchiveDeps, archive: Archive, draft: bytes) -> Kept | str:
    """One archive into the bucket and back; what went wrong where that did not succeed: the others go on."""
    document = SealedDocument.from_bytes(draft).with_proof(Inclusion.model_validate(archive.proof))
    signed = document.to_bytes()
    pdf_key, json_key = object_key(archive, "pdf"), object_key(archive, "json")
    try:
        pdf = seal_pdf(await deps.press.run(render, archive.kind, document.content, signed), deps.key)
        pdf_sha256 = await _keep(deps, pdf_key, pdf, _PDF)
        json_sha256 = await _keep(deps, json_key, signed, _JSON)
    except (PaperError, OSError, BrokenExecutor) as fault:
        _log.error("archive_not_made", archive=str(archive.id), error=repr(fault))
        return repr(fault)[:500]
    return Kept(pdf_key, pdf_sha256, len(pdf), json_key, json_sha256, len(signed))


async def _keep(deps: ArchiveDeps, key: str, data: bytes, media_type: str) -> str:
    """Store, read back, compare. Returns the SHA-256 as hex; OSError where the storage gives back other bytes."""
    await deps.storage.write(deps.settings.bucket, key, data, media_type)
    sha256 = hashlib.sha256(data).hexdigest()
    if hashlib.sha256(await deps.storage.read(deps.settings.bucket, key)).hexdigest() != sha256:
        raise OSError(f"storage gave back other bytes than were stored: {key}")
    return sha256


async def _finish(deps: ArchiveDeps, tx: Tx, seal: Seal) -> None:
    now = deps.now()
    await seals.finish(tx, seal.id, now)
    if seal.term_id is not None:
        term = await terms.lock_term(tx, deps.schemes, seal.term_id)
        assert term is not None
        await terms.set_state(tx, term.id, move(term.state, "finish"))
        await outbox.add(
            tx,
            TermSealedV1(
                term_id=term.id, path=seal.path, title=seal.title, root=seal.root or "", archives=seal.archives,
                version=seal.version, at=now,
            ),
        )  # fmt: skip
        return
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
