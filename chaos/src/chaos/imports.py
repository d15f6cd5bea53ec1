"""Importing a workbook with a client that retries: upload, check, commit, wait until applied."""

import asyncio
from typing import Any

from demo.steps.batches import XLSX

from chaos.client import Caller, Lost, Refused
from chaos.journal import Journal
from chaos.schools import School
from demo import workbooks


async def import_workbook(
    journal: Journal, school: School, term_id: str, kind: str, name: str, rows: list[dict[str, Any]]
) -> None:
    """Import `rows` into a term. If the process that checks the workbook dies, upload it again."""
    by = school.teacher
    form = await _template(by, kind, school.path, term_id)
    book = await asyncio.to_thread(workbooks.fill, form, {workbooks.data_sheet(form): rows})
    for attempt in range(6):
        label = f"{attempt}-{name}"
        made = await _upload(journal, by, kind, school.path, term_id, label, book)
        batch = await _wait_for_state(by, made["id"], ("refused", "checked", "failed"))
        if batch["state"] != "checked":
            continue
        about = {"batch": batch["id"], "name": label, "rows": len(rows)}
        try:
            await by.write(journal, "batch.commit", about, "POST", f"/import/batches/{batch['id']}/commit")
        except Refused as refused:
            if refused.code not in ("wrong_state", "batch_running"):
                raise
        await _wait_for_state(by, batch["id"], ("applied",))
        return
    raise Lost(f"{name}: never checked")


async def _template(by: Caller, kind: str, path: str, term_id: str) -> bytes:
    """Download the template; waits until the import service knows the term."""
    deadline = asyncio.get_running_loop().time() + by.net.max_wait_seconds
    while True:
        try:
            form: bytes = await by.get(f"/import/templates/{kind}", path=path, term_id=term_id)
        except Refused as refused:
            if asyncio.get_running_loop().time() > deadline:
                raise Lost(f"template {kind}: {refused}") from None
            await asyncio.sleep(0.3)
        else:
            return form


async def _upload(journal: Journal, by: Caller, kind: str, path: str, term_id: str, name: str, book: bytes) -> dict[str, Any]:
    offer = None
    while offer is None:
        about = {"name": name, "size": len(book)}
        body = {"name": name, "media_type": XLSX, "size": len(book)}
        offer = await by.write(journal, "file.offer", about, "POST", "/import/uploads", body)
    await by.upload(offer, name, XLSX, book)
    body = {"file_id": offer["file_id"], "type": kind, "path": path, "term_id": term_id}
    made = await by.write(journal, "batch", {"name": name}, "POST", "/import/batches", body)
    if made is None:
        known = await by.everything("/import/batches", path=path)
        made = next(batch for batch in known if batch["file_name"] == name)
    return dict(made)


async def _wait_for_state(by: Caller, batch_id: str, ends: tuple[str, ...]) -> dict[str, Any]:
    deadline = asyncio.get_running_loop().time() + by.net.max_wait_seconds
    while True:
        batch: dict[str, Any] = await by.get(f"/import/batches/{batch_id}")
        if batch["state"] in ends:
            return batch
        if asyncio.get_running_loop().time() > deadline:
            raise Lost(f"batch {batch_id} stays {batch['state']}, not one of {ends}")
        await asyncio.sleep(0.3)
