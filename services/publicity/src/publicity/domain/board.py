"""What a viewer may see of the board: how far, and which items, by the scheme's allow-list (X-09)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.base import LEVELS, RecordSnapshot, ancestor, level_of, within
from scheme import Field
from scheme.parts import BoardItem, Scope
from servicekit.auth import Actor
from servicekit.refusals import Refusal

from publicity.domain.terms import Term


@dataclass(frozen=True)
class Sight:
    """How far a viewer sees on the board of one term, and what."""

    role: str
    scope: Scope
    path: str
    students: frozenset[UUID] | None
    shows: frozenset[BoardItem]

    def reaches(self, path: str, student_id: UUID) -> bool:
        """Does an entry of this student in this class lie within?"""
        return within(path, self.path) and (self.students is None or student_id in self.students)


def sight_of(term: Term, actor: Actor) -> Sight:
    """The viewer's sight. Another school's board does not exist; a role that the scheme does not name sees nothing."""
    if not within(actor.path, term.path):
        raise Refusal("not_found")
    rule = next((rule for rule in term.scheme.board.rules if actor.is_(rule.role)), None)
    if rule is None:
        raise Refusal("forbidden", rule="X-09", scheme=term.scheme_name)
    level = "class" if rule.scope == "own" else rule.scope
    if LEVELS.index(level_of(actor.path)) < LEVELS.index(level):
        raise Refusal("forbidden", rule="X-09", scheme=term.scheme_name)
    students = actor.students if rule.scope == "own" else None
    return Sight(rule.role, rule.scope, ancestor(actor.path, level), students, term.scheme.board.shows(rule.role, rule.scope))


def need_open(term: Term, actor: Actor, now: datetime) -> None:
    """The board is there only while its window is open (JX-07)."""
    operation = term.scheme.board.operation or term.scheme.timing.publicity_operation
    if operation is None:
        raise Refusal("window_closed", rule=term.scheme.rule("board"), detail="本方案没有公示", scheme=term.scheme_name)
    term.need_open(operation, actor.roles, now, actor.path, term.scheme.rule("board"))


def shown_fields(term: Term, record: RecordSnapshot, sight: Sight, *, listed_only: bool = False) -> tuple[Field, ...]:
    """The public fields of a record in this sight; for lists only those that lists show."""
    fields = term.scheme.public_fields(record.kind, sight.role, sight.scope)
    return tuple(field for field in fields if field.listed or not listed_only)


def search_in(term: Term, words: str | None) -> tuple[bool, bool, tuple[str, ...]]:
    """Where words may be found on this board: in names, in titles, and the kinds whose title holds them."""
    places = term.scheme.board.search
    kinds = tuple(kind.id for kind in term.scheme.kinds if words and words.lower() in kind.title.lower())
    return "name" in places, "title" in places, kinds if "kind" in places else ()
