"""Object storage through the `minio` client, which blocks: every call runs in a thread. Addresses are signed locally."""

import asyncio
import hashlib
import io
import itertools
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from minio import Minio
from minio.datatypes import PostPolicy
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from servicekit.http.disposition import content_disposition
from servicekit.ids import utc_now
from servicekit.settings import StorageSettings

ADDRESS_SECONDS = 45
"""How long a presigned address downloads: nobody can take it back, so it has to end within the minute in which the tokens of
an ended session do (L-19)."""

_CHUNK = 256 * 1024
_PART = 8 * 1024 * 1024
_MISSING = ("NoSuchKey", "NoSuchObject", "NotFound")


@dataclass(frozen=True)
class Stat:
    """Metadata of an object."""

    size: int
    media_type: str


@dataclass(frozen=True)
class StoredObject:
    """An object that somebody may have, and what it is called. `inline`: shown in a page, not saved."""

    bucket: str
    key: str
    name: str
    media_type: str
    inline: bool = False


@dataclass(frozen=True)
class OpenObject:
    """An object that is being read, `size` bytes in all."""

    size: int
    _response: Any

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Its bytes, as they come; close this where not all are read. Raises OSError."""
        left = self.size
        try:
            while left:
                chunk: bytes = await call_storage(self._response.read, min(left, _CHUNK))
                if not chunk:
                    raise OSError("storage: the object ended early")
                left -= len(chunk)
                yield chunk
        finally:
            await asyncio.to_thread(self._response.close)  # also of what was not read
            self._response.release_conn()


async def call_storage[T](work: Callable[..., T], *args: Any, **named: Any) -> T:
    """Run a call of the client in a thread. Raises OSError if the storage fails."""
    try:
        return await asyncio.to_thread(work, *args, **named)
    except S3Error as fault:
        raise OSError(f"storage: {fault.code}") from fault
    except (HTTPError, MinioException) as fault:  # no response, or one that is not S3
        raise OSError(f"storage: {type(fault).__name__}") from fault


class Storage:
    """The object storage, with the access key of one service."""

    def __init__(self, settings: StorageSettings) -> None:
        def client(public: bool) -> Minio:
            host, secure = settings.endpoint(public)
            return Minio(
                host,
                access_key=settings.s3_access_key,
                secret_key=settings.s3_secret_key.get_secret_value(),
                secure=secure,
                region=settings.s3_region,
            )

        self._inside, self._outside = client(False), client(True)
        self._base = settings.public_base

    def _get(self, bucket: str, key: str) -> bytes:
        response = self._inside.get_object(bucket, key)
        try:
            return response.read()
        finally:
            response.close()
            response.release_conn()

    def offer(self, bucket: str, key: str, media_type: str, most: int, until: datetime) -> tuple[str, dict[str, str]]:
        """Address and form fields of a presigned POST: this key, this type, 1 to `most` bytes, no redirect."""
        policy = PostPolicy(bucket, until)
        policy.add_equals_condition("key", key)
        policy.add_equals_condition("Content-Type", media_type)
        policy.add_content_length_range_condition(1, most)
        # minio has no method for this: without it a form may name any address to which the browser goes afterwards (L-20)
        policy._conditions["eq"]["success_action_redirect"] = ""
        fields = self._outside.presigned_post_policy(policy)
        more = {"key": key, "Content-Type": media_type, "success_action_redirect": ""}
        return f"{self._base}/{bucket}", {**fields, **more}

    def address(self, stored: StoredObject) -> str:
        """A presigned address that downloads an object under a readable name, valid for `ADDRESS_SECONDS`."""
        return self._outside.get_presigned_url(
            "GET",
            stored.bucket,
            stored.key,
            expires=timedelta(seconds=ADDRESS_SECONDS),
            response_headers={
                "response-content-disposition": content_disposition(stored.name, inline=stored.inline),
                "response-content-type": stored.media_type,
                "response-cache-control": "no-store",  # nothing of a case or a record stays in a shared PC's cache
            },
        )

    async def stat(self, bucket: str, key: str) -> Stat | None:
        """Size and type of an object; None if it does not exist."""

        def work() -> Stat | None:
            try:
                found = self._inside.stat_object(bucket, key)
            except S3Error as fault:
                if fault.code in _MISSING:
                    return None
                raise
            return Stat(found.size or 0, found.content_type or "")

        return await call_storage(work)

    async def read(self, bucket: str, key: str) -> bytes:
        """The whole object. Only for objects whose size was checked."""
        return await call_storage(self._get, bucket, key)

    async def opened(self, bucket: str, key: str, begin: int = 0, length: int = 0) -> "OpenObject | None":
        """`length` bytes of an object from `begin` on (0: all that follow), to be read; None if it does not exist."""

        def work() -> Any:
            try:
                return self._inside.get_object(bucket, key, begin, length)
            except S3Error as fault:
                if fault.code in _MISSING:
                    return None
                raise

        response = await call_storage(work)
        return None if response is None else OpenObject(int(response.headers["Content-Length"]), response)

    async def write(self, bucket: str, key: str, data: bytes, media_type: str) -> None:
        """Store an object and read it back; OSError if its content is not what was sent."""

        def work() -> None:
            self._inside.put_object(bucket, key, io.BytesIO(data), len(data), media_type)
            if hashlib.sha256(self._get(bucket, key)).digest() != hashlib.sha256(data).digest():
                raise OSError("storage: the object differs from what was sent")

        await call_storage(work)

    async def write_file(self, bucket: str, key: str, path: Path, media_type: str) -> int:
        """Store a file of any size, in parts of which one is in memory, and read its size back; returns the size in bytes."""

        def work() -> int:
            self._inside.fput_object(bucket, key, str(path), media_type, part_size=_PART)
            size = path.stat().st_size
            if self._inside.stat_object(bucket, key).size != size:
                raise OSError("storage: the object differs from what was sent")
            return size

        return await call_storage(work)

    async def remove(self, bucket: str, key: str) -> None:
        """Delete an object, if it exists."""
        await call_storage(self._inside.remove_object, bucket, key)

    async def keys(self, bucket: str, after: str, most: int) -> list[tuple[str, datetime]]:
        """Keys after `after` in order of their bytes, each with the time it was stored."""

        def work() -> list[tuple[str, datetime]]:
            listed = self._inside.list_objects(bucket, recursive=True, start_after=after or None)
            return [(found.object_name or "", found.last_modified or utc_now()) for found in itertools.islice(listed, most)]

        return await call_storage(work)
