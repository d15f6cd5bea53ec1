"""Tries at what is secret: counted before they are judged, forgiven when right, dearer the more are wrong (JX-01)."""

import asyncio
import hmac
from dataclasses import dataclass
from uuid import UUID

from servicekit.db import Tx
from servicekit.refusals import Refusal

from identity.deps import IdentityDeps
from identity.domain import throttle
from identity.domain.throttle import Standing, source_of
from identity.store import failures
from identity.store.audit import Note
from identity.store.audit import write as audit
from identity.store.failures import Bucket


@dataclass(frozen=True)
class Reading:
    """What somebody read in a picture."""

    id: UUID
    answer: str


@dataclass(frozen=True)
class Try:
    """A try that was let through; it counts as failed until it is forgiven."""

    own: Bucket
    others: tuple[Bucket, ...] = ()
    device: str | None = None
    """The device's own token, where it was known."""
    captcha_next: bool = False
    """The next try will have to read a picture."""

    async def forgive(self, tx: Tx) -> None:
        """It was right."""
        await failures.forgive(tx, self.own, self.others)


async def admit(deps: IdentityDeps, what: str, name: str, client: str, device: str | None, read: Reading | None) -> Try:
    """Let somebody without a session try `name`: after a picture where failures ask for one, and in turn (JX-01).

    Known and unknown names are counted, asked and held back alike: only a fingerprint of what was typed is kept.
    """
    now, source = deps.now(), source_of(client)
    target = deps.vault.target(what, name)
    known = deps.vault.device_of(target, device, now)
    own: Bucket = (target, f"device:{known}" if known else source)
    everywhere, from_here = (target, ""), (deps.vault.target("source", source), "")
    others = () if known else (everywhere, from_here)
    most = deps.settings.captcha_after_source
    async with deps.db.transaction(apart=True) as tx:
        found = await failures.look(tx, own, others)
        standing = Standing(found.get(own), found.get(everywhere), found.get(from_here))
        asked = throttle.needs_captcha(standing, now, most)
        answer = await failures.use_captcha(tx, read.id, now) if asked and read is not None else None
        right = not asked or _right(deps, read, answer)
        at = throttle.turn(standing, now)
        if right and at is not None:
            await failures.count(tx, [own, *others], at, now - throttle.FORGET)
    if not right:
        raise Refusal("captcha_required" if read is None else "captcha_wrong", field="captcha", rule="JX-01")
    if at is None:
        raise Refusal("too_many_requests", rule="JX-01", retry_after=int(throttle.LONGEST_LINE))
    await asyncio.sleep((at - now).total_seconds())
    after = Standing(*(throttle.one_more(found.get(bucket), at) for bucket in (own, *others)))
    return Try(own, others, device if known else None, throttle.needs_captcha(after, at, most))


async def require_read(deps: IdentityDeps, read: Reading) -> None:
    """Refuse unless the picture was read; it is used up either way."""
    async with deps.db.transaction(apart=True) as tx:
        answer = await failures.use_captcha(tx, read.id, deps.now())
    if not _right(deps, read, answer):
        raise Refusal("captcha_wrong", field="captcha", rule="JX-01")


def _right(deps: IdentityDeps, read: Reading | None, answer: bytes | None) -> bool:
    if read is None or answer is None:
        return False
    return hmac.compare_digest(deps.vault.captcha(read.id, read.answer), answer)


async def count(deps: IdentityDeps, target: bytes, client: str) -> Try:
    """Count a try of somebody signed in, or refuse it with the seconds to wait."""
    now = deps.now()
    own: Bucket = (target, source_of(client))
    async with deps.db.transaction(apart=True) as tx:
        found = await failures.look(tx, own)
        wait = throttle.wait(found.get(own), now)
        if wait <= 0:
            await failures.count(tx, [own], now, now - throttle.FORGET)
    if wait > 0:
        raise Refusal("too_many_requests", rule="JX-01", retry_after=int(wait) + 1)
    return Try(own)


async def note(deps: IdentityDeps, what: Note) -> None:
    """Write down a try that failed; nothing else is written with it."""
    async with deps.db.transaction(apart=True) as tx:
        await audit(tx, deps.now(), [what])
