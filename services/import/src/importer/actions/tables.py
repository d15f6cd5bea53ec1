"""Reading a workbook that has no template, for a planner who then looks at what it would set (SH-01)."""

from uuid import UUID

from servicekit.auth import Actor
from servicekit.refusals import Refusal

from importer.adapters.workbook import WorkbookRefused
from importer.deps import ImportDeps
from importer.domain.tables import SheetTexts
from importer.store import batches


async def read(deps: ImportDeps, file_id: UUID, by: Actor) -> list[SheetTexts]:
    """The sheets of one's own upload; nothing is stored of them, and the upload is deleted after its day like any that is not
    used."""
    await deps.files.accept(by.account_id, file_id)
    async with deps.db.reading() as tx:
        found = await batches.object_of(tx, file_id)
    if found is None:
        raise Refusal("not_found")
    try:
        return await deps.writing.texts(await deps.storage.read(*found))
    except WorkbookRefused as refused:
        raise Refusal("file_refused", rule="SH-01", detail=refused.message) from None
