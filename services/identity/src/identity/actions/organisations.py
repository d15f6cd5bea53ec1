"""Creating organisations, and listing the caller's part of the tree."""

from dataclasses import replace

import asyncpg
from scheme import UnknownError
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.refusals import Refusal, require

from identity.deps import IdentityDeps
from identity.domain import authority
from identity.domain.organisations import COUNTRY, NewOrganisationInput, Organisation, new_organisation
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
    """Fill in the scheme's newest version if none is given, and the scheme's stage if none is given."""
    if data.scheme_id is None:
        require(data.scheme_version is None, "scheme_unknown", field="scheme_id")
        return data
    try:
        version = data.scheme_version
        known = deps.schemes.latest(data.scheme_id) if version is None else deps.schemes.get(data.scheme_id, version)
    except UnknownError:
        raise Refusal("scheme_unknown", field="scheme_id") from None
    return replace(data, scheme_version=known.version, stage=data.stage or known.stage)


async def listed(deps: IdentityDeps, actor: Actor, under: str | None, after: str | None, limit: int) -> list[Organisation]:
    """For staff: their organisation and those below. For students and guardians: the ancestors of their class."""
    async with deps.db.reading() as tx:
        if not actor.is_staff:
            return [] if after else await organisations.ancestors(tx, actor.path)
        path = actor.path if under is None else under
        actor.need(path)
        return await organisations.listed(tx, path, after, limit)
