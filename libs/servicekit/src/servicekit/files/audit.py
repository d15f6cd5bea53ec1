"""Compares storage with rows: deletes objects without a row after a day, reports rows without an object."""

from dataclasses import dataclass
from datetime import timedelta

from servicekit import log, metrics
from servicekit.db import Database
from servicekit.files.pages import source_of
from servicekit.files.uploads import Files
from servicekit.ids import utc_now

_STEP = 1000
_MIN_AGE = timedelta(hours=24)
"""A younger object may belong to an upload whose row is not written yet."""
_NOT_REPORTED = ("in/", "pages/", "preview/", "proof/")
"""Uploads, pictures of pages, previews and signed originals follow all checked files in the order of keys; missing ones are
not reported."""
_log = log.get(__name__)


@dataclass(frozen=True)
class Comparison:
    """One step of a comparison: where to continue (None: the end), the number of deleted objects, and the missing keys."""

    after: str | None
    swept: int
    missing: tuple[str, ...]


async def compare(files: Files, bucket: str, after: str, *, step: int = _STEP, min_age: timedelta = _MIN_AGE) -> Comparison:
    """Compare the next `step` objects of a bucket, in the order of their keys, with the rows in this range of keys."""
    objects = await files.storage.keys(bucket, after, step)
    last = objects[-1][0] if len(objects) == step else None
    names = {key for key, _ in objects}
    known = await _known(files.db, [_row_key(files, bucket, key) for key in names])
    before = utc_now() - min_age
    orphans = [key for key, at in objects if _row_key(files, bucket, key) not in known and at < before]
    for key in orphans:
        await files.storage.remove(bucket, key)
    missing = tuple(key for key in await _expected(files, bucket, after, last) if key not in names)
    if not after:
        metrics.FILES_MISSING.labels(bucket).set(0)
    metrics.FILES_MISSING.labels(bucket).inc(len(missing))
    metrics.FILES_ORPHANED.labels(bucket).inc(len(orphans))
    if orphans or missing:
        _log.warning("files_differ", bucket=bucket, swept=len(orphans), missing=missing[:20], missing_count=len(missing))
    return Comparison(last, len(orphans), missing)


def _row_key(files: Files, bucket: str, key: str) -> str:
    """The key by which the row of an object is found."""
    if bucket == files.shown_bucket and key.startswith("preview/"):
        return key.removeprefix("preview/").removesuffix(".jpg")
    return source_of(key) if bucket == files.bucket and key.startswith("pages/") else key


async def _known(db: Database, keys: list[str]) -> set[str]:
    async with db.reading() as tx:
        rows = await tx.fetch("SELECT object_key, proof_key FROM files WHERE object_key = ANY($1) OR proof_key = ANY($1)", keys)
    return {key for row in rows for key in row}


async def _expected(files: Files, bucket: str, after: str, last: str | None) -> list[str]:
    """Keys after `after` up to `last` (None: to the end) of checked files."""
    if after.startswith(_NOT_REPORTED):
        return []
    until = None if last is None or last.startswith(_NOT_REPORTED) else last
    async with files.db.reading() as tx:
        rows = await tx.fetch(
            'SELECT object_key FROM files WHERE state = \'ready\' AND object_key COLLATE "C" > $1 '
            'AND ($2::text IS NULL OR object_key COLLATE "C" <= $2) AND ($3 OR bucket = $4) ORDER BY object_key COLLATE "C"',
            after, until, bucket == files.public_bucket, bucket,
        )  # fmt: skip
    return [row["object_key"] for row in rows]
