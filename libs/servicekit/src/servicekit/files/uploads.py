"""The states of an uploaded file: offered → uploaded → checked → attached, or deleted. Rows in `files`, bytes in S3."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from servicekit import log
from servicekit.db import Database, Tx
from servicekit.files.inspect import Inspected, NotAccepted
from servicekit.files.inspector import Inspector
from servicekit.files.storage import Storage
from servicekit.ids import new_id, utc_now
from servicekit.refusals import Refusal

OFFER_SECONDS = 300
_UNATTACHED = timedelta(hours=24)
_MB = 1024 * 1024
_EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "application/pdf": ".pdf"}
_log = log.get(__name__)


class Offer(BaseModel):
    """What a client wants to upload."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    media_type: str = Field(max_length=120)
    size: int = Field(gt=0)


class OfferView(BaseModel):
    """Where to POST the file to: a multipart form with `fields` first and the file last, as `file`."""

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


@dataclass(frozen=True)
class Files:
    """One kind of upload of one service. `public_bucket` gets the copy without metadata, where there is one."""

    db: Database
    storage: Storage
    bucket: str
    public_bucket: str | None = None
    accepted: frozenset[str] = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"})
    most: int = 10 * _MB
    look: Callable[[bytes, frozenset[str]], Inspected] | None = None
    """Determines the type of an upload, in a thread; None: the inspector, which also makes copies and previews."""
    inspector: Inspector = field(default_factory=Inspector)

    async def offer(self, owner_id: UUID, wanted: Offer) -> OfferView:
        """A presigned form for five minutes, for one object key, this type and at most `most` bytes."""
        if wanted.media_type not in self.accepted:
            raise Refusal("file_refused", field="media_type", detail="不接受这种文件类型", accepted=sorted(self.accepted))
        if wanted.size > self.most:
            raise Refusal("file_refused", field="size", detail=f"文件不能超过 {self.most // _MB} MB", most=self.most)
        file_id, now = new_id(), utc_now()
        key = f"in/{now:%Y%m}/{file_id.hex}{_EXTENSIONS.get(wanted.media_type, '')}"
        until = now + timedelta(seconds=OFFER_SECONDS)
        url, fields = self.storage.offer(self.bucket, key, wanted.media_type, self.most, until)
        async with self.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO files (id, owner_id, bucket, object_key, name, declared, max_bytes, state, expires_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8)",
                file_id, owner_id, self.bucket, key, wanted.name, wanted.media_type, self.most, now + _UNATTACHED,
            )  # fmt: skip
        return OfferView(file_id=file_id, url=url, fields=fields, expires_at=until)

    async def accept(self, owner_id: UUID, file_id: UUID) -> Accepted:
        """Check the upload: existence, size, type, content. Repeating it gives the same result."""
        async with self.db.reading() as tx:
            row: Any = await tx.fetchrow("SELECT * FROM files WHERE id = $1 AND owner_id = $2", file_id, owner_id)
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

    async def _inspect(self, data: bytes) -> Inspected:
        if self.look is not None:
            return await asyncio.to_thread(self.look, data, self.accepted)
        return await self.inspector.inspect(data, self.accepted)

    async def _store(self, row: Any, data: bytes, inspected: Inspected) -> Accepted:
        """Store the checked content under a key that no client can write to, each copy read back.

        The upload's key stays writable until the offer expires: what is put there later has no row and is deleted.
        """
        key = f"{utc_now():%Y%m}/{new_id().hex}{_EXTENSIONS.get(inspected.media_type, '')}"
        preview = preview_of(key) if inspected.preview is not None and self.public_bucket else None
        await self.storage.write(row["bucket"], key, data, inspected.media_type)
        if self.public_bucket is not None:
            await self.storage.write(self.public_bucket, key, inspected.public or data, inspected.media_type)
            if preview is not None and inspected.preview is not None:
                await self.storage.write(self.public_bucket, preview, inspected.preview, "image/jpeg")
        async with self.db.reading() as tx:
            updated: Any = await tx.fetchrow(
                "UPDATE files SET state = 'ready', object_key = $2, public_key = $3, preview_key = $4, media_type = $5, "
                "size = $6, sha256 = $7 WHERE id = $1 AND state = 'waiting' RETURNING *",
                row["id"], key, key if self.public_bucket else None, preview, inspected.media_type, len(data), inspected.sha256,
            )  # fmt: skip
        if updated is None:  # two requests at once: the other one was first
            await self._remove(row["bucket"], key, key, preview)
            return await self.accept(row["owner_id"], row["id"])
        with contextlib.suppress(OSError):
            await self.storage.remove(row["bucket"], row["object_key"])
        return _view(updated)

    async def _remove(self, bucket: str, key: str, public_key: str | None, preview_key: str | None) -> None:
        await self.storage.remove(bucket, key)
        for copy in (public_key, preview_key):
            if copy and self.public_bucket:
                await self.storage.remove(self.public_bucket, copy)

    async def attach(self, tx: Tx, owner_id: UUID, file_ids: list[UUID], to: str) -> list[Any]:
        """Attach checked files of this owner to `to`; returns their rows in this order. A file is attached only once."""
        rows = await tx.fetch(
            "UPDATE files SET attached_to = $3 WHERE id = ANY($2) AND state = 'ready' AND (attached_to = $3 "
            "OR attached_to IS NULL AND owner_id = $1 AND expires_at > now()) RETURNING *",
            owner_id, file_ids, to,
        )  # fmt: skip
        by_id = {row["id"]: row for row in rows}
        if len(by_id) < len(set(file_ids)):
            await self._refuse_attachment(tx, owner_id, [file_id for file_id in file_ids if file_id not in by_id])
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
        """Delete expired files that are not attached. Their rows are locked meanwhile, so that nobody attaches them."""
        await self.inspector.sandbox.end_idle()
        async with self.db.transaction(apart=True) as tx:
            rows = await tx.fetch(
                "SELECT id, bucket, object_key, public_key, preview_key FROM files "
                "WHERE attached_to IS NULL AND expires_at < now() ORDER BY expires_at LIMIT 200 FOR UPDATE SKIP LOCKED"
            )
            for row in rows:
                await self._remove(row["bucket"], row["object_key"], row["public_key"], row["preview_key"])
            await tx.execute("DELETE FROM files WHERE id = ANY($1)", [row["id"] for row in rows])
        return len(rows)

    async def close(self) -> None:
        """End the inspector's processes; called when the service stops."""
        await self.inspector.sandbox.close()


def preview_of(key: str) -> str:
    """The key of the preview of a checked file, in the public bucket."""
    return f"preview/{key}.jpg"


def _view(row: Any) -> Accepted:
    return Accepted(file_id=row["id"], name=row["name"], media_type=row["media_type"], size=row["size"], sha256=row["sha256"])
