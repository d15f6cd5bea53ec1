"""Operations (what people do), windows (who may do it from when to when), and the required order of windows."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from scheme.base import ContentError, Id, Model, OperationId, Ref, RoleId, Text
from scheme.calendars import NATIONAL
from scheme.kinds import TermFilter, applies_to_grade

Edge = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.(starts|ends)$"), Ref("operation")]
"""The start or end of an operation's windows: `publicity.ends`."""


class Window(Model):
    """Who may do which operation from `starts` (included) to `ends` (not included). Aware times.

    roles: empty means all roles of the operation. grades: school years 1 to 12; empty means all (SH-01).
    """

    operation: Id
    roles: tuple[Id, ...] = ()
    starts: AwareDatetime
    ends: AwareDatetime
    grades: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()

    def concerns(self, operation: str, role: str | None = None, grade: int | None = None) -> bool:
        """Whether this window is about the operation, and about the role and grade where they are given."""
        return (
            self.operation == operation
            and (role is None or not self.roles or role in self.roles)
            and applies_to_grade(self.grades, grade)
        )


class GradeRule(Model):
    """How an operation's times differ for some grades (SH-03: who may mark non-participants, and until when).

    A key that is left out is the operation's own.
    """

    grades: tuple[Annotated[int, Field(ge=1, le=12)], ...] = Field(min_length=1)
    window: Literal["required", "if_set", "optional", "none"] | None = None
    not_before: Edge | None = None
    not_after: Edge | None = None


class Operation(Model):
    """Something people do that a timetable may open and close.

    window: `required` (every term needs one; without it the operation is closed), `if_set` (closed without one, but a
    term need not have one), `optional` (open unless a window limits it), `none` (never has its own window).
    during: uses the windows of another operation, as complaints use those of publicity (JX-08).
    not_before, not_after: limits set by other operations: complaints are handled from the end of publicity (JX-08),
    students report until publicity starts (SH-05). by_grade: other limits for some grades. clients: where it is offered
    (CS-02). helper: the role to ask when it is closed (X-13).
    """

    id: Id
    title: Text
    roles: tuple[RoleId, ...] = Field(min_length=1)
    window: Literal["required", "if_set", "optional", "none"] = "required"
    during: OperationId | None = None
    not_before: Edge | None = None
    not_after: Edge | None = None
    terms: TermFilter = "every"
    grades: tuple[int, ...] = ()
    by_grade: tuple[GradeRule, ...] = ()
    clients: tuple[Literal["pc", "phone"], ...] = ("pc", "phone")
    helper: RoleId | None = None

    @model_validator(mode="after")
    def _has_one_source_of_windows(self) -> Self:
        if self.during is not None and self.window != "none":
            raise ContentError(
                f"operation {self.id!r}: `during` needs window: none",
                "随同另一项操作开放，却又有自己的开放方式",
                "请写 window: none，或删去 during",
                "during",
            )
        named = [grade for rule in self.by_grade for grade in rule.grades]
        if len(named) != len(set(named)):
            raise ContentError(
                f"operation {self.id!r}: a grade is named twice in by_grade",
                "同一年级在 by_grade 中出现两次",
                "请只留一处",
                "by_grade",
            )
        return self

    @property
    def timeless(self) -> bool:
        """Whether no time limits it: no window of its own or of another operation, no edge."""
        return self.window == "none" and self.during is None and self.not_before is None and self.not_after is None

    def at(self, grade: int | None) -> Self:
        """The operation as it is for this grade (SH-01); None: as it is for grades without a rule of their own."""
        rule = next((rule for rule in self.by_grade if grade in rule.grades), None)
        if rule is None:
            return self
        window, not_before, not_after = rule.window, rule.not_before, rule.not_after
        return self.model_copy(
            update={
                "window": window or self.window,
                "not_before": not_before or self.not_before,
                "not_after": not_after or self.not_after,
            }
        )


class Precedence(Model):
    """`earlier` must not be after `later`. `says`: the Chinese sentence of a finding; `rule`: the rule that demands it."""

    earlier: Edge
    later: Edge
    says: Text
    rule: str = "X-02"


class PlannedWindow(Model):
    """A window of a usual term: days after the term's first day, and times of day in the scheme's time zone."""

    operation: OperationId
    roles: tuple[RoleId, ...] = ()
    grades: tuple[int, ...] = ()
    from_day: int = Field(ge=0, le=400)
    to_day: int = Field(ge=0, le=400)
    from_time: time = time(8)
    to_time: time = time(16)


class Phase(Model):
    """A phase of the timetable that the authority sends as a table, and the operations of its rows (SH-01)."""

    title: Text
    operations: tuple[OperationId, ...] = Field(min_length=1)


class Timing(Model):
    """The operations of a scheme, their order, and the windows of a usual term.

    phases: how the authority's table names groups of operations. publicity_operation: the one whose windows last at
    least `min_publicity_working_days`; None: no publicity (BJ). calendar: the region whose holidays and
    make-up workdays count, a folder of `calendars/`.
    """

    operations: tuple[Operation, ...]
    precedences: tuple[Precedence, ...] = ()
    min_publicity_working_days: int = Field(default=10, ge=0)
    publicity_operation: OperationId | None = None
    calendar: Id = NATIONAL
    usual: tuple[PlannedWindow, ...] = ()
    phases: tuple[Phase, ...] = ()

    def lay_out(self, first_day: date, zone: ZoneInfo) -> tuple[Window, ...]:
        """The usual windows of a term that begins on `first_day`, as aware UTC times."""

        def at(day: int, time_of_day: time) -> datetime:
            return datetime.combine(first_day + timedelta(days=day), time_of_day, zone).astimezone(UTC)

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
    """The first start or the last end of an operation's windows; None when it has none."""
    operation, _, which = edge.partition(".")
    own = [window for window in windows if window.concerns(operation, grade=grade)]
    if not own:
        return None
    return min(w.starts for w in own) if which == "starts" else max(w.ends for w in own)
