"""The states of an uploaded file: offered → uploaded → checked → attached, or deleted. Rows in `files`, bytes in S3.

What is stored is the clean copy (`inspect`); the upload itself only where it is signed or sealed, as `proof_key`. So
nobody gets position, author, device, script or attachment of somebody else's file, whatever way a file is shown (L-16).
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field

from servicekit import log
from servicekit.db import Database, Tx
from servicekit.files.inspector import Inspector
from servicekit.files.media_types import is_possible, neutral_name
from servicekit.files.pages import WIDTHS, Pages, remember
from servicekit.files.storage import Storage
from servicekit.ids import end_of_day, new_id, utc_now
from servicekit.inspection.inspect import PDF, Inspected
from servicekit.inspection.not_accepted import NotAccepted
from servicekit.inspection.page_drawing import fitted
from servicekit.refusals import Refusal

START_SECONDS = 300
"""How long after the offer an upload may begin."""
UPLOAD_SECONDS = 600
"""How long it may take: the gateway's limit for a request. Storage asks whether the offer is valid at its end."""
_UPLOAD_TYPE = "application/octet-stream"
"""What every form declares: the content decides what a file is."""
_UNATTACHED = timedelta(hours=24)
_MB = 1024 * 1024
_EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "application/pdf": ".pdf"}
_log = log.get(__name__)


class Offer(BaseModel):
    """What a client wants to upload."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    media_type: str = Field(default="", max_length=255)
    """As the device calls it, in any spelling; the content decides."""
    size: int = Field(gt=0)
    """Bytes; the upload may not be larger."""


class OfferView(BaseModel):
    """Where to POST the file to: a multipart form with `fields` first and the file last, as `file`.

    The upload must begin before `expires_at`; it may then take as long as the gateway lets a request take.
    """

    file_id: UUID
    url: str
    fields: dict[str, str]
    expires_at: datetime


class Accepted(BaseModel):
    """A checked file."""

    file_id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    width: int | None = None
    """Pixels of a picture, or of the first page of a PDF as it is drawn; null: an earlier release stored the file."""
    height: int | None = None
    pages: int | None = None
    """Of a PDF."""


@dataclass(frozen=True)
class Files:
    """One kind of upload of one service. `public_bucket`: where other services find the files, too."""

    db: Database
    storage: Storage
    bucket: str
    public_bucket: str | None = None
    accepted: frozenset[str] = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"})
    most: int = 30 * _MB
    keep_proof: bool = True
    """Whether a signed or sealed upload is kept besides its clean copy."""
    timeless: bool = False
    """Whether ids, keys and rows say nothing about the exact time of an upload, nor how its owner called it (X-08, L-17)."""
    look: Callable[[bytes, frozenset[str]], Inspected] | None = None
    """Determines the type of an upload, in a thread; None: the inspector, which also makes clean copies and previews."""
    inspector: Inspector = field(default_factory=Inspector)
    pages: Pages = field(init=False)
    """Pictures of the pages of the PDFs that the service shows, its own or not."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pages", Pages(self.db, self.storage, self.bucket))

    @property
    def shown_bucket(self) -> str:
        """Where previews are, and the copies for other services if there are any."""
        return self.public_bucket or self.bucket

    async def offer(self, owner_id: UUID, wanted: Offer) -> OfferView:
        """A presigned form for one object key and at most the declared size; an upload must begin within five minutes."""
        if not is_possible(wanted.media_type, self.accepted):
            raise Refusal("file_refused", field="media_type", detail="不接受这种文件类型", accepted=sorted(self.accepted))
        if wanted.size > self.most:
            raise Refusal("file_refused", field="size", detail=f"文件不能超过 {self.most // _MB} MB", most=self.most)
        name = "文件" if self.timeless else wanted.name
        file_id, now = uuid4() if self.timeless else new_id(), utc_now()
        key = f"in/{file_id.hex}" if self.timeless else f"in/{now:%Y%m}/{file_id.hex}"
        until = now + timedelta(seconds=START_SECONDS + UPLOAD_SECONDS)
        url, fields = self.storage.offer(self.bucket, key, _UPLOAD_TYPE, wanted.size, until)
        async with self.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO files (id, owner_id, bucket, object_key, name, declared, max_bytes, state, expires_at, made_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $9)",
                file_id, owner_id, self.bucket, key, name, wanted.media_type, wanted.size,
                self._stored_time(now + _UNATTACHED), self._stored_time(now),
            )  # fmt: skip
        return OfferView(file_id=file_id, url=url, fields=fields, expires_at=now + timedelta(seconds=START_SECONDS))

    async def accept(self, owner_id: UUID, file_id: UUID) -> Accepted:
        """Check the upload: existence, size, type, content. Repeating it gives the same result."""
        async with self.db.reading() as tx:
            row: Any = await tx.fetchrow(  # of this bucket: others of the service take other types
                "SELECT * FROM files WHERE id = $1 AND owner_id = $2 AND bucket = $3", file_id, owner_id, self.bucket
            )
        if row is None:
            raise Refusal("not_found")
        if row["state"] == "ready":
            return _view(row)
        if row["state"] == "refused":
            raise Refusal("file_refused", detail=row["reason"])
        stat = await self.storage.stat(row["bucket"], row["object_key"])
        if stat is None:
            raise Refusal("file_missing")
        try:
            if stat.size > row["max_bytes"]:
                raise NotAccepted("文件过大")
            data = await self.storage.read(row["bucket"], row["object_key"])
            inspected = await self._inspect(data)
        except NotAccepted as refused:
            async with self.db.reading() as tx:
                await tx.execute(
                    "UPDATE files SET state = 'refused', reason = $2 WHERE id = $1 AND state = 'waiting'", file_id, str(refused)
                )
            raise Refusal("file_refused", detail=str(refused)) from None
        return await self._store(row, data, inspected)

    def _stored_time(self, at: datetime) -> datetime:
        return end_of_day(at) if self.timeless else at

    async def renew(self, tx: Tx, holders: Sequence[str]) -> int:
        """Store the files of these holders again under new keys, so that the storage's dates say nothing about their uploads
        (L-17); returns how many. If the transaction fails, the copies have no rows and are deleted some day."""
        rows = await tx.fetch("SELECT * FROM files WHERE attached_to = ANY($1) AND state = 'ready' FOR UPDATE", list(holders))
        for row in rows:
            data = await self.storage.read(row["bucket"], row["object_key"])
            key = f"files/{uuid4().hex}{_EXTENSIONS.get(row['media_type'], '')}"
            await self.storage.write(row["bucket"], key, data, row["media_type"])
            preview = preview_of(key) if row["preview_key"] else None
            if preview:
                small = await self.storage.read(self.shown_bucket, row["preview_key"])
                await self.storage.write(self.shown_bucket, preview, small, "image/jpeg")
            await tx.execute("UPDATE files SET object_key = $2, preview_key = $3 WHERE id = $1", row["id"], key, preview)
            await self.pages.rename(tx, row["object_key"], key)
        for row in rows:
            await self._remove(row["bucket"], row["object_key"], None, None, row["preview_key"])
        return len(rows)

    async def _inspect(self, data: bytes) -> Inspected:
        if self.look is not None:
            return await asyncio.to_thread(self.look, data, self.accepted)
        return await self.inspector.inspect(data, self.accepted)

    async def _store(self, row: Any, data: bytes, inspected: Inspected) -> Accepted:
        """Store the clean copy under a key that no client can write to, each object read back.

        The upload's key stays writable until the offer expires: what is put there later has no row and is deleted.
        """
        folder, name = ("files", uuid4()) if self.timeless else (f"{utc_now():%Y%m}", new_id())
        key = f"{folder}/{name.hex}{_EXTENSIONS.get(inspected.media_type, '')}"
        preview, proof = await self._write(row["bucket"], key, data, inspected)
        width, height = _measures(inspected)
        async with self.db.transaction() as tx:
            updated: Any = await tx.fetchrow(
                "UPDATE files SET state = 'ready', object_key = $2, public_key = $3, preview_key = $4, proof_key = $5, "
                "media_type = $6, size = $7, sha256 = $8, cleaned_at = $9, width = $10, height = $11, pages = $12 "
                "WHERE id = $1 AND state = 'waiting' RETURNING *",
                row["id"], key, key if self.public_bucket else None, preview, proof, inspected.media_type,
                len(inspected.clean), inspected.sha256, self._stored_time(utc_now()), width, height, inspected.pages,
            )  # fmt: skip
            if updated is not None and inspected.pages is not None:
                await remember(tx, key, inspected.pages, inspected.page_sizes)
        if updated is None:  # two requests at once: the other one was first
            await self._remove(row["bucket"], key, proof, key, preview)
            return await self.accept(row["owner_id"], row["id"])
        with contextlib.suppress(OSError):
            await self.storage.remove(row["bucket"], row["object_key"])
        return _view(updated)

    async def _write(self, bucket: str, key: str, data: bytes, inspected: Inspected) -> tuple[str | None, str | None]:
        """Write a file's objects; the keys of its preview and of its proof, if it has them."""
        preview = preview_of(key) if inspected.preview is not None else None
        proof = f"proof/{key}" if inspected.proof and self.keep_proof else None
        if proof is not None:
            await self.storage.write(bucket, proof, data, inspected.media_type)
        await self.storage.write(bucket, key, inspected.clean, inspected.media_type)
        if self.public_bucket is not None:
            await self.storage.write(self.public_bucket, key, inspected.clean, inspected.media_type)
        if preview is not None and inspected.preview is not None:
            await self.storage.write(self.shown_bucket, preview, inspected.preview, "image/jpeg")
        return preview, proof

    async def _remove(
        self, bucket: str, key: str, proof_key: str | None, public_key: str | None, preview_key: str | None
    ) -> None:
        await self.storage.remove(bucket, key)
        if proof_key:
            await self.storage.remove(bucket, proof_key)
        for copy in (public_key, preview_key):
            if copy:
                await self.storage.remove(self.public_bucket or bucket, copy)

    async def clean_old(self, limit: int = 20) -> int:
        """Replace files that an earlier release stored as they were uploaded by their clean copies; returns how many (L-16).

        Keys stay, so that references in records and entries stay valid. A row is locked while its file is replaced. PDFs come
        first: of pictures others never got the upload.
        """
        done = 0
        while done < limit:
            async with self.db.transaction(apart=True) as tx:
                row: Any = await tx.fetchrow(
                    "SELECT * FROM files WHERE state = 'ready' AND cleaned_at IS NULL "
                    "ORDER BY media_type <> 'application/pdf', id LIMIT 1 FOR UPDATE SKIP LOCKED"
                )
                if row is None:
                    return done
                await self._clean(tx, row)
            done += 1
        return done

    async def clean_now(self, file_id: UUID) -> None:
        """Clean one file before it is shown, if an earlier release stored it and the job has not reached it yet (L-16)."""
        async with self.db.transaction(apart=True) as tx:
            row: Any = await tx.fetchrow(
                "SELECT * FROM files WHERE id = $1 AND state = 'ready' AND cleaned_at IS NULL FOR UPDATE", file_id
            )
            if row is not None:
                await self._clean(tx, row)

    async def _clean(self, tx: Tx, row: Any) -> None:
        if self.look is not None:
            await tx.execute("UPDATE files SET cleaned_at = now() WHERE id = $1", row["id"])
            return
        key, kept = row["object_key"], f"proof/{row['object_key']}"
        earlier = await self.storage.stat(row["bucket"], kept)  # an attempt that was interrupted
        if earlier is None and await self.storage.stat(row["bucket"], key) is None:
            _log.error("file_missing", file_id=str(row["id"]))  # reported daily, too; there is nothing to clean
            await tx.execute("UPDATE files SET cleaned_at = now() WHERE id = $1", row["id"])
            return
        data = await self.storage.read(row["bucket"], key if earlier is None else kept)
        try:
            inspected = await self._inspect_old(row, data)
        except NotAccepted as refused:
            _log.error("old_file_refused", file_id=str(row["id"]), detail=str(refused))
            for copy in (row["public_key"], row["preview_key"]):
                if copy:
                    await self.storage.remove(self.shown_bucket, copy)
            await self.pages.forget(tx, key)
            await tx.execute(
                "UPDATE files SET state = 'refused', reason = $2, cleaned_at = now() WHERE id = $1", row["id"], str(refused)
            )
            return
        preview, proof = await self._write(row["bucket"], key, data, inspected)
        await self.pages.forget(tx, key)
        width, height = _measures(inspected)
        number = await tx.fetchval(
            "SELECT count(*) FROM files WHERE attached_to = $2 AND id <= $1", row["id"], row["attached_to"]
        )
        await tx.execute(
            "UPDATE files SET preview_key = coalesce(preview_key, $2), proof_key = $3, media_type = $4, size = $5, "
            "sha256 = $6, name = $7, width = $8, height = $9, pages = $10, cleaned_at = now() WHERE id = $1",
            row["id"], preview, proof, inspected.media_type, len(inspected.clean), inspected.sha256,
            neutral_name(inspected.media_type, number) if row["attached_to"] else row["name"],
            width, height, inspected.pages,
        )  # fmt: skip

    async def _inspect_old(self, row: Any, data: bytes) -> Inspected:
        """Of a PDF that would be refused today, its pages as pictures. Raises NotAccepted: it stays, but nobody is shown it."""
        try:
            return await self._inspect(data)
        except NotAccepted as refused:
            if row["media_type"] != PDF:
                raise
            _log.warning("old_file_drawn", file_id=str(row["id"]), detail=str(refused))
            return await self.inspector.inspect(data, self.accepted, draw=True)

    async def attach(self, tx: Tx, owner_id: UUID, file_ids: list[UUID], to: str) -> list[Any]:
        """Attach checked files of this owner to `to`; returns their rows in this order. A file is attached only once.

        From then on they have neutral names: what somebody called a file may tell who made it, or where (L-16).
        """
        rows = await tx.fetch(
            "UPDATE files SET attached_to = $3 WHERE id = ANY($2) AND state = 'ready' AND (attached_to = $3 "
            "OR attached_to IS NULL AND owner_id = $1 AND bucket = $4 AND expires_at > now()) RETURNING *",
            owner_id, file_ids, to, self.bucket,
        )  # fmt: skip
        by_id: dict[UUID, Any] = {row["id"]: row for row in rows}
        if len(by_id) < len(set(file_ids)):
            await self._refuse_attachment(tx, owner_id, [file_id for file_id in file_ids if file_id not in by_id])
        if self.look is not None or not by_id:
            return [by_id[file_id] for file_id in file_ids]
        before = await tx.fetchval("SELECT count(*) FROM files WHERE attached_to = $1 AND NOT id = ANY($2)", to, file_ids)
        ordered = list(dict.fromkeys(file_ids))
        names = [neutral_name(by_id[file_id]["media_type"], n) for n, file_id in enumerate(ordered, before + 1)]
        rows = await tx.fetch(
            "UPDATE files f SET name = n.name, made_at = date_trunc($3, made_at), cleaned_at = date_trunc($3, cleaned_at), "
            "expires_at = date_trunc($3, expires_at) FROM unnest($1::uuid[], $2::text[]) AS n (id, name) WHERE f.id = n.id "
            "RETURNING f.*",
            ordered, names, "day" if self.timeless else "microseconds",
        )  # fmt: skip
        by_id = {row["id"]: row for row in rows}
        return [by_id[file_id] for file_id in file_ids]

    async def _refuse_attachment(self, tx: Tx, owner_id: UUID, file_ids: list[UUID]) -> None:
        rows = await tx.fetch("SELECT id, owner_id, state, attached_to FROM files WHERE id = ANY($1)", file_ids)
        row = next((row for row in rows if row["id"] == file_ids[0]), None)
        if row is None or row["owner_id"] != owner_id:
            raise Refusal("file_refused", field=str(file_ids[0]), detail="没有这个文件，或不是您上传的")
        if row["state"] != "ready":
            raise Refusal("file_missing", field=str(file_ids[0]))
        words = "此文件已用于其他内容" if row["attached_to"] else "此文件已过期，请重新上传"
        raise Refusal("file_refused", field=str(file_ids[0]), detail=words)

    async def release(self, tx: Tx, to: str, keep: list[UUID]) -> None:
        """Detach all files of `to` except `keep`; `sweep` deletes them."""
        await tx.execute(
            "UPDATE files SET attached_to = NULL, expires_at = now() WHERE attached_to = $1 AND NOT id = ANY($2)",
            to,
            keep,
        )

    async def sweep(self) -> int:
        """Delete expired files that are not attached, locked meanwhile, so that nobody attaches them; clean old files."""
        await self.inspector.sandbox.end_idle()
        await self.pages.inspector.sandbox.end_idle()
        await self.clean_old()
        async with self.db.transaction(apart=True) as tx:
            rows = await tx.fetch(
                "SELECT id, bucket, object_key, proof_key, public_key, preview_key FROM files "
                "WHERE attached_to IS NULL AND expires_at < now() ORDER BY expires_at LIMIT 200 FOR UPDATE SKIP LOCKED"
            )
            for row in rows:
                await self._remove(row["bucket"], row["object_key"], row["proof_key"], row["public_key"], row["preview_key"])
                await self.pages.forget(tx, row["object_key"])
            await tx.execute("DELETE FROM files WHERE id = ANY($1)", [row["id"] for row in rows])
        return len(rows)

    async def close(self) -> None:
        """End the inspectors' processes; called when the service stops."""
        await self.inspector.sandbox.close()
        await self.pages.inspector.sandbox.close()


def preview_of(key: str) -> str:
    """The key of the preview of a checked file, in the public bucket."""
    return f"preview/{key}.jpg"


def _measures(inspected: Inspected) -> tuple[int | None, int | None]:
    """Width and height of a picture, or of a PDF's first page as it is drawn on a PC."""
    if inspected.page_sizes:
        return fitted(inspected.page_sizes[0], WIDTHS[-1])
    return inspected.size or (None, None)


def _view(row: Any) -> Accepted:
    return Accepted(
        file_id=row["id"], name=row["name"], media_type=row["media_type"], size=row["size"], sha256=row["sha256"],
        width=row["width"], height=row["height"], pages=row["pages"],
    )  # fmt: skip
