"""Object storage through the `minio` client, which blocks: every call runs in a thread. Addresses are signed locally."""

import asyncio
import hashlib
import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from minio import Minio
from minio.datatypes import PostPolicy
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from servicekit.ids import utc_now
from servicekit.settings import StorageSettings


@dataclass(frozen=True)
class Stat:
    """Metadata of an object."""

    size: int
    media_type: str


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

    @staticmethod
    async def _call[T](work: Callable[..., T], *args: Any, **named: Any) -> T:
        try:
            return await asyncio.to_thread(work, *args, **named)
        except S3Error as fault:
            raise OSError(f"storage: {fault.code}") from fault
        except (HTTPError, MinioException) as fault:  # no response, or one that is not S3
            raise OSError(f"storage: {type(fault).__name__}") from fault

    def _get(self, bucket: str, key: str) -> bytes:
        response = self._inside.get_object(bucket, key)
        try:
            return response.read()
        finally:
            response.close()
            response.release_conn()

    def offer(self, bucket: str, key: str, media_type: str, most: int, until: datetime) -> tuple[str, dict[str, str]]:
        """Address and form fields of a presigned POST: this key, this type, 1 to `most` bytes."""
        policy = PostPolicy(bucket, until)
        policy.add_equals_condition("key", key)
        policy.add_equals_condition("Content-Type", media_type)
        policy.add_content_length_range_condition(1, most)
        fields = self._outside.presigned_post_policy(policy)
        return f"{self._base}/{bucket}", {**fields, "key": key, "Content-Type": media_type}

    def address(self, bucket: str, key: str, name: str, media_type: str, seconds: int = 120, inline: bool = False) -> str:
        """A presigned address that downloads an object under a readable name."""
        kind = "inline" if inline else "attachment"
        return self._outside.get_presigned_url(
            "GET",
            bucket,
            key,
            expires=timedelta(seconds=seconds),
            response_headers={
                "response-content-disposition": f"{kind}; filename*=UTF-8''{quote(name)}",
                "response-content-type": media_type,
            },
        )

    async def stat(self, bucket: str, key: str) -> Stat | None:
        """Size and type of an object; None if it does not exist."""

        def work() -> Stat | None:
            try:
                found = self._inside.stat_object(bucket, key)
            except S3Error as fault:
                if fault.code in ("NoSuchKey", "NoSuchObject", "NotFound"):
                    return None
                raise
            return Stat(found.size or 0, found.content_type or "")

        return await self._call(work)

    async def read(self, bucket: str, key: str) -> bytes:
        """The whole object. Only for objects whose size was checked."""
        return await self._call(self._get, bucket, key)

    async def write(self, bucket: str, key: str, data: bytes, media_type: str) -> None:
        """Store an object and read it back; OSError if its content is not what was sent."""

        def work() -> None:
            self._inside.put_object(bucket, key, io.BytesIO(data), len(data), media_type)
            if hashlib.sha256(self._get(bucket, key)).digest() != hashlib.sha256(data).digest():
                raise OSError("storage: the object differs from what was sent")

        await self._call(work)

    async def remove(self, bucket: str, key: str) -> None:
        """Delete an object, if it exists."""
        await self._call(self._inside.remove_object, bucket, key)

    async def keys(self, bucket: str, after: str, most: int) -> list[tuple[str, datetime]]:
        """Keys after `after` in order of their bytes, each with the time it was stored."""

        def work() -> list[tuple[str, datetime]]:
            listed = self._inside.list_objects(bucket, recursive=True, start_after=after or None)
            return [(found.object_name or "", found.last_modified or utc_now()) for found in itertools.islice(listed, most)]

        return await self._call(work)
