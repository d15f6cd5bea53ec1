"""Looking at the board: only while it is open, only as far as the scheme lets one see, and every look is logged."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.base import within
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal

from publicity.deps import Deps
from publicity.domain import board as rules
from publicity.domain.board import Sight
from publicity.domain.entries import Entry, State
from publicity.domain.terms import Term
from publicity.store import board, entries, terms

type Titles = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Filter:
    """What the viewer asks for."""

    path: str | None = None
    dimension: str | None = None
    kind: str | None = None
    q: str | None = None


@dataclass(frozen=True)
class Seen:
    """Entries in sight, with the titles of their classes and, where shown, how many each student has."""

    term: Term
    sight: Sight
    entries: list[Entry]
    titles: Titles
    counts: dict[UUID, int]


@dataclass(frozen=True)
class Tree:
    """Counts per class and dimension, in sight."""

    term: Term
    groups: list[board.Group]
    students: dict[str, int]
    titles: Titles


async def _open_board(deps: Deps, tx: Tx, actor: Actor, term_id: UUID) -> tuple[Term, Sight]:
    term = await terms.find_term(tx, deps.schemes, term_id)
    if term is None:
        raise Refusal("not_found")
    sight = rules.sight_of(term, actor)
    rules.need_open(term, actor, deps.now())
    return term, sight


async def look(
    deps: Deps, actor: Actor, term_id: UUID, wanted: Filter, after: tuple[str, UUID, UUID] | None, limit: int
) -> Seen:
    """One page of the board (JX-07)."""
    async with deps.db.reading() as tx:
        term, sight = await _open_board(deps, tx, actor, term_id)
        path = wanted.path or sight.path
        if not within(path, sight.path):
            raise Refusal("not_found")
        in_name, in_title, in_kinds = rules.search_in(term, wanted.q)
        asked = board.Wanted(
            term.id, path, sight.students, wanted.dimension, wanted.kind, wanted.q or None,
            in_name and "student_name" in sight.shows, in_title and "title" in sight.shows, in_kinds,
        )  # fmt: skip
        found = await board.page(tx, asked, after, limit)
        titles = await terms.titles_of(tx, {entry.path for entry in found})
        counts = {}
        if "counts" in sight.shows and found:
            counts = await board.per_student(tx, term.id, {entry.student_id for entry in found})
        return Seen(term, sight, found, titles, counts)


async def tree(deps: Deps, actor: Actor, term_id: UUID) -> Tree:
    """The board's directory with counts (CS-09)."""
    async with deps.db.reading() as tx:
        term, sight = await _open_board(deps, tx, actor, term_id)
        groups = await board.tree(tx, term.id, sight.path, sight.students)
        students = await board.count_students(tx, term.id, sight.path, sight.students)
        return Tree(term, groups, students, await terms.titles_of(tx, {group.path for group in groups}))


@dataclass(frozen=True)
class Detail:
    """One entry in sight, with what was said against it."""

    seen: Seen
    entry: Entry
    cases: list[Any]


async def look_closely(deps: Deps, actor: Actor, entry_id: UUID) -> Detail:
    """The whole of an entry, as far as this viewer may see it; the look is written down (X-09)."""
    async with deps.db.transaction() as tx:
        entry, term, sight = await in_sight(deps, tx, actor, entry_id)
        await board.note_view(tx, deps.now(), actor.account_id, actor.card_id, actor.role, entry.id)
        titles = await terms.titles_of(tx, [entry.path])
        said = await board.cases_on(tx, entry.id) if "cases" in sight.shows else []
        counts = {}
        if "counts" in sight.shows:
            counts = await board.per_student(tx, term.id, [entry.student_id])
        return Detail(Seen(term, sight, [entry], titles, counts), entry, said)


async def evidence_address(deps: Deps, actor: Actor, entry_id: UUID, evidence_id: UUID) -> str:
    """A short-lived address of the public copy of a file; the look is written down (X-09)."""
    async with deps.db.transaction() as tx:
        entry, _, sight = await in_sight(deps, tx, actor, entry_id)
        file = next((one for one in entry.snapshot.evidence if one.evidence_id == evidence_id), None)
        if file is None or "evidence" not in sight.shows:
            raise Refusal("not_found")
        await board.note_view(tx, deps.now(), actor.account_id, actor.card_id, actor.role, entry.id, evidence_id)
    return deps.storage.address(deps.settings.public_bucket, file.public_key, file.name, file.media_type)


async def in_sight(deps: Deps, tx: Tx, actor: Actor, entry_id: UUID) -> tuple[Entry, Term, Sight]:
    """A published entry that this viewer may see now. What is not published does not exist."""
    entry = await entries.find(tx, entry_id)
    if entry is None:
        raise Refusal("not_found")
    term, sight = await _open_board(deps, tx, actor, entry.term_id)
    if entry.state is not State.SELECTED or not sight.reaches(entry.path, entry.student_id):
        raise Refusal("not_found")
    return entry, term, sight
