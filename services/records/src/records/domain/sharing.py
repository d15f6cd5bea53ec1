"""Drafts and records that their author shows to the class or the school (CS-04): who sees them. Not: what of them."""

from datetime import datetime
from typing import Literal

from contracts.base import ancestor, level_of, within
from servicekit.auth import Actor

from records.domain.record import Hand, Line, Record
from records.domain.rules import Rules
from records.domain.state import State

type Visibility = Literal["private", "class", "school"]


def place_of(actor: Actor, circle: Literal["class", "school"], path: str | None) -> str | None:
    """The class or school whose shared records this card may see; None: none.

    A card at a class sees that class and its school, a card at a school each of its classes. Above a school nobody.
    """
    own, school = actor.path, ancestor(actor.path, "school")
    if level_of(school) != "school":
        return None
    if circle == "school":
        return school if path is None or path == school else None
    wanted = path or own
    return wanted if level_of(wanted) == "class" and within(wanted, own) else None


def may_look(record: Record, actor: Actor) -> bool:
    """Is this record shared with a circle of this card?"""
    if not record.from_home or record.state is State.VOIDED or record.visibility == "private":
        return False
    if record.visibility == "school" and place_of(actor, "school", None) == ancestor(record.path, "school"):
        return True
    return place_of(actor, "class", record.path) == record.path


_OF_SCOPE: dict[str, Visibility] = {"own": "private", "class": "class", "school": "school"}


def first_visibility(rules: Rules, actor: Actor) -> Visibility:
    """Who sees a new record besides its people: as the scheme's growth records begin (CS-04); else, and of staff, nobody."""
    drafts = rules.scheme.drafts
    if drafts is None or actor.is_staff:
        return "private"
    return _OF_SCOPE[next(one.scope for one in drafts.visibilities if one.id == drafts.default_visibility)]


def need_visibility(rules: Rules, wanted: Visibility | None) -> None:
    """Refuse a visibility that the scheme's growth records do not have (CS-04)."""
    drafts = rules.scheme.drafts
    if drafts and wanted and wanted not in {_OF_SCOPE[one.scope] for one in drafts.visibilities}:
        raise rules.invalid("visibility", "本方案没有这种可见范围", rules.scheme.rule("draft"))


def share(rules: Rules, record: Record, actor: Actor, visibility: Visibility, now: datetime) -> Line:
    """The student's side shows a record to others, or no longer, in whatever state it is."""
    if not record.from_home or record.student_id not in actor.students:
        raise rules.refusal("forbidden", rules.scheme.rule("draft"), help=f"请联系{record.student_name}")
    if record.state is State.VOIDED:
        raise rules.refusal("wrong_state", rules.scheme.rule("draft"), state=record.state.value)
    need_visibility(rules, visibility)
    return Line(
        record.id, now, Hand.of(actor), "share", record.state, record.state, record.step, None, visibility, record.version
    )  # fmt: skip
