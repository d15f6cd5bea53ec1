"""Growth handbooks as ZIPs, made while they are sent: one file is in memory at a time (BJ-09)."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.base import level_of
from proof import SealedDocument
from scheme import Scheme
from servicekit import log
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Student, find_student
from servicekit.refusals import Refusal
from stream_zip import ZIP_32

from archive.adapters.zips import Member, zip_chunks
from archive.deps import ArchiveDeps
from archive.domain import handbooks as rules
from archive.domain.bundles import safe
from archive.domain.content import CareerContent, TermContent
from archive.domain.found import need_found
from archive.domain.handbooks import Handbook, HandbookArchive, HandbookFile
from archive.domain.material import Collected
from archive.domain.seals import Archive
from archive.store import archives, audit, material, terms

_MODE = 0o644
_ARCHIVES = 200
"""Versions of all archives of one student at most."""
_log = log.get(__name__)


@dataclass(frozen=True)
class HandbookPlan:
    """A ZIP that can be made: of one student, or of a class with a folder for each."""

    name: str
    path: str
    students: Sequence[Student]
    title: str
    folders: bool


async def of_student(deps: ArchiveDeps, actor: Actor, student_id: UUID) -> HandbookPlan:
    """The handbook of one student, for the own side and for staff who read the student's archives."""
    async with deps.db.reading() as tx:
        student = need_found(await find_student(tx, student_id))
        actor.need_reading(student.path, student.id, "take_archives")
        found = await archives.page(tx, None, [student.id], None, None, None, None, 1)
        return await _plan(deps, tx, student.path, [student] if found else [], folders=False)


async def of_class(deps: ArchiveDeps, actor: Actor, path: str | None) -> HandbookPlan:
    """The handbooks of a class, one folder for each student who has an archive."""
    chosen = path or actor.path
    actor.need(chosen)
    if level_of(chosen) != "class":
        raise Refusal("invalid_input", detail="请选择一个班级", field="path")
    async with deps.db.reading() as tx:
        found = await archives.students_with_archives(tx, chosen)
        return await _plan(deps, tx, chosen, found, folders=True)


async def _plan(deps: ArchiveDeps, tx: Tx, path: str, students: Sequence[Student], *, folders: bool) -> HandbookPlan:
    """A ZIP of these students, who all have archives."""
    scheme = await _scheme(deps, tx, path)
    if scheme is None or not students:
        rule = scheme.rule("archive.career") if scheme else None
        raise Refusal("not_found", detail="还没有可以导出的档案；学期归档之后可以导出", rule=rule)
    first = students[0]
    title = scheme.archives.career.title if scheme.archives.career else scheme.archives.term.title
    whose = first.grade_title + first.class_title if folders else first.name
    return HandbookPlan(f"{safe(f'{title}-{whose}', 100)}.zip", path, students, title, folders)


async def _scheme(deps: ArchiveDeps, tx: Tx, path: str) -> Scheme | None:
    known = await terms.terms_at(tx, deps.directory, path)
    return known[-1].scheme if known else None


async def record_download(deps: ArchiveDeps, actor: Actor, plan: HandbookPlan) -> None:
    """Record in the audit trail who takes whose handbook."""
    async with deps.db.transaction() as tx:
        subject = None if plan.folders else plan.students[0].id
        await audit.write(tx, deps.now(), actor, "handbook.taken", plan.path, subject, students=len(plan.students))


async def chunks(deps: ArchiveDeps, plan: HandbookPlan) -> AsyncGenerator[bytes]:
    """The bytes of the ZIP. A file that is not what was sealed, or is not there, is left out and named on the page."""

    async def members() -> AsyncIterator[Member]:
        numbers: dict[str, int] = {}
        for student in plan.students:
            stem = safe(student.name, 40)
            numbers[stem] = numbers.get(stem, 0) + 1
            again = f"-{numbers[stem]}" if numbers[stem] > 1 else ""
            folder = f"{stem}{again}/" if plan.folders else ""
            async for name, data in _files(deps, plan, student):
                yield _member(folder + name, data, deps.now())

    async for chunk in zip_chunks(members()):
        yield chunk


def _member(name: str, data: bytes, at: datetime) -> Member:
    async def one() -> AsyncIterator[bytes]:
        yield data

    return name, at, _MODE, ZIP_32, one()


async def _files(deps: ArchiveDeps, plan: HandbookPlan, student: Student) -> AsyncIterator[tuple[str, bytes]]:
    async with deps.db.reading() as tx:
        scheme = await _scheme(deps, tx, student.path)
        sealed = await archives.page(tx, None, [student.id], None, None, None, None, _ARCHIVES)
        records = (await material.records(tx, [student.id], None)).get(student.id, [])
    assert scheme is not None
    book = await _book(deps, scheme, student, [one for one in sealed if one.superseded_by is None], records)
    missing = set[str]()
    for file in book.files:
        data = await _read(deps, file)
        if data is None:
            missing.add(file.name)
        else:
            yield file.name, data
    yield rules.HELP, b"\xef\xbb\xbf" + rules.VERIFYING.replace("\n", "\r\n").encode()
    yield rules.PAGE, rules.page(book, plan.title, missing).encode()


async def _book(
    deps: ArchiveDeps, scheme: Scheme, student: Student, sealed: Sequence[Archive], records: Sequence[Collected]
) -> Handbook:
    """The handbook of one student from the signed contents."""
    in_order = sorted(sealed, key=lambda one: (one.kind == "career", one.document_no))
    found = []
    for number, archive in enumerate(in_order, 1):
        pdf, signed = rules.archive_files(archive, number)
        data = await deps.storage.read(deps.settings.bucket, signed.key)
        shape = TermContent if archive.kind == "term" else CareerContent
        content: TermContent | CareerContent = shape.model_validate(SealedDocument.from_bytes(data).content)
        found.append(HandbookArchive(archive, content, pdf, signed))
    return Handbook(student.name, found, rules.records_of(scheme, records))


async def _read(deps: ArchiveDeps, file: HandbookFile) -> bytes | None:
    """A file's bytes; None where it is not there, or not what was sealed."""
    bucket = deps.settings.public_bucket if file.public else deps.settings.bucket
    try:
        data = await deps.storage.read(bucket, file.key)
    except OSError as fault:
        _log.error("handbook_file_missing", key=file.key, error=repr(fault))
        return None
    if file.sha256 is not None and hashlib.sha256(data).hexdigest() != file.sha256:
        _log.error("archive_damaged", key=file.key)
        return None
    return data
