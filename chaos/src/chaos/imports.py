"""Importing a workbook with a client that retries: upload, check, commit, wait until applied."""

import asyncio
import contextlib
from typing import Any

from demo.client import Refused
from demo.scale import until
from demo.steps import batches

from chaos.client import MAX_WAIT_SECONDS, Lost
from chaos.term_run.base import TermRun
from demo import workbooks


async def import_workbook(term: TermRun, kind: str, name: str, rows: list[dict[str, Any]]) -> None:
    """Import `rows` into a term. If the check cannot be done, or is out of date at the commit, upload it again."""
    by, path = term.school.teacher, term.school.path

    async def template() -> bytes | None:
        with contextlib.suppress(Refused):  # the import service does not know the term yet
            return await batches.template(by, kind, path, term.id)
        return None

    form = await until(f"template {kind}", template, MAX_WAIT_SECONDS)
    book = await asyncio.to_thread(workbooks.fill, form, {workbooks.data_sheet(form): rows})
    for attempt in range(6):
        label = f"{attempt}-{name}"
        made = await _upload(term, kind, label, book)
        batch = await batches.wait_for_state(by, made["id"], label, ("refused", "checked", "failed"))
        if batch["state"] != "checked":
            continue
        about = {"batch": batch["id"], "name": label, "rows": len(rows)}
        try:
            await by.write(term.journal, "batch.commit", about, "POST", f"/import/batches/{batch['id']}/commit")
        except Refused as refused:
            if refused.code not in ("wrong_state", "batch_running"):
                raise
        done = await batches.wait_for_state(by, batch["id"], label, ("applied", "checked"))
        if done["state"] == "applied":
            return
    raise Lost(f"{name}: never checked")


async def _upload(term: TermRun, kind: str, name: str, book: bytes) -> dict[str, Any]:
    by, path = term.school.teacher, term.school.path
    file_id = await by.offer_upload(term.journal, "/import/uploads", name, batches.XLSX, book)
    body = {"file_id": file_id, "type": kind, "path": path, "term_id": term.id}
    made = await by.write(term.journal, "batch", {"name": name}, "POST", "/import/batches", body)
    if made is None:
        known = await by.everything("/import/batches", path=path)
        made = next(batch for batch in known if batch["file_name"] == name)
    return dict(made)
