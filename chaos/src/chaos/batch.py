"""One workbook's way through import, as a client that expects the worst: upload, check, commit, taken in."""

import asyncio
from typing import Any

from demo.steps.batches import XLSX

from chaos.client import Caller, Lost, Refused
from chaos.founding import Room
from chaos.journal import Journal
from demo import workbooks


async def bring_in(journal: Journal, room: Room, term_id: str, kind: str, name: str, rows: list[dict[str, Any]]) -> None:
    """Import `rows` into a term. A check that died with its process is asked for again with a fresh upload."""
    by = room.teacher
    form = await _template(by, kind, room.path, term_id)
    book = await asyncio.to_thread(workbooks.fill, form, {workbooks.data_sheet(form): rows})
    for attempt in range(6):
        label = f"{attempt}-{name}"
        made = await _upload(journal, by, kind, room.path, term_id, label, book)
        batch = await _settled(by, made["id"], ("refused", "checked", "failed"))
        if batch["state"] != "checked":
            continue
        about = {"batch": batch["id"], "name": label, "rows": len(rows)}
        try:
            await by.write(journal, "batch.commit", about, "POST", f"/import/batches/{batch['id']}/commit")
        except Refused as refused:
            if refused.code not in ("wrong_state", "batch_running"):
                raise
        await _settled(by, batch["id"], ("applied",))
        return
    raise Lost(f"{name}: never checked")


async def _template(by: Caller, kind: str, path: str, term_id: str) -> bytes:
    """The form; it can be had once import has heard of the term."""
    deadline = asyncio.get_running_loop().time() + by.net.patience
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


async def _settled(by: Caller, batch_id: str, ends: tuple[str, ...]) -> dict[str, Any]:
    deadline = asyncio.get_running_loop().time() + by.net.patience
    while True:
        batch: dict[str, Any] = await by.get(f"/import/batches/{batch_id}")
        if batch["state"] in ends:
            return batch
        if asyncio.get_running_loop().time() > deadline:
            raise Lost(f"batch {batch_id} stays {batch['state']}, not one of {ends}")
        await asyncio.sleep(0.3)
