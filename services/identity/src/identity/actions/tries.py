"""Tries at what is secret: counted before they are judged, forgiven when right, slowed down when many are wrong."""

import asyncio

from servicekit.refusals import Refusal

from identity.deps import IdentityDeps
from identity.domain import throttle
from identity.store import sessions
from identity.store.audit import Note
from identity.store.audit import write as audit


async def count(deps: IdentityDeps, target: bytes, client: str) -> None:
    """Count a try, or refuse it with the seconds to wait. An account tried from many places only answers slower."""
    now = deps.now()
    async with deps.db.transaction(apart=True) as tx:
        here, everywhere = await sessions.failures(tx, target, client)
        wait = throttle.wait(here, now)
        if wait <= 0:
            await sessions.count_try(tx, target, client, now, now - throttle.FORGET)
    if wait > 0:
        raise Refusal("too_many_requests", rule="JX-01", retry_after=int(wait) + 1)
    if (pause := throttle.slow_down(everywhere, now)) > 0:
        await asyncio.sleep(pause)


async def note(deps: IdentityDeps, what: Note) -> None:
    """Write down a try that failed; nothing else is written with it."""
    async with deps.db.transaction(apart=True) as tx:
        await audit(tx, deps.now(), [what])
