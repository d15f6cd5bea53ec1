"""Preparing a term: switches (SH-02), non-participants (SH-03), and the lists that staff keep (SH-04)."""

from typing import Annotated
from uuid import UUID

from contracts.base import OrgPath
from pydantic import Field, StringConstraints
from servicekit.auth import SIGNED_IN
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import unpack_id

from records.actions import catalogs, participation, switches
from records.api.body import Body
from records.api.paging import PAGE, page_of
from records.views.preparation import (
    AddedView,
    CatalogItemView,
    CatalogView,
    OptOutView,
    ParticipationView,
    SwitchView,
)

api = Api("preparation")
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class SwitchIn(Body):
    """The new value of a switch."""

    value: bool


class ParticipationIn(Body):
    """Whether the student takes part; if not, the code of a reason of the scheme. `note`: more about it, for staff."""

    participates: bool
    reason_code: str | None = Field(default=None, max_length=60)
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] | None = None


class ItemsIn(Body):
    """Items to add, one per line, e.g. pasted from a table, whose first column counts."""

    titles: list[Annotated[str, StringConstraints(max_length=1000)]] = Field(min_length=1, max_length=500)


class ItemIn(Body):
    """What changes of an item; a key that is left out stays."""

    title: Title | None = None
    retired: bool | None = None


@api.get("/terms/{term_id}/switches", may=SIGNED_IN, rules=("SH-02",))
async def show_switches(request: Request, term_id: UUID) -> list[SwitchView]:
    """The settings of the school in a term, for its staff and the organisations above."""
    return [SwitchView.of(one) for one in await switches.show(request.deps, request.actor, term_id)]


@api.put("/terms/{term_id}/switches/{switch}", may=SIGNED_IN, rules=("SH-02",))
async def set_switch(request: Request, term_id: UUID, switch: str, change: SwitchIn) -> list[SwitchView]:
    """Set a switch in its window, before a record makes it final; answers all switches of the term."""
    found = await switches.set_switch(request.deps, request.actor, term_id, switch, change.value)
    return [SwitchView.of(one) for one in found]


@api.get("/terms/{term_id}/opt-outs", may=SIGNED_IN, rules=("SH-03",))
async def list_opt_outs(
    request: Request, term_id: UUID, path: OrgPath | None = None, cursor: Cursor | None = None, limit: PAGE = 50
) -> Page[OptOutView]:
    """The students of the card's organisation who do not take part in a term."""
    found = await participation.page(request.deps, request.actor, term_id, path, unpack_id(cursor), limit)
    return page_of([OptOutView.of(one) for one in found], limit, lambda view: view.student_id)


@api.put("/terms/{term_id}/opt-outs/{student_id}", may=SIGNED_IN, rules=("SH-03",))
async def change_participation(request: Request, term_id: UUID, student_id: UUID, change: ParticipationIn) -> ParticipationView:
    """Mark a student as not taking part, with a reason, or put one back, in the time that the scheme gives for it."""
    found = participation.change(
        request.deps, request.actor, term_id, student_id, change.participates, change.reason_code, change.note
    )
    return ParticipationView.of(await found)


@api.get("/catalogs", may=SIGNED_IN, rules=("SH-04",))
async def list_catalogs(request: Request) -> list[CatalogView]:
    """The lists of the scheme for fields of type `catalog`."""
    return [CatalogView.of(one) for one in await catalogs.show(request.deps, request.actor)]


@api.get("/catalogs/{catalog}/items", may=SIGNED_IN, rules=("SH-04",))
async def list_items(
    request: Request,
    catalog: str,
    path: OrgPath | None = None,
    retired: bool = False,
    cursor: Cursor | None = None,
    limit: PAGE = 50,
) -> Page[CatalogItemView]:
    """What the card's organisation (of staff: `path` below it) offers: its own items and those of the levels above."""
    found = await catalogs.page(request.deps, request.actor, catalog, path, retired, unpack_id(cursor), limit)
    return page_of([CatalogItemView.of(item) for item in found], limit, lambda view: view.id)


@api.post("/catalogs/{catalog}/items", may=SIGNED_IN, status=200, rules=("SH-04",))
async def add_items(request: Request, catalog: str, items: ItemsIn) -> AddedView:
    """Add items to the list of the card's organisation; those that it has are not added again."""
    return AddedView(added=await catalogs.add(request.deps, request.actor, catalog, items.titles))


@api.put("/catalogs/{catalog}/items/{item_id}", may=SIGNED_IN, rules=("SH-04",))
async def change_item(request: Request, catalog: str, item_id: UUID, change: ItemIn) -> CatalogItemView:
    """Rename an item, retire it, or offer it again (`If-Match`)."""
    found = catalogs.change(request.deps, request.actor, catalog, item_id, request.version, change.title, change.retired)
    return CatalogItemView.of(await found)


@api.delete("/catalogs/{catalog}/items/{item_id}", may=SIGNED_IN, rules=("SH-04",))
async def remove_item(request: Request, catalog: str, item_id: UUID) -> None:
    """Delete an item that no record has."""
    await catalogs.remove(request.deps, request.actor, catalog, item_id)
