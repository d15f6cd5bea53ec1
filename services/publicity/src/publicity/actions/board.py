"""Looking at the board: only while it is open, only as far as the scheme lets one see, and every look is logged."""

from dataclasses import dataclass, replace
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
from publicity.results import Detail, Seen, Tree, cache_key
from publicity.store import board, entries, terms
from publicity.store.board import Place, Row


@dataclass(frozen=True)
class Filter:
    """What the viewer asks for."""

    path: str | None = None
    dimension: str | None = None
    kind: str | None = None
    q: str | None = None


async def _term(deps: Deps, tx: Tx, term_id: UUID) -> Term:
    term = await deps.directory.term(tx, term_id)
    if term is None:
        raise Refusal("not_found")
    return term


def _enter(deps: Deps, actor: Actor, term: Term) -> Sight:
    sight = rules.sight_of(term, actor)
    rules.need_open(term, actor, deps.now())
    return sight


async def look(deps: Deps, actor: Actor, term_id: UUID, wanted: Filter, after: Place | None, limit: int) -> Seen:
    """One page of the board (JX-07). The timetable at hand is good only if the page was looked up under the same version."""
    async with deps.db.transaction(durable=False) as tx:
        term, newest = deps.directory.cached(term_id), False
        while True:
            if term is None:
                term, newest = await _term(deps, tx, term_id), True
            try:
                sight = _enter(deps, actor, term)
            except Refusal:
                if newest:
                    raise
                term = None
                continue
            asked = _asked(deps, term, sight, wanted)
            version, rows = await board.page(tx, asked, after, limit)
            if version == term.version:
                await board.note_look(tx, asked, len(rows), actor, deps.now())
                break
            term = None
        held = {row.id: deps.items.get(cache_key(term, sight, row)) for row in rows}
        ready = {entry_id: view for entry_id, view in held.items() if view is not None}
        lacking = [row.id for row in rows if row.id not in ready]
        return Seen(term, sight, rows, ready, await board.snapshots(tx, lacking) if lacking else {})


def _asked(deps: Deps, term: Term, sight: Sight, wanted: Filter) -> board.Wanted:
    path = wanted.path or sight.path
    if not within(path, sight.path):
        raise Refusal("not_found")
    in_name, in_title, in_kinds = rules.search_in(term, wanted.q)
    return board.Wanted(
        term.id,
        None if path == term.path else path,
        sight.students,
        term.shown_grades(deps.now()),
        wanted.dimension,
        wanted.kind,
        wanted.q or None,
        in_name and "student_name" in sight.shows,
        in_title and "title" in sight.shows,
        in_kinds,
        "counts" in sight.shows,
    )


async def tree(deps: Deps, actor: Actor, term_id: UUID) -> Tree:
    """The board's directory with counts (CS-09)."""
    async with deps.db.reading() as tx:
        term = await _term(deps, tx, term_id)
        sight = _enter(deps, actor, term)
        path = None if sight.path == term.path else sight.path
        groups = await board.tree(tx, term.id, path, sight.students, term.shown_grades(deps.now()))
        return Tree(term, groups, await terms.titles_of(tx, {group.path for group in groups}))


async def look_closely(deps: Deps, actor: Actor, entry_id: UUID) -> Detail:
    """The whole of an entry, as far as this viewer may see it; the look is written down (X-09)."""
    async with deps.db.transaction() as tx:
        entry, term, sight = await in_sight(deps, tx, actor, entry_id)
        await board.note_view(tx, deps.now(), actor, entry.id)
        grade, room = (await terms.titles_of(tx, [entry.path])).get(entry.path, (None, None))
        row = Row(entry.id, entry.version, entry.open_cases, entry.path, entry.student_id, grade, room, None)
        if "counts" in sight.shows:
            row = replace(row, entries=await board.count_of(tx, term.id, entry.student_id))
        said = await board.cases_on(tx, entry.id) if "cases" in sight.shows else []
        return Detail(term, sight, row, entry.snapshot, said)


async def evidence_address(deps: Deps, actor: Actor, entry_id: UUID, evidence_id: UUID) -> str:
    """A short-lived address of the public copy of a file; the look is written down (X-09)."""
    async with deps.db.transaction() as tx:
        entry, _, sight = await in_sight(deps, tx, actor, entry_id)
        file = next((one for one in entry.snapshot.evidence if one.evidence_id == evidence_id), None)
        if file is None or "evidence" not in sight.shows:
            raise Refusal("not_found")
        await board.note_view(tx, deps.now(), actor, entry.id, evidence_id)
    return deps.storage.address(deps.settings.public_bucket, file.public_key, file.name, file.media_type)


async def in_sight(deps: Deps, tx: Tx, actor: Actor, entry_id: UUID) -> tuple[Entry, Term, Sight]:
    """A published entry that this viewer may see now. What is not published does not exist."""
    entry = await entries.find(tx, entry_id)
    if entry is None:
        raise Refusal("not_found")
    term = await _term(deps, tx, entry.term_id)
    sight = _enter(deps, actor, term)
    published = entry.state is State.SELECTED and term.published(deps.now(), entry.path)
    if not published or not sight.reaches(entry.path, entry.student_id):
        raise Refusal("not_found")
    return entry, term, sight
