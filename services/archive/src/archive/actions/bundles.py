"""All archives of a class or a grade as one ZIP, made while it is sent: one file is in memory at a time.

The same archives give the same bytes, so that an interrupted download can be continued.
"""

import hashlib
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from servicekit import log
from servicekit.auth import Actor
from servicekit.refusals import Refusal
from stream_zip import NO_COMPRESSION_32, Method, stream_zip

from archive.adapters.zips import Member, zip_chunks
from archive.deps import ArchiveDeps
from archive.domain import bundles as rules
from archive.domain.bundles import BundleFile, Format
from archive.domain.verification import file_name
from archive.store import archives, audit, terms

_MODE = 0o644
_log = log.get(__name__)


class DamagedError(OSError):
    """The storage returned other bytes than were sealed."""


@dataclass(frozen=True)
class Bundle:
    """A ZIP that can be made: its name, its exact size in bytes, its entity tag, and its files."""

    term_id: UUID
    org_path: str
    archives: int
    name: str
    size: int
    tag: str
    lists: tuple[tuple[str, bytes], ...]
    files: tuple[BundleFile, ...]
    zone: ZoneInfo

    @property
    def at(self) -> datetime:
        """The date of the manifest: the newest file's."""
        return max(member.made_at for member in self.files)


async def plan(deps: ArchiveDeps, actor: Actor, term_id: UUID, path: str | None, format: Format) -> Bundle:
    """The newest versions of all archives of a class or grade."""
    org_path = path or actor.path
    actor.need(org_path)
    async with deps.db.reading() as tx:
        term = await terms.term(tx, deps.directory, term_id)
        if term is None or term.backfill:
            raise Refusal("not_found")
        rules.need_class_or_grade(org_path, term)
        found = await archives.newest(tx, term_id, org_path)
        if not found:
            raise Refusal("not_found", detail="这里还没有可以下载的学期档案", rule=term.scheme.rule("archive.term"))
    files = rules.members(found, format)
    table, data = rules.manifest(found, files)
    lists = (("清单.csv", table), ("manifest.json", data))
    folders = {member.name.split("/")[0] for member in files}
    title = f"{folders.pop()}-{term.title}" if len(folders) == 1 else f"{found[0].grade_title or ''}-{term.title}"
    name = file_name("term", title, "", 1, "zip").replace("--", "-")
    size = sum(m.size for m in files) + len(table) + len(data) + _overhead([n for n, _ in lists] + [m.name for m in files])
    return Bundle(term_id, org_path, len(found), name, size, rules.tag(files), lists, tuple(files), term.zone)


async def record_download(deps: ArchiveDeps, actor: Actor, bundle: Bundle, format: Format, begin: int) -> None:
    """Record in the audit trail that a bundle is downloaded from its byte `begin` on: a part is as private as the whole."""
    async with deps.db.transaction() as tx:
        await audit.write(
            tx, deps.now(), actor, "bundle.taken", bundle.org_path, bundle.term_id,
            archives=bundle.archives, format=format, begin=begin,
        )  # fmt: skip


def _overhead(names: list[str]) -> int:
    """How many bytes a ZIP with these names has besides the content of its files."""
    at = datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))

    def empty() -> Iterator[tuple[str, datetime, int, Method, tuple[bytes, ...]]]:
        for name in names:
            yield name, at, _MODE, NO_COMPRESSION_32(0, 0), ()

    return sum(map(len, stream_zip(empty())))


async def chunks(deps: ArchiveDeps, bundle: Bundle, skip: int) -> AsyncGenerator[bytes]:
    """The bytes of the ZIP from `skip` on. DamagedError where a file is not what was sealed."""

    async def one(data: bytes) -> AsyncIterator[bytes]:
        yield data

    async def files() -> AsyncIterator[Member]:
        for name, data in bundle.lists:
            yield name, bundle.at.astimezone(bundle.zone), _MODE, NO_COMPRESSION_32(len(data), zlib.crc32(data)), one(data)
        for member in bundle.files:
            data = await deps.storage.read(deps.settings.bucket, member.key)
            if hashlib.sha256(data).hexdigest() != member.sha256:
                _log.error("archive_damaged", key=member.key)
                raise DamagedError(member.key)
            method = NO_COMPRESSION_32(len(data), zlib.crc32(data))
            yield member.name, member.made_at.astimezone(bundle.zone), _MODE, method, one(data)

    async for chunk in zip_chunks(files()):
        if skip >= len(chunk):
            skip -= len(chunk)
            continue
        yield chunk[skip:]
        skip = 0
