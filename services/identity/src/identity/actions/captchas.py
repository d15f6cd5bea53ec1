"""Pictures to read: shown, kept as a keyed fingerprint for some minutes, good for one answer (JX-01)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from servicekit.ids import new_id
from servicekit.refusals import require

from identity.deps import IdentityDeps
from identity.domain.throttle import source_of
from identity.store import failures

LASTS = timedelta(minutes=5)
_PER_MINUTE = 120
"""Pictures for one source; a school may stand behind one address."""


@dataclass(frozen=True)
class Shown:
    """A picture, as a `data:` address."""

    id: UUID
    image: str
    seconds: int


async def show(deps: IdentityDeps, client: str) -> Shown:
    """A new picture."""
    now, captcha_id = deps.now(), new_id()
    own = (deps.vault.target("captchas", source_of(client)), f"{now:%H:%M}")
    word = deps.pictures.word()
    async with deps.db.transaction(apart=True) as tx:
        found = await failures.look(tx, own)
        drawn = found[own].count if own in found else 0
        require(drawn < _PER_MINUTE, "too_many_requests", rule="JX-01", retry_after=60 - now.second)
        await failures.count(tx, [own], now, now - timedelta(minutes=1))
        await failures.add_captcha(tx, captcha_id, deps.vault.captcha(captcha_id, word), now + LASTS)
    return Shown(captcha_id, await deps.pictures.draw(word), int(LASTS.total_seconds()))
