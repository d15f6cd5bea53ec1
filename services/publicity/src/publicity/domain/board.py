"""What a viewer may see of the board: which entries, and which parts of them, by the scheme's allow-list (X-09)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.base import LEVELS, RecordSnapshot, ancestor, level_of, within
from people import in_widths
from scheme import Field
from scheme.parts import BoardItem, Scope
from servicekit.auth import Actor
from servicekit.refusals import Refusal

from publicity.domain.terms import Term


@dataclass(frozen=True)
class ViewScope:
    """What a role may see on the board of one term: entries below `path` (of `students` only), and of them `shows`."""

    role: str
    scope: Scope
    path: str
    students: frozenset[UUID] | None
    shows: frozenset[BoardItem]

    def reaches(self, path: str, student_id: UUID) -> bool:
        """Whether an entry of this student in this class is visible."""
        return within(path, self.path) and (self.students is None or student_id in self.students)


def view_scope_of(term: Term, actor: Actor) -> ViewScope:
    """The viewer's scope. Another school's board is `not_found`; a role that the scheme does not name is refused."""
    if not within(actor.path, term.path):
        raise Refusal("not_found")
    rule = next((rule for rule in term.scheme.board.rules if actor.is_(rule.role)), None)
    if rule is None:
        raise term.refusal("forbidden", "X-09")
    level = "class" if rule.scope == "own" else rule.scope
    if LEVELS.index(level_of(actor.path)) < LEVELS.index(level):
        raise term.refusal("forbidden", "X-09")
    students = actor.students if rule.scope == "own" else None
    return ViewScope(
        rule.role, rule.scope, ancestor(actor.path, level), students, term.scheme.board.shows(rule.role, rule.scope)
    )


def earlier_terms(term: Term, terms: Iterable[Term], path: str, now: datetime) -> list[Term]:
    """The terms before this one whose publicity is over and that its board shows too (CS-09): of the same school, and of the
    stage of this class; newest first."""
    if not term.scheme.board.earlier_terms:
        return []
    found = [
        one
        for one in terms
        if one.path == term.path and one.starts_on < term.starts_on and one.grade(path) is not None and one.over(now, path)
    ]
    return sorted(found, key=lambda one: one.starts_on, reverse=True)


def need_open(term: Term, actor: Actor, now: datetime) -> None:
    """Refuse unless the window of the board is open (JX-07)."""
    operation = term.scheme.board.operation or term.scheme.timing.publicity_operation
    if operation is None:
        raise term.refusal("window_closed", term.scheme.rule("board"), detail="本方案没有公示")
    term.need_open(operation, actor.roles, now, actor.path, term.scheme.rule("board"))


def shown_fields(term: Term, record: RecordSnapshot, view_scope: ViewScope, *, listed_only: bool = False) -> tuple[Field, ...]:
    """The public fields of a record that this viewer may see; for lists only those that lists show."""
    fields = term.scheme.public_fields(record.kind, view_scope.role, view_scope.scope)
    return tuple(field for field in fields if field.listed or not listed_only)


def search_in(term: Term, words: str | None) -> tuple[bool, bool, tuple[str, ...]]:
    """Where the board is searched for `words`: in names, in titles, and the kinds whose title contains them."""
    fields = term.scheme.board.search
    spellings = [spelling.lower() for spelling in in_widths(words or "") if spelling]
    kinds = tuple(k.id for k in term.scheme.kinds if any(spelling in k.title.lower() for spelling in spellings))
    return "name" in fields, "title" in fields, kinds if "kind" in fields else ()
