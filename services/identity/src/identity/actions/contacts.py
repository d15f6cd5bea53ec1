"""Keeping, reading and exporting the contact sheets of schools (SH-12). Their telephone numbers are for staff of the school and
of its district only."""

import asyncio
from collections.abc import Sequence

from contracts.base import ancestor, level_of
from scheme import Scheme
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal, require

from identity.adapters.contact_workbook import contact_workbook
from identity.deps import IdentityDeps
from identity.domain.contacts import Contact, Sheet, checked, sheet_of
from identity.domain.organisations import Organisation
from identity.store import audit, contacts, organisations
from identity.store.audit import NewAuditRow

MOST_EXPORTED = 2000
"""Schools of one exported workbook at most (our assumption: no district has as many)."""


def _school_of(actor: Actor, path: str | None) -> str:
    """The school whose sheet is asked for: staff of its classes belong to it, too."""
    school = ancestor(actor.path if path is None else path, "school")
    require(level_of(school) == "school", "not_found", field="path")
    if ancestor(actor.path, "school") != school:
        actor.need(school)
    return school


async def _school(deps: IdentityDeps, tx: Tx, path: str) -> tuple[Organisation, Scheme]:
    found = (await organisations.named(tx, [path])).get(path)
    scheme = None if found is None else deps.scheme(found.scheme_id, found.scheme_version)
    if found is None or scheme is None or scheme.contacts is None:
        raise Refusal("not_found", field="path")
    return found, scheme


async def read(deps: IdentityDeps, actor: Actor, path: str | None) -> Sheet:
    """The sheet of the caller's school, or of one below; `not_found` where the scheme has no such sheet."""
    school = _school_of(actor, path)
    async with deps.db.reading() as tx:
        found, scheme = await _school(deps, tx, school)
        sheet = sheet_of(scheme, school, found.title, (await contacts.of_schools(tx, [school]))[school])
    if sheet is None:
        raise Refusal("not_found", field="path")
    return sheet


async def keep(deps: IdentityDeps, actor: Actor, given: Sequence[Contact], client: str) -> Sheet:
    """Store the sheet of the caller's school. The same sheet again changes nothing."""
    school = _school_of(actor, None)
    now = deps.now()
    async with deps.db.transaction() as tx:
        found, scheme = await _school(deps, tx, school)
        clean = checked(scheme, given)
        await organisations.lock(tx, school)
        await contacts.replace(tx, school, clean, now)
        detail = {"lines": [one.line for one in clean]}
        row = NewAuditRow("contacts_kept", actor.account_id, actor.card_id, school, client, detail, (school,))
        await audit.add(tx, now, [row])
        sheet = sheet_of(scheme, school, found.title, clean)
    if sheet is None:
        raise Refusal("not_found", field="path")
    return sheet


async def below(
    deps: IdentityDeps, actor: Actor, path: str | None, after: str | None, limit: int
) -> tuple[list[Sheet], str | None]:
    """The sheets of so many schools of an organisation, by path, also those that are still empty; and after which school the
    next ones are (None: these were all)."""
    within = actor.path if path is None else path
    actor.need(within)
    require(level_of(within) in ("district", "school"), "not_found", field="path")
    async with deps.db.reading() as tx:
        found = await contacts.schools(tx, within, after, limit + 1)
        last = found[limit - 1].path if len(found) > limit else None
        found = found[:limit]
        kept = await contacts.of_schools(tx, [school.path for school in found])
    sheets = [
        sheet_of(deps.scheme(school.scheme_id, school.scheme_version), school.path, school.title, kept[school.path])
        for school in found
    ]
    return [sheet for sheet in sheets if sheet is not None], last


async def export(deps: IdentityDeps, actor: Actor, path: str | None, client: str) -> tuple[str, bytes]:
    """File name and bytes of a workbook with the sheets of all schools, in the shape of the source's form. It is audited."""
    sheets, _ = await below(deps, actor, path, None, MOST_EXPORTED)
    require(bool(sheets), "not_found", field="path")
    async with deps.db.transaction() as tx:
        where = actor.path if path is None else path
        row = NewAuditRow(
            "contacts_exported", actor.account_id, actor.card_id, where, client, {"schools": len(sheets)}, (where,)
        )
        await audit.add(tx, deps.now(), [row])
    return f"{sheets[0].title}.xlsx", await asyncio.to_thread(contact_workbook, sheets)
