"""What is decided before filling opens: switches, non-participants, and the lists that staff keep."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel
from servicekit.mapping import from_attributes

from records.domain.catalogs import Item
from records.results import ShownCatalog, ShownOptOut, ShownSwitch


class SwitchView(BaseModel):
    """A setting of a school in a term. `frozen_at`: a record made it final; `may_set`: this card may, now, until `until`."""

    id: str
    title: str
    value: bool
    default: bool
    frozen_at: datetime | None
    may_set: bool
    until: datetime | None
    changed_at: datetime | None
    changed_by: str | None

    @classmethod
    def of(cls, found: ShownSwitch) -> Self:
        """One switch."""
        return cls(
            id=found.switch.id, title=found.switch.title, value=found.state.value, default=found.switch.default,
            frozen_at=found.state.frozen_at, may_set=found.may_set, until=found.until, changed_at=found.changed_at,
            changed_by=found.changed_by,
        )  # fmt: skip


class OptOutView(BaseModel):
    """A student who does not take part in a term; `may_put_back`: this card may, now."""

    student_id: UUID
    name: str
    path: str
    class_title: str
    reason_code: str
    reason: str
    note: str | None
    at: datetime
    by_name: str
    may_put_back: bool

    @classmethod
    def of(cls, found: ShownOptOut) -> Self:
        """One student."""
        change = found.opt_out.change
        return from_attributes(
            cls, found.opt_out, reason_code=change.reason_code or "", reason=found.reason, note=change.note, at=change.at,
            by_name=change.by_name, may_put_back=found.may_put_back,
        )  # fmt: skip


class ParticipationView(BaseModel):
    """Whether a student takes part in a term, and, if not, why."""

    participates: bool
    opt_out: OptOutView | None

    @classmethod
    def of(cls, found: ShownOptOut | None) -> Self:
        """The student's state after a change; None: takes part."""
        return cls(participates=found is None, opt_out=None if found is None else OptOutView.of(found))


class CatalogView(BaseModel):
    """A list for fields of type `catalog`; `keeps`: this card keeps that of its organisation."""

    id: str
    title: str
    keeps: bool

    @classmethod
    def of(cls, found: ShownCatalog) -> Self:
        """One list."""
        return cls(id=found.catalog.id, title=found.catalog.title, keeps=found.keeps)


class CatalogItemView(BaseModel):
    """An item of a list, of the organisation `path`; a `used` one is retired instead of deleted."""

    id: UUID
    path: str
    title: str
    retired: bool
    used: bool
    version: int

    @classmethod
    def of(cls, item: Item) -> Self:
        """One item."""
        return from_attributes(cls, item)


class AddedView(BaseModel):
    """How many items are new in the list."""

    added: int
