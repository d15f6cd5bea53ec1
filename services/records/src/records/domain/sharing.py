"""Records that their author shows to the class or the school (CS-04): who may see them."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from contracts.base import ancestor, level_of, within
from servicekit.auth import Actor

from records.domain.record import Change, ChangedBy, HistoryLine, Record, Visibility
from records.domain.state import State
from records.domain.term import Term

type Circle = Literal["class", "school"]
type Feed = Circle | Literal["own"]
"""A circle, or the own growth records."""


def circle_path(actor: Actor, circle: Circle, path: str | None) -> str | None:
    """The class or school whose shared records this card may see; None: none.

    A card of a class sees this class and its school, a card of a school all its classes if it may see all records, a card
    above schools none.
    """
    own, school = actor.path, ancestor(actor.path, "school")
    if level_of(school) != "school":
        return None
    if circle == "school":
        return school if path is None or path == school else None
    path = path or own
    if path != own and not actor.can("see_records"):
        return None
    return path if level_of(path) == "class" and within(path, own) else None


def may_see_shared(record: Record, actor: Actor) -> bool:
    """Is this the family's own record, or is it shared with the class or the school of this card?"""
    if not record.by_family or record.state is State.VOIDED:
        return False
    if record.student_id in actor.students:
        return True
    if record.visibility == "private":
        return False
    if record.visibility == "school" and circle_path(actor, "school", None) == ancestor(record.path, "school"):
        return True
    return circle_path(actor, "class", record.path) == record.path


_TITLES = {"own": "自己可见", "class": "班级公开", "school": "学校公开"}
_OF_SCOPE: dict[str, Visibility] = {"own": "private", "class": "class", "school": "school"}


def visibility_title(term: Term, visibility: str) -> str:
    """What the scheme calls a visibility: 自己可见, 班级公开, 学校公开 (CS-04)."""
    scope = next(scope for scope, name in _OF_SCOPE.items() if name == visibility)
    return (term.scheme.drafts and term.scheme.drafts.visibility_title(scope)) or _TITLES[scope]


def first_visibility(term: Term, actor: Actor) -> Visibility:
    """The visibility of a new record: the scheme's default for growth records (CS-04); private otherwise and for staff."""
    drafts = term.scheme.drafts
    if drafts is None or actor.is_staff:
        return "private"
    return _OF_SCOPE[next(it.scope for it in drafts.visibilities if it.id == drafts.default_visibility)]


def need_visibility(term: Term, visibility: Visibility | None) -> None:
    """Refuse a visibility that the scheme's growth records do not have (CS-04)."""
    drafts = term.scheme.drafts
    if drafts and visibility and visibility not in {_OF_SCOPE[it.scope] for it in drafts.visibilities}:
        raise term.invalid("visibility", "本方案没有这种可见范围", term.scheme.rule("draft"))


def share(term: Term, record: Record, actor: Actor, visibility: Visibility, now: datetime) -> Change:
    """The family shows a record to others or hides it, in any state but void. The version stays the same."""
    if not record.by_family or record.student_id not in actor.students:
        raise term.refusal("forbidden", term.scheme.rule("draft"), help=f"请联系{record.student_name}")
    if record.state is State.VOIDED:
        raise term.refusal("wrong_state", term.scheme.rule("draft"), state=record.state.value)
    need_visibility(term, visibility)
    line = HistoryLine(
        record.id, now, ChangedBy.of(actor), "share", record.state, record.state, record.step, None, visibility, record.version
    )  # fmt: skip
    return Change(replace(record, visibility=visibility), (line,))
