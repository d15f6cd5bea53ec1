"""Creating organisations, and listing the caller's part of the tree."""

from dataclasses import replace

import asyncpg
from contracts.base import level_of
from scheme import Scheme, UnknownError
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.refusals import Refusal, require

from identity.deps import IdentityDeps
from identity.domain import authority
from identity.domain.organisations import COUNTRY, NewOrganisationInput, Organisation, need_schooling, new_organisation
from identity.store import audit, organisations
from identity.store.audit import NewAuditRow


async def create(deps: IdentityDeps, actor: Actor, parent: str, data: NewOrganisationInput) -> Organisation:
    """Create an organisation below `parent`; what is not given is inherited from there (NR-01)."""
    authority.require_may_create(actor, parent)
    data = _with_scheme(deps, data)
    try:
        async with deps.db.transaction() as tx:
            parent_organisation = COUNTRY if parent == "" else await organisations.lock(tx, parent)
            if parent_organisation is None:
                raise Refusal("not_found", field="parent")
            new = new_organisation(parent_organisation, data)
            schooling = need_schooling(_scheme_of(deps, new), new)
            new = replace(new, stage=schooling.stage) if schooling is not None else new
            if new.level == "district" and new.area is None:
                new = replace(new, area=f"9{await organisations.next_area(tx):05d}")
            require(bool(await organisations.add(tx, [new])), "organisation_exists", field="code", path=new.path)
            await outbox.add(tx, new.event())
            audit_row = NewAuditRow("organisation_created", actor.account_id, actor.card_id, new.path, paths=(new.path,))
            await audit.add(tx, deps.now(), [audit_row])
            return new
    except asyncpg.UniqueViolationError:
        raise Refusal("area_taken", field="area") from None


def _with_scheme(deps: IdentityDeps, data: NewOrganisationInput) -> NewOrganisationInput:
    """Fill in the scheme's newest version if none is given, and the scheme's stage if it has only one."""
    if data.scheme_id is None:
        require(data.scheme_version is None, "scheme_unknown", field="scheme_id")
        return data
    try:
        version = data.scheme_version
        known = deps.schemes.latest(data.scheme_id) if version is None else deps.schemes.get(data.scheme_id, version)
    except UnknownError:
        raise Refusal("scheme_unknown", field="scheme_id") from None
    only = known.school_stages[0].id if len(known.school_stages) == 1 else None
    return replace(data, scheme_version=known.version, stage=data.stage or only)


def _scheme_of(deps: IdentityDeps, organisation: Organisation) -> Scheme | None:
    return deps.scheme(organisation.scheme_id, organisation.scheme_version) if organisation.scheme_id else None


async def set_length(deps: IdentityDeps, actor: Actor, path: str, seen: int, years: int | None) -> Organisation:
    """Change how many years a school lasts, by an organisation above it (BJ-12); None: the usual length of its scheme.

    Its terms that have not ended follow; those that have ended keep the length that they had.
    """
    actor.need(path)
    require(level_of(path) == "school", "length_of_schools", field="path", rule="BJ-12")
    require(actor.path != path, "forbidden", rule="BJ-12", detail="学制由上一级指定", help="请联系上一级管理员")
    async with deps.db.transaction() as tx:
        before = await organisations.lock(tx, path)
        if before is None:
            raise Refusal("not_found")
        require(before.version == seen, "stale_version", version=before.version)
        after = replace(before, years=years, version=before.version + 1)
        require(_scheme_of(deps, after) is not None, "scheme_unknown", field="years", rule="BJ-12")
        need_schooling(_scheme_of(deps, after), after)
        require(after.years != before.years, "length_unchanged", field="years", rule="BJ-12")
        await organisations.set_years(tx, after)
        await outbox.add(tx, after.event())
        detail = {"from": before.years, "to": after.years}
        row = NewAuditRow("organisation_length", actor.account_id, actor.card_id, path, detail=detail, paths=(path,))
        await audit.add(tx, deps.now(), [row])
    return after


async def listed(deps: IdentityDeps, actor: Actor, under: str | None, after: str | None, limit: int) -> list[Organisation]:
    """For staff: their organisation and those below. For students and guardians: the ancestors of their class."""
    async with deps.db.reading() as tx:
        if not actor.is_staff:
            return [] if after else await organisations.ancestors(tx, actor.path)
        path = actor.path if under is None else under
        actor.need(path)
        return await organisations.listed(tx, path, after, limit)
