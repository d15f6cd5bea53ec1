"""Whether an entry may be selected or unselected now: in the window, by the role, before publicity (JX-03). Pure."""

from collections.abc import Collection
from datetime import datetime

from scheme import Allowed

from publicity.domain import entries as rules
from publicity.domain.as_written import kind_of
from publicity.domain.entries import Entry
from publicity.domain.terms import Term


def need_selectable(term: Term, entry: Entry, roles: Collection[str], now: datetime) -> None:
    """Refuse unless these roles may select the entry now, apart from quotas."""
    rule = term.scheme.rule("select")
    term.need_open(kind_of(term.scheme, entry.snapshot).publicity.operation, roles, now, entry.path, rule)
    if term.over(now, entry.path):
        raise term.refusal("window_closed", rule, detail="公示已经结束")


def unselected(term: Term, entry: Entry, roles: Collection[str], now: datetime) -> Entry:
    """The entry after its selection was taken back. Refuses once publicity has begun, and for other roles."""
    rule = term.scheme.rule("select")
    rules.may_unselect(entry, term.scheme)
    after = rules.move(entry, "unselect", now, rule)
    opens = term.opens_for(entry.path)
    if opens is not None and opens <= now:
        window = {"operation": term.scheme.timing.publicity_operation, "starts": opens, "ends": term.closes_at}
        raise term.refusal("window_closed", rule, detail="公示已经开始，不能取消", window=window)
    operation = term.scheme.operation(kind_of(term.scheme, entry.snapshot).publicity.operation)
    if set(operation.roles).isdisjoint(roles):
        raise term.refusal("forbidden", rule)
    return after


def window_of(
    term: Term, roles: Collection[str], now: datetime, path: str
) -> tuple[bool, datetime | None, datetime | None, str | None]:
    """Selecting in this term: whether it is open, from when, until when, and why not. Without kinds to select: not open."""
    named = (kind.publicity.operation for kind in term.scheme.kinds if kind.publicity.trigger == "selected")
    answers = [term.ask(operation, roles, now, path) for operation in dict.fromkeys(named)]
    for answer in answers:
        if isinstance(answer, Allowed):
            return True, answer.window.starts if answer.window else None, answer.until, None
    for answer in answers:
        if not isinstance(answer, Allowed):
            return False, answer.next_opening, answer.next_closing, answer.message
    return False, None, None, None
