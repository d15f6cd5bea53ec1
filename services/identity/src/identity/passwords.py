"""Hashing of passwords: argon2id in a few threads (it lets go of the GIL), never on the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from servicekit.refusals import Refusal

_WAITING = 200
"""More than so many in line are told to come back."""


class Passwords:
    """A bounded pool. An account without a password of its own costs as much as one that has."""

    def __init__(self, workers: int) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, type=Type.ID)
        self._nobody = self._hasher.hash("nobody has this password")
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="passwords")
        self._inside = 0

    def close(self) -> None:
        """Finish what is in hand."""
        self._pool.shutdown(wait=True)

    async def hash(self, password: str) -> str:
        """The text to keep."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, kept: str | None, password: str) -> bool:
        """Is it this password? None: there is none, which takes as long to say."""
        return await self._run(self._verify, kept, password)

    def outdated(self, kept: str) -> bool:
        """Was it made with weaker parameters than today's?"""
        return self._hasher.check_needs_rehash(kept)

    def _verify(self, kept: str | None, password: str) -> bool:
        try:
            self._hasher.verify(kept or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    async def _run[**P, T](self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._inside >= _WAITING:
            raise Refusal("busy", retry_after=2)
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: job(*args, **kwargs))
        finally:
            self._inside -= 1
