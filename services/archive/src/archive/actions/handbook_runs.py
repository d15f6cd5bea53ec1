"""Growth handbooks of a class or a grade: asked for, made by jobs a class at a time, downloaded, and deleted (BJ-09)."""

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from contracts.base import level_of
from servicekit import jobs, log
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import find_students
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.actions import handbooks
from archive.deps import ArchiveDeps
from archive.domain import handbook_runs as rules
from archive.domain.found import need_found
from archive.domain.handbook_runs import HandbookPart, HandbookRun
from archive.store import archives, audit
from archive.store import handbook_runs as store

MAKE = "handbook_step"
_SWEPT = 100
_log = log.get(__name__)


async def order(deps: ArchiveDeps, actor: Actor, path: str | None) -> tuple[HandbookRun, Sequence[HandbookPart]]:
    """Begin to make the handbooks of a class or grade; the same order again while they are made is the same run."""
    now, chosen = deps.now(), path or actor.path
    actor.need(chosen)
    if level_of(chosen) not in ("class", "grade"):
        raise Refusal("invalid_input", detail="请选择一个年级或班级", field="path")
    async with deps.db.transaction() as tx:
        students = await archives.students_with_archives(tx, chosen)
        plan = await handbooks.plan_of(deps, tx, chosen, students, folders=True)
        whose = students[0].grade_title + (students[0].class_title if level_of(chosen) == "class" else "")
        run = HandbookRun(
            new_id(), chosen, actor.account_id, actor.name, now, "making", len(students), 0, f"{whose}的{plan.title}",
            now + timedelta(days=deps.settings.report_days),
        )  # fmt: skip
        made = await store.add(tx, run, rules.parts_of(plan.title, students))
        if made.id == run.id:
            await jobs.schedule(tx, now, MAKE, str(run.id))
            await audit.write(tx, now, actor, "handbook.ordered", chosen, run.id, students=len(students))
        return made, (await store.parts(tx, [made.id])).get(made.id, [])


async def page(
    deps: ArchiveDeps, actor: Actor, after: UUID | None, limit: int
) -> tuple[list[tuple[HandbookRun, Sequence[HandbookPart]]], UUID | None]:
    """What this account asked for, newest first, as far as its card may still have it; and after which one the list goes on."""
    async with deps.db.reading() as tx:
        found = await store.page(tx, actor.account_id, after, limit + 1)
        parts = await store.parts(tx, [run.id for run in found])
    following = found[limit - 1].id if len(found) > limit else None
    shown = [run for run in found[:limit] if actor.covers(run.path) and run.expires_at > deps.now()]
    return [(run, parts.get(run.id, [])) for run in shown], following


async def read(deps: ArchiveDeps, actor: Actor, run_id: UUID) -> tuple[HandbookRun, Sequence[HandbookPart]]:
    """One run; `not_found` for anybody else, where the card does not cover it any more, and when its time is over."""
    async with deps.db.reading() as tx:
        run = need_found(await store.get(tx, run_id, actor.account_id))
        parts = (await store.parts(tx, [run.id])).get(run.id, [])
    if not actor.covers(run.path) or run.expires_at <= deps.now():
        raise Refusal("not_found")
    return run, parts


async def find_part(deps: ArchiveDeps, actor: Actor, run_id: UUID, number: int) -> HandbookPart:
    """A ZIP that is ready, for whoever asked for it."""
    run, parts = await read(deps, actor, run_id)
    part = need_found(next((one for one in parts if one.number == number), None))
    if run.state != "ready" or part.key is None:
        raise Refusal("wrong_state", detail="还没有生成好", state=run.state)
    return part


async def take(deps: ArchiveDeps, actor: Actor, run_id: UUID, number: int) -> HandbookPart:
    """The same for its download, which is recorded. Asked again when the address is used."""
    part = await find_part(deps, actor, run_id, number)
    async with deps.db.transaction() as tx:
        await audit.write(tx, deps.now(), actor, "handbook.taken", part.path, run_id, students=len(part.students))
    return part


async def step(deps: ArchiveDeps, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    """Make the next ZIP of a run, or finish it. `key`: the run. After a crash the step is repeated."""
    run = await store.lock(tx, UUID(key))
    if run is None or run.state != "making":
        return
    part, now = await store.next_part(tx, run.id), deps.now()
    if part is None:
        until = now + timedelta(days=deps.settings.report_days)
        await store.save(tx, replace(run, state="ready", done=run.students, ready_at=now, expires_at=until))
        return
    size = await _make(deps, tx, run, part)
    await store.save_part(tx, run.id, part.number, rules.object_key(run.id, part.number), size)
    await store.save(tx, replace(run, done=run.done + len(part.students)))
    await jobs.schedule(tx, now, MAKE, key)


async def _make(deps: ArchiveDeps, tx: Tx, run: HandbookRun, part: HandbookPart) -> int:
    """Make a ZIP on the disk, one file of it in memory at a time, and store it; returns its size in bytes."""
    known = await find_students(tx, part.students)
    students = [known[student_id] for student_id in part.students if student_id in known]
    plan = await handbooks.plan_of(deps, tx, part.path, students, folders=True)
    with tempfile.TemporaryDirectory(prefix="handbook-") as folder:
        path = Path(folder) / "handbook.zip"
        with path.open("wb") as file:
            async with aclosing(handbooks.chunks(deps, plan, tx)) as chunks:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
        object_key = rules.object_key(run.id, part.number)
        return await deps.storage.write_file(deps.settings.bucket, object_key, path, "application/zip")


async def sweep(deps: ArchiveDeps) -> None:
    """Delete the runs whose time is over, with their files."""
    async with deps.db.transaction() as tx:
        over = await store.expired(tx, deps.now(), _SWEPT)
        for run_id, parts in (await store.parts(tx, [run.id for run in over])).items():
            for part in parts:
                await deps.storage.remove(deps.settings.bucket, rules.object_key(run_id, part.number))
        await store.remove(tx, [run.id for run in over])
