"""The lists that school and district keep for fields of type `catalog` (SH-04)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from contracts.base import level_of
from scheme import Catalog, FieldProblem, Kind, Scheme
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal, require

from records import store
from records.actions.common import need_found, scheme_at
from records.deps import RecordsDeps
from records.domain import catalogs
from records.domain.catalogs import Item
from records.domain.record import ChangedBy
from records.results import ShownCatalog


async def show(deps: RecordsDeps, actor: Actor) -> list[ShownCatalog]:
    """The lists of the scheme at the card's organisation."""
    async with deps.db.reading() as tx:
        found = await scheme_at(deps, tx, actor.path)
    return [ShownCatalog(one, catalogs.keeps(one, actor)) for one in found[0].catalogs] if found else []


async def page(
    deps: RecordsDeps, actor: Actor, name: str, path: str | None, with_retired: bool, after: UUID | None, limit: int
) -> list[Item]:
    """Items on offer at an organisation of the card: its own and those of the organisations above."""
    where = actor.path if path is None else path
    if path is not None:
        require(actor.covers(path), "not_found")
    async with deps.db.reading() as tx:
        _, catalog = await _catalog(deps, tx, actor, name)
        return await store.catalogs.page(tx, catalog.id, where, with_retired, after, limit)


async def add(deps: RecordsDeps, actor: Actor, name: str, lines: Sequence[str]) -> int:
    """Add items to the list of the card's organisation, one per line, e.g. as pasted from a table; returns how many are new."""
    async with deps.db.transaction() as tx:
        scheme, catalog = await _kept(deps, tx, actor, name)
        titles = catalogs.titles_of(lines)
        _need_titles(scheme, catalog, titles)
        catalogs.need_room(scheme, await store.catalogs.count(tx, name, actor.path) + len(titles))
        return await store.catalogs.add(tx, name, actor.path, titles, ChangedBy.of(actor), deps.now())


async def change(
    deps: RecordsDeps, actor: Actor, name: str, item_id: UUID, seen: int, title: str | None, retired: bool | None
) -> Item:
    """Rename an item, retire it, or offer it again. One that records have keeps its title, as they show it."""
    async with deps.db.transaction() as tx:
        scheme, item = await _locked(deps, tx, actor, name, item_id)
        rule = scheme.rule("catalog")
        require(item.version == seen, "stale_version", rule=rule, seen=seen, version=item.version)
        if title is not None and title != item.title:
            _need_titles(scheme, catalogs.catalog_of(scheme, name), [title])
            detail = "已有记录选用该条目，不能改名；请停用后另加"
            require(not item.used, "wrong_state", rule=rule, detail=detail)
        after = replace(
            item, title=title or item.title, retired=item.retired if retired is None else retired, version=item.version + 1
        )
        action = "rename" if after.title != item.title else "retire" if after.retired else "restore"
        if not await store.catalogs.save(tx, after, action, ChangedBy.of(actor), deps.now()):
            raise Refusal("item_exists", rule=rule)
    return after


async def remove(deps: RecordsDeps, actor: Actor, name: str, item_id: UUID) -> None:
    """Delete an item that no record has; a used one can only be retired."""
    async with deps.db.transaction() as tx:
        scheme, item = await _locked(deps, tx, actor, name, item_id)
        detail = "已有记录选用该条目，只能停用"
        require(not item.used, "wrong_state", rule=scheme.rule("catalog"), detail=detail)
        await store.catalogs.remove(tx, item, ChangedBy.of(actor), deps.now())


async def offered(tx: Tx, kinds: Sequence[Kind], path: str) -> dict[str, set[str]]:
    """By list, the titles that records of these kinds may have at a class."""
    names = {name for kind in kinds for name in catalogs.fields_of(kind.form).values()}
    return await store.catalogs.offered(tx, names, path) if names else {}


async def problems(tx: Tx, kind: Kind, path: str, data: Mapping[str, Any]) -> list[FieldProblem]:
    """Values of fields of type `catalog` that no list of the student's school and district has (SH-04)."""
    known = await offered(tx, [kind], path)
    return catalogs.problems(kind.form, kind.id, data, known) if known else []


async def mark_used(tx: Tx, kind: Kind, path: str, data: Mapping[str, Any]) -> None:
    """Note which items a submitted record has: they stay, even if they are retired."""
    for name, catalog in catalogs.fields_of(kind.form).items():
        if data.get(name):
            await store.catalogs.mark_used(tx, catalog, path, str(data[name]))


async def _catalog(deps: RecordsDeps, tx: Tx, actor: Actor, name: str) -> tuple[Scheme, Catalog]:
    scheme, _ = need_found(await scheme_at(deps, tx, actor.path))
    return scheme, catalogs.catalog_of(scheme, name)


async def _kept(deps: RecordsDeps, tx: Tx, actor: Actor, name: str) -> tuple[Scheme, Catalog]:
    scheme, catalog = await _catalog(deps, tx, actor, name)
    catalogs.need_keeper(scheme, catalog, actor)
    return scheme, catalog


async def _locked(deps: RecordsDeps, tx: Tx, actor: Actor, name: str, item_id: UUID) -> tuple[Scheme, Item]:
    scheme, _ = await _kept(deps, tx, actor, name)
    item = need_found(await store.catalogs.lock(tx, name, item_id))
    require(item.path == actor.path and level_of(item.path) == actor.level, "not_found")
    return scheme, item


def _need_titles(scheme: Scheme, catalog: Catalog, titles: Sequence[str]) -> None:
    """Refuse titles that no record could have: the fields of this list limit their length."""
    limits = [f.max_length for kind in scheme.kinds for f in kind.form.fields if f.catalog == catalog.id and f.max_length]
    longest = min(limits, default=60)
    wrong = [title for title in titles if len(title) > longest]
    if wrong or not titles:
        message = f"条目最多{longest}个字：{wrong[0][:20]}…" if wrong else "请填写条目名称"
        errors = [{"field": "titles", "message": message}]
        raise Refusal("invalid_input", rule=scheme.rule("catalog"), errors=errors)
