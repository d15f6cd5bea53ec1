"""The dependencies of archive's use cases."""

import base64
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Self, cast

from proof import SigningKey
from scheme import Schemes
from servicekit.db import Database
from servicekit.directory import Directory
from servicekit.downloads import Downloads
from servicekit.encryption import blind_index
from servicekit.files import Files, Storage
from servicekit.service import Deps
from servicekit.settings import Settings
from servicekit.wakeups import Wakeups
from typesetting import PdfRendererPool

from archive.adapters.typesetting import TEMPLATES
from archive.domain.terms import ArchiveTerm
from archive.settings import ArchiveSettings


@dataclass(kw_only=True)
class ArchiveDeps(Deps):
    """The kit's, with schemes, the signing key, storage, files that prove backfilled records, and the PDF renderers (which
    start when first needed)."""

    schemes: Schemes
    directory: Directory[ArchiveTerm]
    key: SigningKey
    form_key: str
    """For keyed hashes of upload codes; follows from the signing key, which outlives any process (NR-02)."""
    storage: Storage
    files: Files
    downloads: Downloads
    renderer: PdfRendererPool

    @classmethod
    async def make(cls, stack: AsyncExitStack, settings: Settings, db: Database, wakeups: Wakeups) -> Self:
        """Everything ready; the PDF renderer is closed with the service."""
        own = cast(ArchiveSettings, settings)
        storage = Storage(own)
        schemes = Schemes(own.schemes)
        files = Files(db, storage, own.bucket)
        stack.push_async_callback(files.close)
        return cls(
            own,
            db,
            wakeups,
            schemes=schemes,
            directory=Directory(schemes, ArchiveTerm),
            key=SigningKey.from_jwk(json.loads(own.archive_key.get_secret_value())),
            form_key=_form_key(own),
            storage=storage,
            files=files,
            downloads=Downloads.of(own, db, "archive", own.s3_secret_key.get_secret_value(), storage),
            renderer=await stack.enter_async_context(PdfRendererPool(TEMPLATES, own.pdf_workers)),
        )


def _form_key(settings: ArchiveSettings) -> str:
    secret = str(json.loads(settings.archive_key.get_secret_value())["d"])
    return base64.urlsafe_b64encode(blind_index(secret, "zongping upload codes")).decode()
