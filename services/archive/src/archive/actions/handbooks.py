"""Growth handbooks as ZIPs, made while they are sent: one file is in memory at a time (BJ-09)."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

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
from archive.domain import handbook_page
from archive.domain import handbooks as rules
from archive.domain.bundles import safe
from archive.domain.content import CareerContent, TermContent
from archive.domain.found import need_found
from archive.domain.handbooks import Handbook, HandbookArchive, HandbookFile
from archive.domain.material import Collected
from archive.domain.seals import Archive
from archive.domain.terms import ArchiveTerm
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
        return await plan_of(deps, tx, student.path, [student] if found else [], folders=False)


async def plan_of(deps: ArchiveDeps, tx: Tx, path: str, students: Sequence[Student], *, folders: bool) -> HandbookPlan:
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


async def chunks(deps: ArchiveDeps, plan: HandbookPlan, within: Tx | None = None) -> AsyncGenerator[bytes]:
    """The bytes of the ZIP. A file that is not what was sealed, or is not there, is left out and named on the page. within: the
    transaction of a job; a download holds none while the client is slow."""

    async def members() -> AsyncIterator[Member]:
        numbers: dict[str, int] = {}
        for student in plan.students:
            stem = safe(student.name, 40)
            numbers[stem] = numbers.get(stem, 0) + 1
            again = f"-{numbers[stem]}" if numbers[stem] > 1 else ""
            folder = f"{stem}{again}/" if plan.folders else ""
            async for name, data in _files(deps, plan, student, within):
                yield _member(folder + name, data, deps.now())

    async for chunk in zip_chunks(members()):
        yield chunk


def _member(name: str, data: bytes, at: datetime) -> Member:
    async def one() -> AsyncIterator[bytes]:
        yield data

    return name, at, _MODE, ZIP_32, one()


async def _files(
    deps: ArchiveDeps, plan: HandbookPlan, student: Student, within: Tx | None
) -> AsyncIterator[tuple[str, bytes]]:
    async with nullcontext(within) if within is not None else deps.db.reading() as tx:
        sealed = await archives.page(tx, None, [student.id], None, None, None, None, _ARCHIVES)
        records = (await material.records(tx, [student.id], None)).get(student.id, [])
        ids = {one.term_id for one in sealed if one.term_id} | {one.snapshot.term_id for one in records}
        known = {term.id: term for term in await terms.terms_by_id(tx, deps.directory, ids)}
    book = await _book(deps, plan, student, [one for one in sealed if one.superseded_by is None], records, known)
    missing = set[str]()
    for file in book.files:
        data = await _read(deps, file)
        if data is None:
            missing.add(file.name)
        else:
            yield file.name, data
    yield rules.HELP, b"\xef\xbb\xbf" + rules.VERIFYING.replace("\n", "\r\n").encode()
    yield rules.PAGE, handbook_page.page(book, missing).encode()


async def _book(
    deps: ArchiveDeps,
    plan: HandbookPlan,
    student: Student,
    sealed: Sequence[Archive],
    records: Sequence[Collected],
    known: Mapping[UUID, ArchiveTerm],
) -> Handbook:
    """The handbook of one student from the signed contents. known: the terms of archives and records."""
    found = []
    for number, (stage, archive) in enumerate(rules.in_order(sealed, known), 1):
        assert archive.files is not None
        data = await deps.storage.read(deps.settings.bucket, archive.files.json_key)
        shape = TermContent if archive.kind == "term" else CareerContent
        content: TermContent | CareerContent = shape.model_validate(SealedDocument.from_bytes(data).content)
        title = rules.archive_title(archive, content, stage)
        found.append(HandbookArchive(stage, title, archive, content, *rules.archive_files(archive, title, number)))
    return Handbook(student.name, plan.title, found, rules.records_of(records, known), rules.terms_in_stages(known.values()))


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
