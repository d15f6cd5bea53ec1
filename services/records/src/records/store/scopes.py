"""Which records a list looks at: those of some students, or of a class, a school, a district, and so on.

Each has an index in the order of the list. PostgreSQL plans a list anew for each call, leaves out the filters that are
null, and so finds that index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.base import level_of, within
from servicekit.auth import Actor


@dataclass(frozen=True, slots=True)
class Scope:
    """$1 to $9 of every list: one of the first eight is set. `home`: the org path of a staff card that looks at students.

    Of a student, staff also see what was brought along from another school (BJ-04).
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
    def below(cls, path: str) -> "Scope":
        """Everything below an organisation; of a grade, its whole school."""
        match level_of(path):
            case "class":
                return cls(class_path=path)
            case "grade":
                return cls(school_path=path.rpartition(".")[0])
            case "school":
                return cls(school_path=path)
            case "district":
                return cls(district_path=path)
            case "city":
                return cls(city_path=path)
            case "province":
                return cls(province_path=path)
        return cls(country=True)


def scope_of(actor: Actor, path: str | None, student_id: UUID | None) -> tuple[Scope, str | None] | None:
    """Where a card looks that asks for an org path or a student, and the path to narrow that to; None: it sees nothing."""
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
