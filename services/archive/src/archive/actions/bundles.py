"""All archives of a class or a grade as one ZIP, made while it is sent: one file is in memory at a time.

The same archives give the same bytes, so that a broken download is taken up where it ended.
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
from stream_zip import NO_COMPRESSION_32, Method, async_stream_zip, stream_zip

from archive.deps import ArchiveDeps
from archive.domain import bundles as rules
from archive.domain.bundles import Format, Member
from archive.domain.verification import file_name
from archive.store import archives, audit, terms

_MODE = 0o644
_log = log.get(__name__)


class DamagedError(OSError):
    """The storage gave back other bytes than were sealed."""


@dataclass(frozen=True)
class Bundle:
    """A ZIP that can be made: its name, its exact size, its tag, what lies in it."""

    term_id: UUID
    place: str
    archives: int
    name: str
    size: int
    tag: str
    written: tuple[tuple[str, bytes], ...]
    files: tuple[Member, ...]
    zone: ZoneInfo

    @property
    def at(self) -> datetime:
        """The date of the manifest: the newest file's."""
        return max(member.made_at for member in self.files)


async def plan(deps: ArchiveDeps, actor: Actor, term_id: UUID, path: str | None, wanted: Format) -> Bundle:
    """The newest versions of all archives of a class or grade."""
    place = path or actor.path
    actor.need(place)
    async with deps.db.reading() as tx:
        term = await terms.term(tx, deps.directory, term_id)
        if term is None or term.outside:
            raise Refusal("not_found")
        rules.need_room(place, term)
        found = await archives.newest(tx, term_id, place)
        if not found:
            raise Refusal("not_found", detail="这里还没有可以下载的学期档案", rule=term.scheme.rule("archive.term"))
    files = rules.members(found, wanted)
    table, data = rules.manifest(found, files)
    written = (("清单.csv", table), ("manifest.json", data))
    rooms = {member.name.split("/")[0] for member in files}
    title = f"{rooms.pop()}-{term.title}" if len(rooms) == 1 else f"{found[0].grade_title or ''}-{term.title}"
    name = file_name("term", title, "", 1, "zip").replace("--", "-")
    size = sum(m.size for m in files) + len(table) + len(data) + _frame([n for n, _ in written] + [m.name for m in files])
    zone = term.zone
    return Bundle(term_id, place, len(found), name, size, rules.tag(files), written, tuple(files), zone)


async def taken(deps: ArchiveDeps, actor: Actor, bundle: Bundle, wanted: Format, begin: int) -> None:
    """Put on record that a bundle is handed out from its byte `begin` on: a part of it is as private as the whole."""
    async with deps.db.transaction() as tx:
        await audit.write(
            tx, deps.now(), actor, "bundle.taken", bundle.place, bundle.term_id,
            archives=bundle.archives, format=wanted, begin=begin,
        )  # fmt: skip


def _frame(names: list[str]) -> int:
    """The bytes of a ZIP with these names besides what is in its files."""
    at = datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))

    def empty() -> Iterator[tuple[str, datetime, int, Method, tuple[bytes, ...]]]:
        for name in names:
            yield name, at, _MODE, NO_COMPRESSION_32(0, 0), ()

    return sum(map(len, stream_zip(empty())))


async def chunks(deps: ArchiveDeps, bundle: Bundle, skip: int) -> AsyncGenerator[bytes]:
    """The bytes of the ZIP from `skip` on. DamagedError where a file is not what was sealed."""

    async def one(data: bytes) -> AsyncIterator[bytes]:
        yield data

    async def files() -> AsyncIterator[tuple[str, datetime, int, Method, AsyncIterator[bytes]]]:
        for name, data in bundle.written:
            yield name, bundle.at.astimezone(bundle.zone), _MODE, NO_COMPRESSION_32(len(data), zlib.crc32(data)), one(data)
        for member in bundle.files:
            data = await deps.storage.read(deps.settings.bucket, member.key)
            if hashlib.sha256(data).hexdigest() != member.sha256:
                _log.error("archive_damaged", key=member.key)
                raise DamagedError(member.key)
            method = NO_COMPRESSION_32(len(data), zlib.crc32(data))
            yield member.name, member.made_at.astimezone(bundle.zone), _MODE, method, one(data)

    async for chunk in async_stream_zip(files()):
        if skip >= len(chunk):
            skip -= len(chunk)
            continue
        yield chunk[skip:]
        skip = 0
