"""The scope of a list: the records of some students, or of a class, a school, a district, and so on.

Each scope has an index in the order of the list. PostgreSQL plans every call anew, removes the conditions whose parameter
is null, and so uses that index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from contracts.base import ancestor, level_of, within
from servicekit.auth import Actor


@dataclass(frozen=True, slots=True)
class Scope:
    """The parameters $1 to $9 of every list; one of the first eight is set. `home`: the org_path of a staff card.

    If staff ask for a student, they also see the records from an earlier school (BJ-04).
    """

    student_id: UUID | None = None
    student_ids: Sequence[UUID] | None = None
    class_path: str | None = None
    school_path: str | None = None
    district_path: str | None = None
    city_path: str | None = None
    province_path: str | None = None
    country: bool | None = None
    home: str | None = None

    @classmethod
    def below(cls, path: str) -> Self:
        """Everything below an organisation; for a grade, its whole school."""
        level = level_of(path)
        if level == "grade":
            level, path = "school", ancestor(path, "school")
        scope: dict[str, Any] = {"country": True} if level == "country" else {f"{level}_path": path}
        return cls(**scope)


def scope_of(actor: Actor, path: str | None, student_id: UUID | None) -> tuple[Scope, str | None] | None:
    """The scope of a card that asks for an org_path or a student, and a path to narrow it to; None: it sees nothing."""
    if not actor.is_staff:
        mine = [student for student in actor.students if student_id in (None, student)]
        if len(mine) == 1:
            return Scope(student_id=mine[0]), path
        return (Scope(student_ids=mine), path) if mine else None
    if student_id is not None:
        return Scope(student_id=student_id, home=actor.path), path
    if path is None or within(actor.path, path):
        path = actor.path
    elif not within(path, actor.path):
        return None
    return Scope.below(path), path if level_of(path) == "grade" else None
