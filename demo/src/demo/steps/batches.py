"""Importing a workbook of any type: upload, check, answer workbook, commit, wait until applied."""

from typing import Any

from demo import workbooks
from demo.client import User
from demo.scale import until
from demo.world import World

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def template(by: User, kind: str, path: str, term_id: str | None = None) -> bytes:
    """Download the workbook template of an import type."""
    content, _ = await by.raw("GET", f"/import/templates/{kind}", path=path, term_id=term_id)
    return content


async def import_workbook(
    world: World, by: User, kind: str, path: str, name: str, book: bytes, term_id: str | None = None
) -> dict[str, Any]:
    """Import a workbook without errors; returns the applied import."""
    batch = await check(by, kind, path, name, book, term_id)
    world.expect(batch["state"] == "checked" and not batch["problem_count"], f"{name}: {batch}")
    done = await commit(by, batch, name)
    world.expect(done["state"] == "applied", f"{name}: {done}")
    return done


async def filled_template(by: User, kind: str, path: str, term_id: str, rows: list[dict[str, Any]]) -> bytes:
    """The template of an import type with these rows."""
    form = await template(by, kind, path, term_id)
    return workbooks.fill(form, {workbooks.data_sheet(form): rows})


async def check(by: User, kind: str, path: str, name: str, data: bytes, term_id: str | None = None) -> dict[str, Any]:
    """Upload a workbook and wait for the result of the check."""
    offer = await by.post("/import/uploads", {"name": name, "media_type": XLSX, "size": len(data)})
    await by.gateway.upload(offer, name, XLSX, data)
    batch = await by.post("/import/batches", {"file_id": offer["file_id"], "type": kind, "path": path, "term_id": term_id})
    return await wait_for_state(by, batch["id"], f"检查 {name}", ("refused", "checked", "failed"))


async def commit(by: User, batch: dict[str, Any], name: str) -> dict[str, Any]:
    """Commit a checked import and wait until the services have applied it. Where others changed the data since the check, its
    differences are shown and it is committed again."""
    done = batch
    for _ in range(5):
        await by.post(f"/import/batches/{batch['id']}/commit")
        done = await wait_for_state(by, batch["id"], f"导入 {name}", ("applied", "failed", "checked"))
        if done["state"] != "checked" or not done["may_commit"]:
            break
    return done


async def answer(by: User, batch: dict[str, Any]) -> bytes:
    """Download the answer workbook, in which wrong cells are coloured and have comments."""

    async def look() -> str | None:
        found = await by.get(f"/import/batches/{batch['id']}/answer")
        url: str | None = found.get("url")
        return url

    return await by.gateway.fetch(await until("批注后的工作簿", look))


async def wait_for_state(by: User, batch_id: str, title: str, ends: tuple[str, ...]) -> dict[str, Any]:
    """Wait until an import is in one of the states `ends`; returns it."""

    async def look() -> dict[str, Any] | None:
        batch: dict[str, Any] = await by.get(f"/import/batches/{batch_id}")
        return batch if batch["state"] in ends else None

    return await until(title, look, seconds=300)
