"""What a viewer may see of the board: which entries, and which parts of them, by the scheme's allow-list (X-09)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.base import LEVELS, RecordSnapshot, ancestor, level_of, within
from people import in_widths
from scheme import CaseType, Field
from scheme.parts import BoardItem, Scope
from servicekit.auth import Actor
from servicekit.refusals import Refusal

from publicity.domain.terms import Term


@dataclass(frozen=True)
class ViewScope:
    """What a role may see on the board of one term: entries below `path` (of `students` only), and of them `shows`.

    paths: the grades or classes within that whose entries are published to the viewer now; None: all. cases: the types of case
    that may be opened about them now; None: all.
    """

    role: str
    scope: Scope
    path: str
    students: frozenset[UUID] | None
    shows: frozenset[BoardItem]
    paths: tuple[str, ...] | None = None
    cases: frozenset[str] | None = None

    def reaches(self, path: str, student_id: UUID) -> bool:
        """Whether an entry of this student in this class is visible."""
        inside = within(path, self.path) and (self.paths is None or any(within(path, one) for one in self.paths))
        return inside and (self.students is None or student_id in self.students)


def view_scope_of(term: Term, actor: Actor) -> ViewScope:
    """The viewer's scope by the board's rules. Another school's board is `not_found`; a role that the scheme does not name is
    refused."""
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


def scope_at(term: Term, actor: Actor, now: datetime, about: str | None = None) -> ViewScope:
    """The viewer's scope in the steps of publicity that are under way: each shows entries to the circle that it is for, and of
    them no more than it says (X-09).

    Where grades are in different steps, what is shown is what all of them show. about: a class, whose step alone counts.
    """
    scope = view_scope_of(term, actor)
    if not term.scheme.board.steps:
        return replace(scope, paths=term.shown_grades(now))
    parts = (about,) if about is not None else term.shown_grades(now) or (term.path,)
    paths, shows, cases = [], scope.shows, None
    for part in parts:
        running = term.step_at(part, now)
        seen = _circle(running.step.scope, part, actor) if running is not None else None
        if running is None or seen is None or not (within(seen, scope.path) or within(scope.path, seen)):
            continue
        step = running.step
        paths.append(seen)
        shows = shows & frozenset(step.shows) if step.shows is not None else shows
        if step.cases is not None:
            cases = frozenset(step.cases) if cases is None else cases & frozenset(step.cases)
    return replace(scope, paths=tuple(paths), shows=shows, cases=cases)


def _circle(level: str, part: str, actor: Actor) -> str | None:
    """What of a part of the school the viewer sees in a step for members of this level: of the own class, grade or school, and
    staff of all below their organisation."""
    below = LEVELS.index(level_of(actor.path)) >= LEVELS.index(level)
    circle = ancestor(actor.path, level) if below else actor.path
    if within(circle, part):
        return circle
    return part if within(part, circle) else None


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


def need_taken(term: Term, case_type: CaseType, path: str, now: datetime, rule: str) -> None:
    """Refuse a case about an entry of this class that the present step of publicity does not take; says when a later one
    does."""
    running = term.step_at(path, now)
    if running is None or running.step.cases is None or case_type.id in running.step.cases:
        return
    later = next(
        (one for one in term.steps(path) if one.starts >= running.ends and case_type.id in (one.step.cases or [case_type.id])),
        None,
    )
    when = f"；“{later.step.title}”从{later.starts.astimezone(term.zone):%Y-%m-%d %H:%M}起可以提出" if later else ""
    detail = f"现在是“{running.step.title}”，这一步不受理“{case_type.title}”{when}"
    raise term.refusal("window_closed", rule, detail=detail)


def shown_fields(term: Term, record: RecordSnapshot, view_scope: ViewScope, *, listed_only: bool = False) -> tuple[Field, ...]:
    """The public fields of a record that this viewer may see; for lists only those that lists show."""
    if "fields" not in view_scope.shows:
        return ()
    fields = term.scheme.public_fields(record.kind, view_scope.role, view_scope.scope)
    return tuple(field for field in fields if field.listed or not listed_only)


def search_in(term: Term, words: str | None) -> tuple[bool, bool, tuple[str, ...]]:
    """Where the board is searched for `words`: in names, in titles, and the kinds whose title contains them."""
    fields = term.scheme.board.search
    spellings = [spelling.lower() for spelling in in_widths(words or "") if spelling]
    kinds = tuple(k.id for k in term.scheme.kinds if any(spelling in k.title.lower() for spelling in spellings))
    return "name" in fields, "title" in fields, kinds if "kind" in fields else ()
