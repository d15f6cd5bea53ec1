"""Comparing storage with rows: objects that no row knows of go after a day, rows whose object is gone are reported."""

from dataclasses import dataclass
from datetime import timedelta

from servicekit import log, metrics
from servicekit.db import Database
from servicekit.files.uploads import Files
from servicekit.ids import utc_now

_STEP = 1000
_YOUNG = timedelta(hours=24)
"""An object this young may belong to an upload whose row is still being written."""
_BESIDE = ("in/", "preview/")
"""Uploads and previews: they come after all kept files in the order of keys, and a missing one hurts nobody."""
_log = log.get(__name__)


@dataclass(frozen=True)
class Looked:
    """One step of a comparison: where to go on (None: that was the end), what was swept, and what is missing."""

    after: str | None
    swept: int
    missing: tuple[str, ...]


async def compare(files: Files, bucket: str, after: str, *, step: int = _STEP, young: timedelta = _YOUNG) -> Looked:
    """Look at the next `step` objects of a bucket of `files`, in the order of their keys, and at the rows between them."""
    there = await files.storage.keys(bucket, after, step)
    last = there[-1][0] if len(there) == step else None
    names = {key for key, _ in there}
    known = await _known(files.db, [_row_key(files, bucket, key) for key in names])
    before = utc_now() - young
    orphans = [key for key, at in there if _row_key(files, bucket, key) not in known and at < before]
    for key in orphans:
        await files.storage.remove(bucket, key)
    missing = tuple(key for key in await _expected(files, bucket, after, last) if key not in names)
    if not after:
        metrics.FILES_MISSING.labels(bucket).set(0)
    metrics.FILES_MISSING.labels(bucket).inc(len(missing))
    metrics.FILES_ORPHANED.labels(bucket).inc(len(orphans))
    if orphans or missing:
        _log.warning("files_differ", bucket=bucket, swept=len(orphans), missing=missing[:20], missing_count=len(missing))
    return Looked(last, len(orphans), missing)


def _row_key(files: Files, bucket: str, key: str) -> str:
    """The key by which the row of an object is found."""
    if bucket == files.public_bucket and key.startswith("preview/"):
        return key.removeprefix("preview/").removesuffix(".jpg")
    return key


async def _known(db: Database, keys: list[str]) -> set[str]:
    async with db.reading() as tx:
        rows = await tx.fetch("SELECT object_key FROM files WHERE object_key = ANY($1)", keys)
    return {row["object_key"] for row in rows}


async def _expected(files: Files, bucket: str, after: str, last: str | None) -> list[str]:
    """Keys after `after` up to `last` (None: all that follow) that rows say are there."""
    if after.startswith(_BESIDE):
        return []
    until = None if last is None or last.startswith(_BESIDE) else last
    async with files.db.reading() as tx:
        rows = await tx.fetch(
            'SELECT object_key FROM files WHERE state = \'ready\' AND object_key COLLATE "C" > $1 '
            'AND ($2::text IS NULL OR object_key COLLATE "C" <= $2) AND ($3 OR bucket = $4) ORDER BY object_key COLLATE "C"',
            after, until, bucket == files.public_bucket, bucket,
        )  # fmt: skip
    return [row["object_key"] for row in rows]
