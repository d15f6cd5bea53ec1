"""Creating organisations, and listing the caller's part of the tree."""

from dataclasses import replace

import asyncpg
from contracts.archive import TermSealedV1
from scheme import Scheme, UnknownError
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal, require

from identity.deps import IdentityDeps
from identity.domain import authority
from identity.domain.organisations import COUNTRY, NewOrganisationInput, Organisation, need_schooling, new_organisation
from identity.domain.school_lengths import LengthChange, LengthWish, change_of, changed, need_may_change
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


async def preview_length(deps: IdentityDeps, actor: Actor, wish: LengthWish) -> LengthChange:
    """What changing the length or the stages of a school would do, and why it is refused; changes nothing (BJ-12)."""
    need_may_change(actor, wish.path)
    async with deps.db.reading() as tx:
        before = (await organisations.named(tx, [wish.path])).get(wish.path)
        if before is None:
            raise Refusal("not_found")
        return await _length_change(deps, tx, actor, before, changed(_scheme_of(deps, before), before, wish))


async def set_length(deps: IdentityDeps, actor: Actor, wish: LengthWish, seen: int) -> Organisation:
    """Change how many years a school lasts, or which stages it has, by an organisation above it (BJ-03, BJ-12).

    Its terms that have not ended follow; those that have ended keep the length that they had.
    """
    need_may_change(actor, wish.path)
    async with deps.db.transaction() as tx:
        before = await organisations.lock(tx, wish.path)
        if before is None:
            raise Refusal("not_found")
        require(before.version == seen, "stale_version", version=before.version)
        after = changed(_scheme_of(deps, before), before, wish)
        refusal = (await _length_change(deps, tx, actor, before, after)).refusal
        if refusal is not None:
            raise refusal
        await organisations.set_years(tx, after)
        await outbox.add(tx, after.event())
        detail = {"from": before.years, "to": after.years, "stages": list(after.more_stages)}
        row = NewAuditRow("organisation_length", actor.account_id, actor.card_id, wish.path, detail=detail, paths=(wish.path,))
        await audit.add(tx, deps.now(), [row])
    return after


async def _length_change(deps: IdentityDeps, tx: Tx, actor: Actor, before: Organisation, after: Organisation) -> LengthChange:
    scheme = _scheme_of(deps, before)
    assert scheme is not None
    grades = await organisations.grades_with_students(tx, before.path)
    return change_of(scheme, before, after, grades, await organisations.sealed_terms(tx, before.path), actor, deps.now())


async def term_sealed(_: IdentityDeps, tx: Tx, event: TermSealedV1) -> None:
    """Note that archives of a term are sealed under the present length of its school (BJ-12)."""
    await organisations.add_sealed(tx, event.term_id, event.path, event.at)


async def listed(deps: IdentityDeps, actor: Actor, under: str | None, after: str | None, limit: int) -> list[Organisation]:
    """For staff: their organisation and those below. For students and guardians: the ancestors of their class."""
    async with deps.db.reading() as tx:
        if not actor.is_staff:
            return [] if after else await organisations.ancestors(tx, actor.path)
        path = actor.path if under is None else under
        actor.need(path)
        return await organisations.listed(tx, path, after, limit)
