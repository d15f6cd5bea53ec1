"""Making education ids, and exporting those of a class, a school or its staff (BJ-01, BJ-02)."""

import asyncio
import secrets
from collections.abc import Sequence
from uuid import UUID

from contracts.base import ancestor, level_of
from scheme.accounts import EducationId
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import require

from identity.actions import roles
from identity.adapters.education_id_workbook import Row, education_id_workbook
from identity.deps import IdentityDeps
from identity.domain.roles import title as role_title
from identity.store import accounts, audit, education_ids, organisations
from identity.store.audit import NewAuditRow

MOST_EXPORTED = 5000
"""Lines of one workbook at most: as many as account slips are printed at once."""


async def form_at(deps: IdentityDeps, tx: Tx, path: str) -> EducationId:
    """The form of education ids in an organisation; that of the platform where no scheme is in force."""
    schemes = (await roles.schemes_at(deps, tx, [path]))[path]
    return schemes[0].accounts.education_id if schemes else EducationId()


async def make(tx: Tx, form: EducationId, area: str, count: int) -> list[str]:
    """So many new education ids: counted up in an area, or random ones that nobody has."""
    if form.area:
        first = await organisations.take_eids(tx, area, count)
        return [form.make(number, area) for number in range(first, first + count)]
    made: list[str] = []
    while len(made) < count:
        wanted = {form.make(secrets.randbelow(10**form.running)) for _ in range(count - len(made))} - set(made)
        await accounts.lock_names(tx, sorted(wanted))
        made += sorted(wanted - await education_ids.in_use(tx, wanted))
    return made


async def give_to_staff(deps: IdentityDeps, tx: Tx, account_ids: Sequence[UUID], path: str) -> int:
    """Give an education id to those members of staff who have none, where the scheme says that staff have one. Returns to how
    many."""
    form = await form_at(deps, tx, path)
    if not form.staff:
        return 0
    missing = await education_ids.without(tx, sorted(set(account_ids)))
    area = "" if not form.area else await organisations.area_of(tx, path)
    await education_ids.give(tx, list(zip(missing, await make(tx, form, area, len(missing)), strict=True)))
    return len(missing)


async def export_students(deps: IdentityDeps, actor: Actor, path: str | None, client: str) -> tuple[str, bytes]:
    """File name and bytes of a workbook with the education ids of a class, grade or school, and how guardians sign in. There
    is no password and no birth date in it. It is audited (BJ-02)."""
    where = actor.path if path is None else path
    actor.need(where)
    require(level_of(where) in ("class", "grade", "school"), "not_found", field="path")
    async with deps.db.transaction() as tx:
        form = await form_at(deps, tx, where)
        found = await education_ids.of_students(tx, where, MOST_EXPORTED + 1)
        require(len(found) <= MOST_EXPORTED, "education_ids_too_many", field="path")
        title = await organisations.title(tx, where)
        require(title is not None, "not_found", field="path")
        detail = {"students": len(found)}
        row = NewAuditRow("education_ids_exported", actor.account_id, actor.card_id, where, client, detail, (where,))
        await audit.add(tx, deps.now(), [row])
    suffix = form.guardian_suffix
    headings: Row = ("班级", "姓名", "教育ID", *(("家长用户名", "登记的家长") if suffix else ()))
    rows: list[Row] = [
        (
            one.about,
            one.name,
            one.education_id or "",
            *((f"{one.education_id}{suffix}", "、".join(one.guardians)) if suffix else ()),
        )
        for one in found
    ]
    return f"{title}学生教育ID.xlsx", await asyncio.to_thread(education_id_workbook, "学生教育ID", headings, rows)


async def export_staff(deps: IdentityDeps, actor: Actor, client: str) -> tuple[str, bytes]:
    """File name and bytes of a workbook with the education ids of the staff of the actor's school; those who have none yet
    get one. It is audited (BJ-02)."""
    school = ancestor(actor.path, "school")
    require(level_of(school) == "school", "not_found")
    actor.need(school)
    async with deps.db.transaction() as tx:
        require((await form_at(deps, tx, school)).staff, "education_ids_of_staff", rule="BJ-01")
        found = await education_ids.of_staff(tx, school, MOST_EXPORTED + 1)
        require(len(found) <= MOST_EXPORTED, "education_ids_too_many")
        given = await give_to_staff(deps, tx, [one.account_id for one in found], school)
        found = await education_ids.of_staff(tx, school, MOST_EXPORTED) if given else found
        schemes = await roles.schemes_at(deps, tx, [one.path for one in found])
        title = await organisations.title(tx, school)
        detail = {"staff": len({one.account_id for one in found}), "made": given}
        row = NewAuditRow("education_ids_exported", actor.account_id, actor.card_id, school, client, detail, (school,))
        await audit.add(tx, deps.now(), [row])
    rows: list[Row] = [
        (one.name, role_title(schemes[one.path], one.role or "", one.path), one.about, one.education_id or "") for one in found
    ]
    headings: Row = ("姓名", "角色", "所在", "教育ID")
    return f"{title}教师教育ID.xlsx", await asyncio.to_thread(education_id_workbook, "教师教育ID", headings, rows)
