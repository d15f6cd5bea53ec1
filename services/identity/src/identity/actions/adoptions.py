"""Versions of schemes: which are in use, adopting one for an organisation from a date, and its day (X-01)."""

from typing import Any
from uuid import UUID

from scheme import Scheme, UnknownError
from scheme.compare import diff
from scheme.migration import order
from scheme.moved_parts import reasons_to_stay
from servicekit import jobs, outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from identity.actions import card_roles
from identity.deps import IdentityDeps
from identity.domain import adoptions as rules
from identity.domain.adoptions import Adoption, State, Wish
from identity.results import Comparison, InUse, KnownVersion
from identity.store import adoptions, audit, organisations
from identity.store.audit import NewAuditRow

ADOPT = "adopt_scheme"
"""The job that lets organisations follow an adopted version on its day; its key is the adoption's id."""
BATCH = 200
"""Organisations in one transaction, with their cards: they are locked for about a second."""
SYSTEM = "系统"


def _version(deps: IdentityDeps, scheme_id: str, version: str, field: str = "version") -> Scheme:
    try:
        return deps.schemes.get(scheme_id, version)
    except UnknownError:
        raise Refusal("scheme_unknown", field=field, rule=rules.RULE) from None


async def adopt(deps: IdentityDeps, actor: Actor, wish: Wish, client: str) -> Adoption:
    """Plan that an organisation and those below it follow a released version from a day on."""
    now, wanted = deps.now(), _version(deps, wish.scheme_id, wish.version)
    rules.need_may_adopt(actor, wanted, wish.path)
    require(deps.schemes.is_released(wanted.id, wanted.version), "version_not_released", field="version", rule=rules.RULE)
    async with deps.db.transaction() as tx:
        organisation = await organisations.lock(tx, wish.path)
        if organisation is None:
            raise Refusal("not_found", field="path")
        used = [_version(deps, wanted.id, one) for one in await adoptions.versions_below(tx, wish.path, wanted.id)]
        rules.need_can_move(wanted, [one for one in used if order(one.version) < order(wanted.version)], wish)
        rules.need_confirmed(wanted, wish)
        rules.need_lengths(wanted, await organisations.lengths(tx, wish.path, wanted.id))
        new = rules.adopted(new_id(), actor, organisation, wanted, wish, now)
        require(not await adoptions.planned_at(tx, wish.path), "adoption_planned", rule=rules.RULE, help="请先撤回已有的")
        await adoptions.add(tx, new, actor.account_id, actor.card_id)
        await outbox.add(tx, new.event())
        await jobs.schedule(tx, new.begins_at, ADOPT, str(new.id))
        await _audit(tx, deps, actor, "scheme_adopted", new, client, confirmed=list(wish.confirmed))
    return new


async def withdraw(deps: IdentityDeps, actor: Actor, adoption_id: UUID, client: str) -> Adoption:
    """Take an adoption back before its day."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        found = await adoptions.lock(tx, adoption_id)
        if found is None:
            raise Refusal("not_found")
        scheme = _version(deps, found.scheme_id, found.scheme_version)
        rules.need_may_adopt(actor, scheme, found.path)
        after = rules.withdrawn(found, scheme, now)
        await adoptions.add_step(tx, after, actor.name, actor.account_id, actor.card_id)
        await jobs.cancel(tx, ADOPT, str(after.id))
        await outbox.add(tx, after.event())
        await _audit(tx, deps, actor, "scheme_adoption_withdrawn", after, client)
    return after


async def _audit(tx: Tx, deps: IdentityDeps, actor: Actor, what: str, adoption: Adoption, client: str, **more: Any) -> None:
    detail = more | {
        "adoption_id": adoption.id, "scheme": adoption.scheme_id, "from": adoption.from_version,
        "to": adoption.scheme_version, "starts_on": adoption.starts_on, "running": adoption.running,
    }  # fmt: skip
    row = NewAuditRow(what, actor.account_id, actor.card_id, adoption.path, client, detail, (adoption.path,))
    await audit.add(tx, deps.now(), [row])


async def take_effect(deps: IdentityDeps, tx: Tx, adoption_id: str, _: dict[str, Any]) -> None:
    """One batch of the organisations that follow an adopted version, with their cards; then the next. Once all do, it is in
    force."""
    found = await adoptions.lock(tx, UUID(adoption_id))
    if found is None or found.state is State.WITHDRAWN:
        return
    followed = await adoptions.follow(tx, found, BATCH)
    if followed:
        await outbox.add(tx, *(organisation.event() for organisation in followed))
        scheme = _version(deps, found.scheme_id, found.scheme_version)
        await card_roles.follow(tx, found, scheme, [one.path for one in followed], deps.now())
        await jobs.schedule(tx, deps.now(), ADOPT, adoption_id)
        return
    if found.state is State.PLANNED:
        after = rules.in_force(found, deps.now())
        await adoptions.add_step(tx, after, SYSTEM, None, None)
        await outbox.add(tx, after.event())


async def page(deps: IdentityDeps, actor: Actor, path: str | None, before: UUID | None, limit: int) -> list[Adoption]:
    """The adoptions that concern the actor's organisation or one below it, newest first."""
    where = actor.path if path is None else path
    actor.need(where)
    async with deps.db.reading() as tx:
        return await adoptions.page(tx, where, before, limit)


async def in_use(deps: IdentityDeps, actor: Actor) -> InUse:
    """The versions of the schemes in use below the actor's organisation, and who uses which since when."""
    async with deps.db.reading() as tx:
        uses = await adoptions.uses(tx, actor.path)
        ids = await adoptions.scheme_ids(tx, actor.path)
    versions = [
        KnownVersion(scheme, deps.schemes.is_released(scheme.id, scheme.version), _may_adopt(actor, scheme))
        for id in ids
        for scheme in deps.schemes.versions(id)
    ]
    return InUse(versions, uses)


def _may_adopt(actor: Actor, scheme: Scheme) -> bool:
    try:
        rules.need_may_adopt(actor, scheme, actor.path)
    except Refusal:
        return False
    return True


async def compare(deps: IdentityDeps, actor: Actor, scheme_id: str, before: str, after: str, path: str | None) -> Comparison:
    """What changed from one version of a scheme to another, and the cards that this concerns at and below an organisation."""
    where = actor.path if path is None else path
    actor.need(where)
    old, new = (_version(deps, scheme_id, one, field) for one, field in ((before, "from_version"), (after, "to_version")))
    async with deps.db.reading() as tx:
        roles = await card_roles.counted(tx, new, where)
        used = await adoptions.versions_below(tx, where, scheme_id)
    older = [_version(deps, scheme_id, one) for one in {*used, before} if order(one) < order(after)]
    stay = list(dict.fromkeys(why for one in older for why in reasons_to_stay(one, new)))
    return Comparison(old, new, diff(old, new), roles, stay)
