"""Where a list looks: at one student or some, a class, a school, a district, or further; each in the order of an index.

A place is an organisation path. The conditions here are constants; what callers send goes into parameters only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.base import level_of, within
from servicekit.auth import Actor

_PLACE = " AND $2::ltree IS NOT NULL"
_OWN = (
    " AND ($2::ltree IS NULL OR r.path <@ $2::ltree"
    " OR EXISTS (SELECT FROM students s WHERE s.id = r.student_id AND s.path <@ $2::ltree))"
)
CONDITIONS = {
    "student": "r.student_id = $1::uuid" + _OWN,
    "students": "r.student_id = ANY($1::uuid[])" + _OWN,
    "class": "r.path = $1::ltree" + _PLACE,
    "school": "subpath(r.path, 0, 4) = $1::ltree" + _PLACE,
    "district": "subpath(r.path, 0, 3) = $1::ltree" + _PLACE,
    "city": "subpath(r.path, 0, 2) = $1::ltree" + _PLACE,
    "province": "subpath(r.path, 0, 1) = $1::ltree" + _PLACE,
    "country": "r.path <@ $1::ltree" + _PLACE,
}
"""By the name of a scope: what its rows have in common ($1), and what the card may see of them: $2 is a staff card's
place, or null. Places asked for lie within it already; of a student, staff also see what was brought along (BJ-04)."""


def in_each_scope(sql: str) -> dict[str, str]:
    """A statement about `r`, once per scope: `:scope:` in it is where it looks."""
    return {name: sql.replace(":scope:", condition) for name, condition in CONDITIONS.items()}


@dataclass(frozen=True, slots=True)
class Scope:
    """One place to look: its name in `CONDITIONS`, $1, the staff card's place, and a narrower place where one is asked."""

    name: str
    of: str | UUID | Sequence[UUID]
    place: str | None
    narrower: str | None


def scope_of(actor: Actor, path: str | None, student_id: UUID | None) -> Scope | None:
    """Where this card looks when it asks for a place or a student; None: where it sees nothing."""
    if not actor.is_staff:
        mine = [student for student in actor.students if student_id in (None, student)]
        if len(mine) == 1:
            return Scope("student", mine[0], None, path)
        return Scope("students", mine, None, path) if mine else None
    if student_id is not None:
        return Scope("student", student_id, actor.path, path)
    if path is None or within(actor.path, path):
        place = actor.path
    elif within(path, actor.path):
        place = path
    else:
        return None
    level = level_of(place)
    if level == "grade":
        return Scope("school", place.rpartition(".")[0], actor.path, place)
    return Scope(level, place, actor.path, None)
