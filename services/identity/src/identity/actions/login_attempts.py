"""Limits attempts to guess a secret: counted as failed before they are checked, cleared on success (JX-01)."""

import asyncio
import hmac
from dataclasses import dataclass

from servicekit.db import Tx
from servicekit.refusals import Refusal

from identity.deps import IdentityDeps
from identity.domain import throttle
from identity.domain.throttle import CaptchaAnswer, FailureCounts, source_of
from identity.store import audit, failures
from identity.store.audit import NewAuditRow
from identity.store.failures import Bucket


@dataclass(frozen=True)
class LoginAttempt:
    """An attempt that may go on; it counts as failed until `clear` is called."""

    own: Bucket
    others: tuple[Bucket, ...] = ()
    device: str | None = None
    """The device token that was sent, if it is valid."""
    captcha_next: bool = False
    """The next attempt will need a captcha."""

    async def clear(self, tx: Tx) -> None:
        """The attempt succeeded: reset its own count and take it off the others."""
        await failures.clear(tx, self.own, self.others)


async def admit(
    deps: IdentityDeps, what: str, name: str, client: str, device: str | None, captcha: CaptchaAnswer | None
) -> LoginAttempt:
    """Count an attempt to open `name` by somebody without a session; require a captcha after failures, delay it (JX-01).

    Unknown names are treated like known ones, so that nobody learns which exist. Only a keyed hash of the name is stored.
    """
    now, source = deps.now(), source_of(client)
    target = deps.tokens.attempt_target(what, name)
    known = deps.tokens.device_id(target, device, now)
    own: Bucket = (target, f"device:{known}" if known else source)
    everywhere, from_source = (target, ""), (deps.tokens.attempt_target("source", source), "")
    others = () if known else (everywhere, from_source)
    most = deps.settings.captcha_after_source
    async with deps.db.transaction(apart=True) as tx:
        found = await failures.read(tx, own, others)
        counts = FailureCounts(found.get(own), found.get(everywhere), found.get(from_source))
        asked = throttle.needs_captcha(counts, now, most)
        answer = await failures.take_captcha(tx, captcha.id, now) if asked and captcha is not None else None
        correct = not asked or _is_correct(deps, captcha, answer)
        at = throttle.evaluated_at(counts, now)
        if correct and at is not None:
            await failures.count(tx, [own, *others], at, now - throttle.FORGET_AFTER)
    if not correct:
        raise Refusal("captcha_required" if captcha is None else "captcha_wrong", field="captcha", rule="JX-01")
    if at is None:
        raise Refusal("too_many_requests", rule="JX-01", retry_after=int(throttle.LONGEST_QUEUE))
    await asyncio.sleep((at - now).total_seconds())
    after = FailureCounts(*(throttle.with_one_more(found.get(bucket), at) for bucket in (own, *others)))
    return LoginAttempt(own, others, device if known else None, throttle.needs_captcha(after, at, most))


async def require_captcha(deps: IdentityDeps, captcha: CaptchaAnswer) -> None:
    """Refuse a wrong captcha answer. The captcha cannot be used again in either case."""
    async with deps.db.transaction(apart=True) as tx:
        answer = await failures.take_captcha(tx, captcha.id, deps.now())
    if not _is_correct(deps, captcha, answer):
        raise Refusal("captcha_wrong", field="captcha", rule="JX-01")


def _is_correct(deps: IdentityDeps, captcha: CaptchaAnswer | None, answer: bytes | None) -> bool:
    if captcha is None or answer is None:
        return False
    return hmac.compare_digest(deps.tokens.captcha_digest(captcha.id, captcha.answer), answer)


async def count(deps: IdentityDeps, target: bytes, client: str) -> LoginAttempt:
    """Count an attempt of somebody who is signed in; refuses with `retry_after` while they have to wait."""
    now = deps.now()
    own: Bucket = (target, source_of(client))
    async with deps.db.transaction(apart=True) as tx:
        found = await failures.read(tx, own)
        wait = throttle.seconds_to_wait(found.get(own), now)
        if wait <= 0:
            await failures.count(tx, [own], now, now - throttle.FORGET_AFTER)
    if wait > 0:
        raise Refusal("too_many_requests", rule="JX-01", retry_after=int(wait) + 1)
    return LoginAttempt(own)


async def audit_failure(deps: IdentityDeps, what: NewAuditRow) -> None:
    """Write a failed attempt to the audit trail in a transaction of its own, which commits although the request is refused."""
    async with deps.db.transaction(apart=True) as tx:
        await audit.add(tx, deps.now(), [what])
