"""Founding organisations, and reading the caller's part of the tree."""

from dataclasses import replace

import asyncpg
from scheme import UnknownError
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.refusals import Refusal, require

from identity.deps import IdentityDeps
from identity.domain import authority
from identity.domain.organisations import COUNTRY, Founding, Organisation, found
from identity.store import organisations
from identity.store.audit import Note
from identity.store.audit import write as audit


async def create(deps: IdentityDeps, actor: Actor, parent: str, given: Founding) -> Organisation:
    """A new organisation below `parent`; level, scheme, time zone and area follow from there where not given (NR-01)."""
    authority.require_founder(actor, parent)
    given = _with_scheme(deps, given)
    try:
        async with deps.db.transaction() as tx:
            above = COUNTRY if parent == "" else await organisations.hold(tx, parent)
            if above is None:
                raise Refusal("not_found", field="parent")
            new = found(above, given)
            if new.level == "district" and new.area is None:
                new = replace(new, area=f"9{await organisations.next_area(tx):05d}")
            require(bool(await organisations.add(tx, [new])), "organisation_exists", field="code", path=new.path)
            await outbox.add(tx, new.event())
            note = Note("organisation_created", actor.account_id, actor.card_id, new.path, paths=(new.path,))
            await audit(tx, deps.now(), [note])
            return new
    except asyncpg.UniqueViolationError:
        raise Refusal("area_taken", field="area") from None


def _with_scheme(deps: IdentityDeps, given: Founding) -> Founding:
    """The scheme named, at its newest version where none is named; its stage where no other is given."""
    if given.scheme_id is None:
        require(given.scheme_version is None, "scheme_unknown", field="scheme_id")
        return given
    try:
        version = given.scheme_version
        known = deps.schemes.latest(given.scheme_id) if version is None else deps.schemes.get(given.scheme_id, version)
    except UnknownError:
        raise Refusal("scheme_unknown", field="scheme_id") from None
    return replace(given, scheme_version=known.version, stage=given.stage or known.stage)


async def listed(deps: IdentityDeps, actor: Actor, under: str | None, after: str | None, limit: int) -> list[Organisation]:
    """Staff: their organisation and below. Students and guardians: the way from the province to their class."""
    async with deps.db.reading() as tx:
        if not actor.is_staff:
            return [] if after else await organisations.listed_way(tx, actor.path)
        place = actor.path if under is None else under
        actor.need(place)
        return await organisations.listed(tx, place, after, limit)
