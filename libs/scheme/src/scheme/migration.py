"""From one version of a scheme to the next: what becomes of kinds, fields, choices, steps and roles that are no longer there.

A file `schemes/<id>/migrations/<from>-<to>.yaml`. What is open in a term that moves to the new version is carried over by it;
what is finished is read under the version under which it was written. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from scheme.base import Id, Model


class MovedPart(Model):
    """A part of the old version and what stands for it in the new one; without `new` it is given up."""

    old: Id
    new: Id | None = None


class MovedKind(Model):
    """A kind that has another id now."""

    old: Id
    new: Id


class MovedField(Model):
    """A field of a kind (its id in the old version) that has another id now; without `new` it is no longer filled in."""

    kind: Id
    old: Id
    new: Id | None = None


class MovedChoice(Model):
    """A choice of a field that is no longer there; kind and field by their ids in the old version."""

    kind: Id
    field: Id
    old: Id
    new: Id | None = None


class MovedStep(Model):
    """A review step that is gone, and the one at which open reviews go on. kind: in the old version; None: of all."""

    old: Id
    new: Id
    kind: Id | None = None


class MovedStage(Model):
    """A stage or type of cases that is no longer there, and the one at which, or as which, open cases go on."""

    old: Id
    new: Id


class Migration(Model):
    """The file of one pair of versions. retired: kinds of which nothing new is reported; their records stay readable.

    case_types, stages: at which open cases go on. roles: whose cards go on as another role; those without end on the day.
    operations: whose windows in running terms go on under another id. parts, dimensions, bands: of the result, by which scores
    are entered; result_steps: who checks them, and without `new` the class is handed over again. evaluations: types of them.
    """

    scheme: Id
    from_version: str
    to_version: str
    retired: tuple[Id, ...] = ()
    kinds: tuple[MovedKind, ...] = ()
    fields: tuple[MovedField, ...] = ()
    choices: tuple[MovedChoice, ...] = ()
    steps: tuple[MovedStep, ...] = ()
    case_types: tuple[MovedStage, ...] = ()
    stages: tuple[MovedStage, ...] = ()
    roles: tuple[MovedPart, ...] = ()
    operations: tuple[MovedPart, ...] = ()
    dimensions: tuple[MovedPart, ...] = ()
    evaluations: tuple[MovedPart, ...] = ()
    parts: tuple[MovedPart, ...] = ()
    bands: tuple[MovedPart, ...] = ()
    result_steps: tuple[MovedPart, ...] = ()

    def kind(self, old: str) -> str | None:
        """The new id of a kind; None: it is retired."""
        if old in self.retired:
            return None
        return next((one.new for one in self.kinds if one.old == old), old)

    def part(self, of: "Sort", old: str) -> str | None:
        """The new id of a part of this sort; None: it is given up."""
        found: tuple[MovedPart | MovedStage, ...] = getattr(self, of)
        return next((one.new for one in found if one.old == old), old)

    def step(self, kind: str, old: str) -> str:
        """The step at which an open review of a kind (old id) goes on; what names the kind comes first."""
        found = [one for one in self.steps if one.old == old and one.kind in (kind, None)]
        found.sort(key=lambda one: one.kind is None)
        return found[0].new if found else old

    def content(self, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """The content of a form of this kind (old id) with the new fields and choices."""
        chosen = {(one.field, one.old): one.new for one in self.choices if one.kind == kind}
        renamed = {one.old: one.new for one in self.fields if one.kind == kind}
        found: dict[str, Any] = {}
        for name, value in data.items():
            if (field := renamed.get(name, name)) is None:
                continue
            carried = _chosen(value, name, chosen)
            if carried is not None:
                found[field] = carried
        return found


def _chosen(value: Any, field: str, chosen: Mapping[tuple[str, str], str | None]) -> Any:
    if isinstance(value, str):
        return chosen.get((field, value), value)
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return [new for one in value if (new := chosen.get((field, one), one)) is not None]
    return value


type Sort = Literal[
    "case_types", "stages", "roles", "operations", "dimensions", "evaluations", "parts", "bands", "result_steps"
]
"""Sorts of parts of which a migration says what becomes of each that is gone, as the file calls them."""


def follow(migrations: Iterable[Migration], of: Sort, old: str) -> str | None:
    """The id of a part after these migrations, oldest first; None: it was given up."""
    name: str | None = old
    for one in migrations:
        name = None if name is None else one.part(of, name)
    return name


@dataclass(frozen=True, slots=True)
class Carried:
    """An open record as the new version knows it."""

    kind: str
    data: dict[str, Any]
    step: str | None


def carry(migrations: Iterable[Migration], kind: str, data: Mapping[str, Any], step: str | None) -> Carried | None:
    """An open record after these migrations, oldest first; None: its kind was retired."""
    content = dict(data)
    for one in migrations:
        new = one.kind(kind)
        if new is None:
            return None
        content = one.content(kind, content)
        step = None if step is None else one.step(kind, step)
        kind = new
    return Carried(kind, content, step)


def order(version: str) -> tuple[int, ...]:
    """By what versions are put in order: 2026.2 before 2026.10."""
    return tuple(int(part) for part in version.split("."))


def chain(known: Mapping[tuple[str, str], Migration], versions: Sequence[str], old: str, new: str) -> list[Migration]:
    """The migrations from one version to a newer one, oldest first: the file of this pair, or those of all steps between.
    versions: all of the scheme, in order; a step without a file changes no ids."""
    if (old, new) in known:
        return [known[old, new]]
    steps = [one for one in versions if order(old) <= order(one) <= order(new)]
    return [known[pair] for pair in pairwise(steps) if pair in known]
