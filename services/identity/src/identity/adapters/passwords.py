"""Hashing of passwords with argon2id in a few threads (the library releases the GIL), never on the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from servicekit.refusals import Refusal

_MAX_QUEUED = 200
"""More requests than this are refused with `busy`."""


class Passwords:
    """A bounded thread pool. Verifying takes as long for accounts without a password, so that nobody learns which those are."""

    def __init__(self, workers: int) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, type=Type.ID)
        self._dummy_hash = self._hasher.hash("nobody has this password")
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="passwords")
        self._queued = 0

    def close(self) -> None:
        """Finish the running jobs."""
        self._pool.shutdown(wait=True)

    async def hash(self, password: str) -> str:
        """The hash to store."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Does the stored hash belong to this password? `stored` is None for an account without a password."""
        return await self._run(self._verify, stored, password)

    def needs_rehash(self, stored: str) -> bool:
        """Was it made with other parameters than today's?"""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str | None, password: str) -> bool:
        try:
            self._hasher.verify(stored or self._dummy_hash, password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    async def _run[**P, T](self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._queued >= _MAX_QUEUED:
            raise Refusal("busy", retry_after=2)
        self._queued += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: job(*args, **kwargs))
        finally:
            self._queued -= 1
