"""The switches of a school (SH-02): set in their window, frozen by the first record of certain kinds. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scheme import Refused, Switch, UnknownError
from servicekit.auth import Actor
from servicekit.refusals import Refusal, declare

if TYPE_CHECKING:
    from records.domain.term import Term

declare("switch_frozen", 409, "已有学生填报，本学期不能再修改此项设置")


@dataclass(frozen=True, slots=True)
class SwitchState:
    """What a school has set, and since when it is final."""

    value: bool
    frozen_at: datetime | None = None


def need_switch(term: "Term", name: str) -> Switch:
    """The switch of that name, or `not_found`."""
    try:
        return term.scheme.switch(name)
    except UnknownError:
        raise Refusal("not_found") from None


def need_may_set(term: "Term", switch: Switch, state: SwitchState, actor: Actor, now: datetime) -> None:
    """Refuse all but the switch's role at the term's school, in the switch's window, before it is frozen (SH-02)."""
    rule = term.scheme.rule("switch")
    if actor.path != term.path or not actor.is_(switch.set_by):
        raise term.refusal("forbidden", rule, help=f"请联系{term.scheme.role_title(switch.set_by)}")
    if state.frozen_at is not None:
        helper = term.who_can_help(switch.operation)
        raise term.refusal("switch_frozen", rule, frozen_at=state.frozen_at, **({"help": helper} if helper else {}))
    if switch.operation is not None:
        term.need_open(switch.operation, actor.roles, now, term.path, rule)


def open_until(term: "Term", switch: Switch, state: SwitchState, actor: Actor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether this card may set the switch now, and until when (None: without end)."""
    if actor.path != term.path or not actor.is_(switch.set_by) or state.frozen_at is not None:
        return False, None
    if switch.operation is None:
        return True, None
    answer = term.ask(switch.operation, actor.roles, now, term.path)
    return (False, None) if isinstance(answer, Refused) else (True, answer.until)


def frozen_by(term: "Term", kind: str) -> list[Switch]:
    """The switches that a first record of this kind makes final, and that are not final yet."""
    return [
        switch for switch in term.scheme.switches if kind in switch.frozen_by_kinds and term.switch(switch).frozen_at is None
    ]
