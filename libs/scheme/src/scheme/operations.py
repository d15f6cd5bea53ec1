"""Operations (what people do), windows (from when to when who may), and the order the scheme demands between them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, StringConstraints, model_validator
from pydantic import Field as Given

from scheme.base import Id, Model, Text
from scheme.kinds import Terms

Edge = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.(starts|ends)$")]
"""A moment of the timetable: `publicity.ends`."""


class Window(Model):
    """Who may do which operation from `starts` (included) to `ends` (not included). Aware times.

    roles: empty means all roles of the operation. grades: school years 1 to 12; empty means all (SH-01).
    """

    operation: Id
    roles: tuple[Id, ...] = ()
    starts: AwareDatetime
    ends: AwareDatetime
    grades: tuple[Annotated[int, Given(ge=1, le=12)], ...] = ()

    def concerns(self, operation: str, role: str | None = None, grade: int | None = None) -> bool:
        """Whether this window is about the operation, and about the role and grade where they are given."""
        return (
            self.operation == operation
            and (role is None or not self.roles or role in self.roles)
            and (grade is None or not self.grades or grade in self.grades)
        )


class Operation(Model):
    """Something people do that a timetable may open and close.

    window: `required` (every term sets one; closed without), `if_set` (closed without one, but a term need not set
    one), `optional` (free unless one is set), `none` (never has one of its own).
    during: shares the windows of another operation, as a complaint those of publicity (JX-08).
    not_before, not_after: bounds taken from other operations: handling a complaint opens when publicity ends (JX-08);
    what students fill is due before publicity starts (SH-05). clients: where it is offered (CS-02). helper: the role to
    ask when it is closed (X-13).
    """

    id: Id
    title: Text
    roles: tuple[Id, ...] = Given(min_length=1)
    window: Literal["required", "if_set", "optional", "none"] = "required"
    during: Id | None = None
    not_before: Edge | None = None
    not_after: Edge | None = None
    terms: Terms = "every"
    grades: tuple[int, ...] = ()
    clients: tuple[Literal["pc", "phone"], ...] = ("pc", "phone")
    helper: Id | None = None

    @model_validator(mode="after")
    def _one_clock(self) -> Self:
        if self.during is not None and self.window != "none":
            raise ValueError(f"operation {self.id!r}: `during` another operation means window: none")
        return self


class Precedence(Model):
    """`earlier` must not be after `later`; `says` is the Chinese sentence of a finding, `rule` what it carries out."""

    earlier: Edge
    later: Edge
    says: Text
    rule: str = "X-02"


class PlannedWindow(Model):
    """A window of the usual term: days after the term's first day, and the time of day in the scheme's zone."""

    operation: Id
    roles: tuple[Id, ...] = ()
    grades: tuple[int, ...] = ()
    from_day: int = Given(ge=0, le=400)
    to_day: int = Given(ge=0, le=400)
    from_time: time = time(8)
    to_time: time = time(16)


class Timing(Model):
    """The operations of a scheme, their order, and what a usual term looks like.

    publicity_operation: the one whose windows must last so many working days; None: there is no publicity (BJ).
    """

    operations: tuple[Operation, ...]
    precedences: tuple[Precedence, ...] = ()
    min_publicity_working_days: int = Given(default=10, ge=0)
    publicity_operation: Id | None = None
    usual: tuple[PlannedWindow, ...] = ()

    def lay_out(self, first_day: date, zone: ZoneInfo) -> tuple[Window, ...]:
        """The usual windows of a term that begins on `first_day`, as aware UTC times."""

        def at(day: int, clock: time) -> datetime:
            return datetime.combine(first_day + timedelta(days=day), clock, zone).astimezone(UTC)

        return tuple(
            Window(
                operation=plan.operation,
                roles=plan.roles,
                grades=plan.grades,
                starts=at(plan.from_day, plan.from_time),
                ends=at(plan.to_day, plan.to_time),
            )
            for plan in self.usual
        )


def edge_at(windows: Sequence[Window], edge: str, grade: int | None = None) -> datetime | None:
    """When this moment is: the first start or the last end of the operation's windows; None when it has none."""
    operation, _, which = edge.partition(".")
    found = [window for window in windows if window.concerns(operation, grade=grade)]
    if not found:
        return None
    return min(w.starts for w in found) if which == "starts" else max(w.ends for w in found)
