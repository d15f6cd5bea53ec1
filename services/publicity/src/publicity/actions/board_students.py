"""The board by student: a list with counts, a student's page with its directory, and what is in a part of it (CS-09, X-09).

Open exactly while the term's board is; every look is logged. Where the scheme says so, a student's page also has what passed
publicity in earlier terms of the stage.
"""

from dataclasses import replace
from uuid import UUID

from contracts.base import within
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import find_student, students_named
from servicekit.refusals import Refusal

from publicity.actions.board import open_scope, term_of
from publicity.deps import Deps
from publicity.domain import board as rules
from publicity.domain.board import ViewScope
from publicity.domain.terms import Term
from publicity.results import StudentBoard, StudentEntries, StudentsPage
from publicity.store import board_students as store
from publicity.store import summaries, terms


async def listed(
    deps: Deps, actor: Actor, term_id: UUID, path: str | None, words: str | None, after: tuple[str, UUID] | None, limit: int
) -> StudentsPage:
    """Students who show entries, class by class, each with the number of entries (CS-09)."""
    async with deps.db.reading() as tx:
        term = await term_of(deps, tx, term_id)
        scope = open_scope(deps, actor, term)
        if "student_name" not in scope.shows:
            raise term.refusal("forbidden", "X-09")
        chosen = path or scope.path
        if not within(chosen, scope.path):
            raise Refusal("not_found")
        named = await students_named(tx, chosen, words) if words and rules.search_in(term, words)[0] else None
        if words and named is None:
            named = []
        earlier = [one.id for one in await _earlier(deps, tx, term, actor.path)]
        rows = await store.students(
            tx, term.id, None if chosen == term.path else chosen, scope.students, scope.paths,
            named, earlier, after, limit,
        )  # fmt: skip
        await store.log_look(tx, deps.now(), actor, term.id, chosen, searched=bool(words), entries=len(rows))
        return StudentsPage(term, scope, rows)


async def _earlier(deps: Deps, tx: Tx, term: Term, path: str) -> list[Term]:
    if not term.scheme.board.earlier_terms:
        return []
    known = await deps.directory.of_school(tx, term.path)
    # Whoever looks may be staff of the school, whose path has no grade: every term of the stage that is over counts then.
    if term.grade(path) is None:
        return [one for one in known if one.starts_on < term.starts_on and one.over(deps.now(), path)]
    return rules.earlier_terms(term, known, path, deps.now())


async def read_student(deps: Deps, actor: Actor, term_id: UUID, student_id: UUID) -> StudentBoard:
    """A student's page: terms as tabs, dimensions and kinds with counts. Without any published entry it is `not_found`."""
    async with deps.db.reading() as tx:
        term, scope, path, earlier = await _visible(deps, tx, actor, term_id, student_id)
        counts = await store.kinds_of(tx, student_id, term.id, [one.id for one in earlier])
        student = await find_student(tx, student_id)
        if student is None or not counts:
            raise Refusal("not_found")
        total = sum(count.entries for count in counts)
        await store.log_look(
            tx, deps.now(), actor, term.id, path, searched=False, entries=total, student_id=student_id
        )  # fmt: skip
        titles = (await terms.titles_of(tx, [path])).get(path, (student.grade_title, student.class_title))
        shown = [one.id for one in (term, *earlier)] if "fields" in scope.shows else []
        written = await summaries.of_student(tx, student_id, shown)
        return StudentBoard(term, earlier, scope, student, path, titles, counts, written)


async def read_entries(
    deps: Deps,
    actor: Actor,
    term_id: UUID,
    student_id: UUID,
    tab: UUID | None,
    dimension: str | None,
    kind: str | None,
    after: UUID | None,
    limit: int,
) -> StudentEntries:
    """What a student shows in one tab (None: all), of a dimension or kind (None: all), newest first; logged."""
    async with deps.db.reading() as tx:
        term, scope, path, earlier = await _visible(deps, tx, actor, term_id, student_id)
        kinds = _kinds(term, dimension, kind)
        shown = [one for one in earlier if tab in (None, one.id)]
        found = await store.entries_of(
            tx, student_id, term.id if tab in (None, term.id) else None, [one.id for one in shown], kinds, after, limit
        )
        await store.log_look(
            tx, deps.now(), actor, term.id, path, searched=False, entries=len(found), student_id=student_id
        )  # fmt: skip
        titles = await terms.titles_of(tx, {entry.path for entry in found})
        whole = {one.id: rules.view_scope_of(one, actor) for one in shown}
        scopes = {key: replace(one, shows=one.shows & scope.shows) for key, one in whole.items()} | {term.id: scope}
        return StudentEntries({one.id: one for one in (term, *earlier)}, scopes, found, titles)


def _kinds(term: Term, dimension: str | None, kind: str | None) -> list[str] | None:
    """The kinds of a part of the directory; None: all. Of what the scheme does not have: none."""
    if kind is not None:
        return [kind]
    if dimension is None:
        return None
    return [one.id for part in term.scheme.dimensions if part.id == dimension for one in part.kinds]


async def _visible(
    deps: Deps, tx: Tx, actor: Actor, term_id: UUID, student_id: UUID
) -> tuple[Term, ViewScope, str, list[Term]]:
    """The term, what the viewer may see of it, the student's class and the earlier terms of the page.

    `not_found` if the student is out of the viewer's scope, or their grade's publicity is not open.
    """
    term = await term_of(deps, tx, term_id)
    student = await find_student(tx, student_id)
    scope = open_scope(deps, actor, term, student.path if student is not None else None)
    if student is None or "student_name" not in scope.shows or not scope.reaches(student.path, student_id):
        raise Refusal("not_found")
    if not term.published(deps.now(), student.path):
        raise Refusal("not_found")
    return term, scope, student.path, await _earlier(deps, tx, term, student.path)
