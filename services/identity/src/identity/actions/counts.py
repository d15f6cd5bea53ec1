"""Classes with their counts, the organisations below one, and the chore that counts schools for the levels above."""

from collections.abc import Iterable
from datetime import timedelta

from contracts.base import level_of
from servicekit.auth import Actor
from servicekit.refusals import require

from identity.deps import IdentityDeps
from identity.domain.counts import Counts, OrganisationBelow, SchoolClass, StudentAccount
from identity.store import counts, organisations

COUNT_AGAIN_AFTER = timedelta(minutes=15)
SCHOOLS_AT_ONCE = 40
"""Counted by one process in a minute; a school of 3,000 students takes some 20 ms."""
_SCHOOLS = ("school", "grade", "class")


async def classes(deps: IdentityDeps, actor: Actor, path: str | None) -> list[SchoolClass]:
    """The classes of a school, grade or class in the actor's scope, in the school's order (L-07)."""
    path = actor.path if path is None else path
    actor.need(path)
    require(level_of(path) in _SCHOOLS, "school_needed", field="path")
    async with deps.db.reading() as tx:
        return await counts.classes(tx, path)


async def accounts(deps: IdentityDeps, actor: Actor, path: str | None) -> list[StudentAccount]:
    """Who of a class in the actor's scope uses the account, and whose guardians do."""
    path = actor.path if path is None else path
    actor.need(path)
    require(level_of(path) == "class", "one_class_needed", field="path")
    async with deps.db.reading() as tx:
        return await counts.accounts(tx, path)


async def below(deps: IdentityDeps, actor: Actor, path: str | None) -> list[OrganisationBelow]:
    """The organisations directly below one in the actor's scope, with what is in them. A grade's are its classes."""
    path = actor.path if path is None else path
    actor.need(path)
    async with deps.db.reading() as tx:
        if level_of(path) not in _SCHOOLS:
            return await counts.below(tx, path)
        found = await counts.classes(tx, path)
        if level_of(path) == "class":
            return []
        if level_of(path) == "grade":
            return [OrganisationBelow(one.path, "class", one.title, 0, 1, one.counts, 0, None) for one in found]
        grades = await organisations.children(tx, path)
    inside = {grade.path: [one for one in found if one.grade_path == grade.path] for grade in grades}
    return [OrganisationBelow(g.path, g.level, g.title, 0, len(inside[g.path]), total(inside[g.path]), 0, None) for g in grades]


def total(found: Iterable[SchoolClass]) -> Counts:
    """The counts of several classes together."""
    return sum((one.counts for one in found), Counts())


async def count_schools(deps: IdentityDeps) -> None:
    """Count some schools that were not counted lately."""
    now = deps.now()
    async with deps.db.reading() as tx:
        paths = await counts.outdated_schools(tx, now - COUNT_AGAIN_AFTER, SCHOOLS_AT_ONCE)
    for path in paths:
        async with deps.db.transaction() as tx:
            found = await counts.classes(tx, path)
            await counts.save_school(tx, path, len(found), total(found), now)
