"""Captchas: stored as a keyed hash for some minutes, valid for one answer (JX-01)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from servicekit.ids import new_id
from servicekit.refusals import require

from identity.deps import IdentityDeps
from identity.domain.throttle import source_of
from identity.store import failures

LIFETIME = timedelta(minutes=5)
MAX_PER_MINUTE = 120
"""Captchas a minute for one source address; a whole school may share one."""


@dataclass(frozen=True)
class ShownCaptcha:
    """A captcha; the image is a `data:` URL."""

    id: UUID
    image: str
    seconds: int


async def create(deps: IdentityDeps, client: str) -> ShownCaptcha:
    """Create a captcha; refuses with `too_many_requests` after `MAX_PER_MINUTE`."""
    now, captcha_id = deps.now(), new_id()
    bucket = (deps.tokens.attempt_target("captchas", source_of(client)), f"{now:%H:%M}")
    word = deps.captcha_images.new_text()
    async with deps.db.transaction(apart=True) as tx:
        found = await failures.read(tx, bucket)
        count = found[bucket].count if bucket in found else 0
        require(count < MAX_PER_MINUTE, "too_many_requests", rule="JX-01", retry_after=60 - now.second)
        await failures.count(tx, [bucket], now, now - timedelta(minutes=1))
        await failures.add_captcha(tx, captcha_id, deps.tokens.captcha_digest(captcha_id, word), now + LIFETIME)
    return ShownCaptcha(captcha_id, await deps.captcha_images.draw(word), int(LIFETIME.total_seconds()))
