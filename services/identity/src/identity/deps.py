"""The dependencies of identity's use cases."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

import aiohttp
from scheme import Scheme, Schemes, UnknownSchemeError
from servicekit.db import Database
from servicekit.downloads import Downloads
from servicekit.files import Files, Storage
from servicekit.service import Deps
from servicekit.settings import Settings
from servicekit.wakeups import Wakeups
from typesetting import PdfRendererPool

from identity.adapters.captcha_images import CaptchaImages
from identity.adapters.oidc import Oidc
from identity.adapters.passwords import Passwords
from identity.adapters.sealed_numbers import SealedNumbers
from identity.adapters.tokens import Tokens
from identity.domain import roles
from identity.settings import IdentitySettings
from identity.store.cards import Card

PHOTO_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})
"""Types of clean copies; other pictures of phones become JPEG (L-15)."""
MOST_PHOTO_BYTES = 10 * 1024 * 1024
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
    downloads: Downloads
    storage: Storage
    photos: Files
    enrolment_files: Files
    """What proves applications for changes of enrolment (BJ-04)."""

    def scheme(self, id: str | None, version: str | None) -> Scheme | None:
        """The scheme of an organisation; None where it has none, or this process does not have it."""
        try:
            return None if id is None or version is None else self.schemes.get(id, version)
        except UnknownSchemeError:
            return None

    def role_title(self, card: Card) -> str:
        """What the scheme of a card's organisation calls its role: 班主任. Where a unit above schools has no scheme of its own,
        such as the city over a district that has one: what any scheme calls it, but for administrators."""
        own = self.scheme(card.scheme_id, card.scheme_version)
        if own is not None:
            return roles.title([own], card.role, card.path)
        return roles.title([] if card.role == "administrator" else list(self.schemes), card.role, card.path)

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
        storage = Storage(identity_settings)
        photos = Files(
            db, storage, identity_settings.photo_bucket, accepted=PHOTO_TYPES, most=MOST_PHOTO_BYTES, keep_proof=False
        )
        stack.push_async_callback(photos.close)
        enrolment_files = Files(db, storage, identity_settings.enrolment_bucket, keep_proof=False)
        stack.push_async_callback(enrolment_files.close)
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
            storage=storage,
            photos=photos,
            enrolment_files=enrolment_files,
            downloads=Downloads.of(identity_settings, db, "identity", identity_settings.index_key.get_secret_value()),
        )
