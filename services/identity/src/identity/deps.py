"""What identity's use cases are given."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

import aiohttp
from scheme import Schemes
from servicekit.db import Database
from servicekit.live import Wakeups
from servicekit.service import Deps
from servicekit.settings import Settings
from typesetting import PdfRendererPool

from identity.oidc import Oidc
from identity.passwords import Passwords
from identity.pictures import Pictures
from identity.settings import IdentitySettings
from identity.vault import Vault

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(kw_only=True)
class IdentityDeps(Deps):
    """The kit's, with keys, password workers, schemes and the PDF renderer."""

    vault: Vault
    passwords: Passwords
    pictures: Pictures
    oidc: Oidc
    schemes: Schemes
    renderer: PdfRendererPool

    @classmethod
    async def make(cls, stack: AsyncExitStack, settings: Settings, db: Database, wakeups: Wakeups) -> Self:
        """Everything ready, and the operator's account there."""
        own = cast(IdentitySettings, settings)
        passwords = Passwords(own.password_workers)
        stack.callback(passwords.close)
        pictures = Pictures()
        stack.callback(pictures.close)
        patience = aiohttp.ClientTimeout(total=10)
        http = aiohttp.ClientSession(timeout=patience, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
        await stack.enter_async_context(http)
        renderer = await stack.enter_async_context(PdfRendererPool(TEMPLATES))
        return cls(
            own,
            db,
            wakeups,
            vault=Vault(own),
            passwords=passwords,
            pictures=pictures,
            oidc=Oidc(http),
            schemes=Schemes(own.schemes),
            renderer=renderer,
        )
