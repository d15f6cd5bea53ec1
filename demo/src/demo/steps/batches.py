"""Importing a workbook, from anybody, of any type: upload, dry run, answer, commit, applied."""

from typing import Any

from demo.client import User
from demo.scale import until

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDED = ("refused", "checked", "applied", "failed", "undone")


async def template(by: User, kind: str, path: str, term_id: str | None = None) -> bytes:
    """The platform's own workbook for this import."""
    content, _ = await by.raw("GET", f"/import/templates/{kind}", path=path, term_id=term_id)
    return content


async def check(by: User, kind: str, path: str, name: str, data: bytes, term_id: str | None = None) -> dict[str, Any]:
    """Upload a workbook and wait for the dry run's result."""
    offer = await by.post("/import/uploads", {"name": name, "media_type": XLSX, "size": len(data)})
    await by.gateway.upload(offer, name, XLSX, data)
    batch = await by.post("/import/batches", {"file_id": offer["file_id"], "type": kind, "path": path, "term_id": term_id})
    return await _settled(by, batch["id"], f"检查 {name}", ("refused", "checked", "failed"))


async def commit(by: User, batch: dict[str, Any], name: str) -> dict[str, Any]:
    """Take a clean batch in and wait until its services have done so."""
    await by.post(f"/import/batches/{batch['id']}/commit")
    return await _settled(by, batch["id"], f"导入 {name}", ("applied", "failed"))


async def answer(by: User, batch: dict[str, Any]) -> bytes:
    """The workbook back, with the wrong cells coloured and explained."""

    async def look() -> str | None:
        found = await by.get(f"/import/batches/{batch['id']}/answer")
        url: str | None = found.get("url")
        return url

    return await by.gateway.fetch(await until("批注后的工作簿", look))


async def _settled(by: User, batch_id: str, title: str, ends: tuple[str, ...]) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        batch: dict[str, Any] = await by.get(f"/import/batches/{batch_id}")
        return batch if batch["state"] in ends else None

    return await until(title, look, seconds=300)
