"""The dependencies of identity's use cases."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

import aiohttp
from scheme import Schemes
from servicekit.db import Database
from servicekit.service import Deps
from servicekit.settings import Settings
from servicekit.wakeups import Wakeups
from typesetting import PdfRendererPool

from identity.adapters.captcha_images import CaptchaImages
from identity.adapters.oidc import Oidc
from identity.adapters.passwords import Passwords
from identity.adapters.sealed_numbers import SealedNumbers
from identity.adapters.tokens import Tokens
from identity.settings import IdentitySettings

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(kw_only=True)
class IdentityDeps(Deps):
    """servicekit's dependencies, and identity's own."""

    tokens: Tokens
    sealed_numbers: SealedNumbers
    passwords: Passwords
    captcha_images: CaptchaImages
    oidc: Oidc
    schemes: Schemes
    renderer: PdfRendererPool

    @classmethod
    async def make(cls, stack: AsyncExitStack, settings: Settings, db: Database, wakeups: Wakeups) -> Self:
        """Build everything; `stack` closes it again."""
        identity_settings = cast(IdentitySettings, settings)
        passwords = Passwords(identity_settings.password_workers)
        stack.callback(passwords.close)
        captcha_images = CaptchaImages()
        stack.callback(captcha_images.close)
        timeout = aiohttp.ClientTimeout(total=10)
        http = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
        await stack.enter_async_context(http)
        renderer = await stack.enter_async_context(PdfRendererPool(TEMPLATES))
        return cls(
            identity_settings,
            db,
            wakeups,
            tokens=Tokens(identity_settings),
            sealed_numbers=SealedNumbers(identity_settings),
            passwords=passwords,
            captcha_images=captcha_images,
            oidc=Oidc(http),
            schemes=Schemes(identity_settings.schemes),
            renderer=renderer,
        )
