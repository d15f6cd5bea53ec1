"""The life of an uploaded file: offered → uploaded → checked → attached, or swept away. Rows in `files`, bytes in S3."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from servicekit import log
from servicekit.db import Database, Tx
from servicekit.files.inspect import Inspected, NotAccepted, inspect
from servicekit.files.storage import Storage
from servicekit.ids import new_id, utc_now
from servicekit.refusals import Refusal

OFFER_SECONDS = 300
_LOOSE = timedelta(hours=24)
_MB = 1024 * 1024
_EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "application/pdf": ".pdf"}
_log = log.get(__name__)


class Offer(BaseModel):
    """What a client wants to upload."""

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
    look: Callable[[bytes, frozenset[str]], Inspected] = inspect
    """Tells what an upload really is; runs in a thread."""

    async def offer(self, owner_id: UUID, wanted: Offer) -> OfferView:
        """Promise a place for five minutes. The key is ours, the type and the size are bound."""
        if wanted.media_type not in self.accepted:
            raise Refusal("file_refused", field="media_type", detail="不接受这种文件类型", accepted=sorted(self.accepted))
        if wanted.size > self.most:
            raise Refusal("file_refused", field="size", detail=f"文件不能超过 {self.most // _MB} MB", most=self.most)
        file_id, now = new_id(), utc_now()
        key = f"{now:%Y%m}/{file_id.hex}{_EXTENSIONS.get(wanted.media_type, '')}"
        until = now + timedelta(seconds=OFFER_SECONDS)
        url, fields = self.storage.offer(self.bucket, key, wanted.media_type, self.most, until)
        async with self.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO files (id, owner_id, bucket, object_key, name, declared, max_bytes, state, expires_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8)",
                file_id, owner_id, self.bucket, key, wanted.name, wanted.media_type, self.most, now + _LOOSE,
            )  # fmt: skip
        return OfferView(file_id=file_id, url=url, fields=fields, expires_at=until)

    async def accept(self, owner_id: UUID, file_id: UUID) -> Accepted:
        """Check what was uploaded: there, size, real type, fingerprint. Asking again gives the same answer."""
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
            seen = await asyncio.to_thread(self.look, data, self.accepted)
        except NotAccepted as refused:
            await self._end(file_id, "refused", reason=str(refused))
            raise Refusal("file_refused", detail=str(refused)) from None
        public_key = None
        if self.public_bucket is not None:
            public_key = row["object_key"]
            await self.storage.write(self.public_bucket, public_key, seen.public or data, seen.media_type)
        await self._end(file_id, "ready", media_type=seen.media_type, size=len(data), sha256=seen.sha256, public_key=public_key)
        return Accepted(file_id=file_id, name=row["name"], media_type=seen.media_type, size=len(data), sha256=seen.sha256)

    async def _end(
        self,
        file_id: UUID,
        state: str,
        *,
        reason: str | None = None,
        media_type: str | None = None,
        size: int | None = None,
        sha256: str | None = None,
        public_key: str | None = None,
    ) -> None:
        async with self.db.reading() as tx:
            await tx.execute(
                "UPDATE files SET state = $2, reason = $3, media_type = $4, size = $5, sha256 = $6, public_key = $7 "
                "WHERE id = $1 AND state = 'waiting'",
                file_id, state, reason, media_type, size, sha256, public_key,
            )  # fmt: skip

    async def attach(self, tx: Tx, owner_id: UUID, file_ids: list[UUID], to: str) -> list[Any]:
        """Bind checked files of this owner to `to`; rows in the order given. A file belongs to one thing only."""
        rows = await tx.fetch("SELECT * FROM files WHERE id = ANY($1) FOR UPDATE", file_ids)
        by_id = {row["id"]: row for row in rows}
        for file_id in file_ids:
            row = by_id.get(file_id)
            if row is None or not (row["owner_id"] == owner_id or row["attached_to"] == to):
                raise Refusal("file_refused", field=str(file_id), detail="没有这个文件，或不是您上传的")
            if row["state"] != "ready":
                raise Refusal("file_missing", field=str(file_id))
            if row["attached_to"] not in (None, to):
                raise Refusal("file_refused", field=str(file_id), detail="此文件已用于其他内容")
        await tx.execute("UPDATE files SET attached_to = $2 WHERE id = ANY($1)", file_ids, to)
        return [by_id[file_id] for file_id in file_ids]

    async def release(self, tx: Tx, to: str, keep: list[UUID]) -> None:
        """Let go of files no longer attached; the sweeper takes them."""
        await tx.execute(
            "UPDATE files SET attached_to = NULL, expires_at = now() WHERE attached_to = $1 AND NOT id = ANY($2)",
            to,
            keep,
        )

    async def sweep(self) -> int:
        """Remove files that nothing holds and whose time is over; first the bytes, then the row."""
        async with self.db.reading() as tx:
            rows = await tx.fetch(
                "SELECT id, bucket, object_key, public_key FROM files "
                "WHERE attached_to IS NULL AND expires_at < now() LIMIT 500"
            )
        for row in rows:
            await self.storage.remove(row["bucket"], row["object_key"])
            if row["public_key"] and self.public_bucket:
                await self.storage.remove(self.public_bucket, row["public_key"])
            async with self.db.reading() as tx:
                await tx.execute("DELETE FROM files WHERE id = $1 AND attached_to IS NULL", row["id"])
        return len(rows)


def _view(row: Any) -> Accepted:
    return Accepted(file_id=row["id"], name=row["name"], media_type=row["media_type"], size=row["size"], sha256=row["sha256"])
