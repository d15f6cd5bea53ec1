"""The lists that staff keep, from which fields of type `catalog` are filled (SH-04). Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.base import level_of
from scheme import Catalog, FieldProblem, Form, Scheme, UnknownError
from servicekit.auth import Actor
from servicekit.refusals import Refusal, declare

MOST_ITEMS = 500
"""Items that an organisation keeps in one list."""

declare("catalog_full", 409, "目录条目已达上限")
declare("item_exists", 409, "目录中已有同名条目")


@dataclass(frozen=True, slots=True)
class Item:
    """A choice of a list, kept by the organisation `path`. `used`: some record has it, so that it can only be retired."""

    id: UUID
    path: str
    title: str
    retired: bool
    version: int
    used: bool = False


def catalog_of(scheme: Scheme, name: str) -> Catalog:
    """The list of that name, or `not_found`."""
    try:
        return scheme.catalog(name)
    except UnknownError:
        raise Refusal("not_found") from None


def keeps(catalog: Catalog, actor: Actor) -> bool:
    """Whether this card keeps the list of its organisation."""
    own = next((role for level, role in catalog.kept_by.items() if level == level_of(actor.path)), None)
    return own is not None and actor.is_(own)


def need_keeper(scheme: Scheme, catalog: Catalog, actor: Actor) -> None:
    """Refuse all but those who keep the list at the level of their organisation."""
    if not keeps(catalog, actor):
        keepers = "、".join(scheme.role_title(role) for role in catalog.kept_by.values())
        raise Refusal("forbidden", rule=scheme.rule("catalog"), help=f"“{catalog.title}”由{keepers}维护")


def titles_of(lines: Sequence[str]) -> list[str]:
    """The titles of pasted lines: spaces are tidied, empty and repeated lines left out; of a table, the first column counts."""
    tidy = (" ".join(line.split("\t")[0].split()) for line in lines)
    return list(dict.fromkeys(line for line in tidy if line))


def need_room(scheme: Scheme, count: int) -> None:
    """Refuse a list that grows too long."""
    if count > MOST_ITEMS:
        raise Refusal("catalog_full", rule=scheme.rule("catalog"), limit=MOST_ITEMS)


def fields_of(form: Form) -> dict[str, str]:
    """The list of each field of type `catalog`, by field id."""
    return {field.id: field.catalog for field in form.fields if field.catalog is not None}


def problems(form: Form, where: str, data: Mapping[str, Any], known: Mapping[str, Collection[str]]) -> list[FieldProblem]:
    """Values that are in none of the lists of the student's school and district. `known`: by list, the titles on offer."""
    found = []
    for name, catalog in fields_of(form).items():
        value = data.get(name)
        if value in (None, "") or value in known.get(catalog, ()):
            continue
        title = form.field(name).title
        found.append(FieldProblem(name, "catalog", f"{title}：目录中没有“{value}”，请从目录中选择", f"{where}.{name}.catalog"))
    return found
