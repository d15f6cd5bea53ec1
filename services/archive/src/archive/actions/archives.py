"""Ready archives: lists, downloads, and what anybody may verify (X-10)."""

import asyncio
import hashlib
from typing import Any, Literal
from uuid import UUID

from proof import SealedDocument
from scheme import Scheme
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import find_student
from servicekit.files import StoredObject
from servicekit.refusals import Refusal, require

from archive.deps import ArchiveDeps
from archive.domain.compose import document_name
from archive.domain.content import CareerContent, TermContent
from archive.domain.corrections import Correcting
from archive.domain.found import need_found
from archive.domain.seals import Archive, Seal
from archive.domain.terms import ArchiveTerm
from archive.domain.verification import Found, claimed_code, file_name, is_broken, read_code
from archive.store import archives as store
from archive.store import corrections, seals, terms


async def page(
    deps: ArchiveDeps,
    actor: Actor,
    term_id: UUID | None,
    student_id: UUID | None,
    kind: str | None,
    late: bool | None,
    after: UUID | None,
    limit: int,
) -> list[Archive]:
    """Ready archives: one's own, or those in the staff's organisation, newest first."""
    if actor.is_staff and not actor.can("see_records"):
        return []
    own = None if actor.is_staff else sorted(actor.students)
    if student_id is not None:
        own = [student_id] if own is None or student_id in own else []
    async with deps.db.reading() as tx:
        path = actor.path if actor.is_staff else None
        if path is not None and student_id is not None and await _is_responsible(tx, actor, student_id):
            path = None
        return await store.page(tx, path, own, term_id, kind, late, after, limit)


async def read(deps: ArchiveDeps, actor: Actor, archive_id: UUID) -> tuple[Archive, Seal]:
    """One archive with its seal; `not_found` where it is out of scope. Staff who do not see all records see it while a
    correction waits for a second signature (X-10)."""
    async with deps.db.reading() as tx:
        found = need_found(await store.get(tx, archive_id))
        if actor.is_staff and not actor.can("see_records"):
            require(actor.can("correct_archives"), "not_found")
            waiting = await corrections.page(tx, actor.path, Correcting.WAITING, archive_id, None, 1)
            require(bool(waiting), "not_found")
        here = actor.covers(found.path) or (found.filed_at is not None and actor.covers(found.filed_at))
        if not here and not await _is_responsible(tx, actor, found.student_id):
            actor.need(found.path, found.student_id)
        return found, await seals.get(tx, found.seal_id)


async def _is_responsible(tx: Tx, actor: Actor, student_id: UUID) -> bool:
    """Whether these staff see the records of the student, who is in their scope now: they also see what came along from
    earlier schools (BJ-03). Those of the home school see what is filed there while the student borrows a place (BJ-04)."""
    student = await find_student(tx, student_id) if actor.can("see_records") else None
    return student is not None and (actor.covers(student.path) or (student.home != "" and actor.covers(student.home)))


async def find_file(deps: ArchiveDeps, actor: Actor, archive_id: UUID, ending: Literal["pdf", "json"]) -> StoredObject:
    """The sealed PDF, or the signed JSON."""
    found, _ = await read(deps, actor, archive_id)
    assert found.files is not None
    key = found.files.pdf_key if ending == "pdf" else found.files.json_key
    name = file_name(found.kind, found.student_name, found.term_title, found.version, ending)
    return StoredObject(deps.settings.bucket, key, name, f"application/{ending}")


async def content(deps: ArchiveDeps, actor: Actor, archive_id: UUID) -> tuple[Archive, TermContent | CareerContent, Scheme]:
    """The signed content of an archive, and the scheme by which it was made."""
    found, _ = await read(deps, actor, archive_id)
    assert found.files is not None
    signed = SealedDocument.from_bytes(await deps.storage.read(deps.settings.bucket, found.files.json_key)).content
    shape = TermContent if found.kind == "term" else CareerContent
    made: TermContent | CareerContent = shape.model_validate(signed)
    return found, made, deps.schemes.get(made.origin.scheme, made.origin.scheme_version)


async def verify(deps: ArchiveDeps, typed: str) -> Any:
    """The archive with this verification code, or None. Codes have 100 random bits: guessing finds nothing."""
    code = read_code(typed)
    if code is None:
        return None
    async with deps.db.reading() as tx:
        return _with_document(deps, await store.by_code(tx, code))


def _with_document(deps: ArchiveDeps, row: Any) -> Any:
    """The row with what stands over the document, in the words of its scheme."""
    if row is None:
        return None
    archives = deps.schemes.get(row["scheme_id"], row["scheme_version"]).archives if row["scheme_id"] else None
    known = None if archives is None else archives.term if row["kind"] == "term" else archives.career
    usual = "学期档案" if row["kind"] == "term" else "生涯档案"
    return dict(row) | {"document": document_name(known.title if known else usual)}


async def recognise(deps: ArchiveDeps, sha256: str) -> Any:
    """The archive with a file of this SHA-256, or None."""
    async with deps.db.reading() as tx:
        code = await store.code_of(tx, sha256)
        return _with_document(deps, await store.by_code(tx, code)) if code else None


async def judge(deps: ArchiveDeps, data: bytes) -> tuple[Found, Any]:
    """What a file that somebody sent is, and the archive that it is or claims to be; nothing of it is stored."""
    row = await recognise(deps, hashlib.sha256(data).hexdigest())
    if row is not None:
        return Found("original", row["code"]), row
    if is_broken(data):
        return Found("broken"), None
    code = await asyncio.to_thread(claimed_code, data)
    if code is None:
        return Found("foreign"), None
    claimed = await verify(deps, code)
    return Found("altered" if claimed is not None else "forged", code), claimed


async def root(deps: ArchiveDeps, term_id: UUID) -> tuple[ArchiveTerm, Seal, list[Seal]]:
    """A sealed term's root and those of its corrections, for anybody (X-10)."""
    async with deps.db.reading() as tx:
        term, seal = await terms.term(tx, deps.directory, term_id), await seals.of_term(tx, term_id)
        if term is None or seal is None or seal.state != "sealed":
            raise Refusal("not_found")
        return term, seal, await seals.supplements(tx, term_id)
