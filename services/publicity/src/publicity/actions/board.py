"""Reading the board: only while it is open, only what the scheme shows this viewer, and every look is logged (X-09)."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from contracts.base import within
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Student, find_student, opted_out, students_named
from servicekit.files import StoredObject, neutrally_named
from servicekit.refusals import MEANINGS, Refusal

from publicity.actions import malicious
from publicity.deps import Deps
from publicity.domain import board as rules
from publicity.domain.board import ViewScope
from publicity.domain.cases import complaint_type
from publicity.domain.entries import Entry, State
from publicity.domain.terms import Term
from publicity.results import BoardPage, BoardTree, EntryDetail, ReportDetail, ReportPage, cache_key
from publicity.store import board, cases, entries, terms
from publicity.store.board import BoardPosition, BoardQuery, BoardRow

_MOST_IN_REPORT = 1000
"""Entries of one student in one term."""


@dataclass(frozen=True)
class BoardFilter:
    """What the viewer asks for."""

    path: str | None = None
    dimension: str | None = None
    kind: str | None = None
    q: str | None = None
    student_id: UUID | None = None


async def term_of(deps: Deps, tx: Tx, term_id: UUID) -> Term:
    """The term; `not_found` where there is none."""
    term = await deps.directory.term(tx, term_id)
    if term is None:
        raise Refusal("not_found")
    return term


def open_scope(deps: Deps, actor: Actor, term: Term, about: str | None = None) -> ViewScope:
    """What this viewer may see now (`about`: of this class); refuses while the board is closed."""
    scope = rules.scope_at(term, actor, deps.now(), about)
    rules.need_open(term, actor, deps.now())
    return scope


async def read_page(
    deps: Deps, actor: Actor, term_id: UUID, asked: BoardFilter, after: BoardPosition | None, limit: int
) -> BoardPage:
    """One page of the board (JX-07), logged (X-09).

    The cached timetable decides only if the term still had that version when the page was read; else both are read again.
    """
    term, is_newest = deps.directory.cached(term_id), False
    async with deps.db.reading() as tx:  # one statement reads the page and logs the look: it needs no transaction around it
        while True:
            if term is None:
                term, is_newest = await term_of(deps, tx, term_id), True
            try:
                scope = open_scope(deps, actor, term)
            except Refusal:
                if is_newest:
                    raise
                term = None
                continue
            query = await _query(tx, term, scope, asked)
            version, rows = await board.log_and_read_page(tx, query, after, limit, term.version, actor, deps.now())
            if version == term.version:
                break
            term = None
        cached = {row.id: view for row in rows if (view := deps.items.get(cache_key(term, scope, row))) is not None}
        missing = [row.id for row in rows if row.id not in cached]
        return BoardPage(term, scope, rows, cached, await board.snapshots(tx, missing) if missing else {})


async def _query(tx: Tx, term: Term, scope: ViewScope, asked: BoardFilter) -> BoardQuery:
    path = asked.path or scope.path
    if not within(path, scope.path):
        raise Refusal("not_found")
    in_name, in_title, in_kinds = rules.search_in(term, asked.q)
    in_name = in_name and "student_name" in scope.shows
    return BoardQuery(
        term.id,
        None if path == term.path else path,
        scope.students if asked.student_id is None else frozenset({asked.student_id}) & (scope.students or {asked.student_id}),
        scope.paths,
        asked.dimension,
        asked.kind,
        asked.q or None,
        in_name,
        in_title and "title" in scope.shows,
        in_kinds if "kind" in scope.shows else (),
        await students_named(tx, path, asked.q) if asked.q and in_name else (),
        "counts" in scope.shows,
    )


async def read_tree(deps: Deps, actor: Actor, term_id: UUID) -> BoardTree:
    """The classes of the board with counts (CS-09)."""
    async with deps.db.reading() as tx:
        term = await term_of(deps, tx, term_id)
        scope = open_scope(deps, actor, term)
        path = None if scope.path == term.path else scope.path
        groups = await board.tree(tx, term.id, path, scope.students, scope.paths)
        return BoardTree(term, "counts" in scope.shows, groups, await terms.titles_of(tx, {group.path for group in groups}))


async def read_entry(deps: Deps, actor: Actor, entry_id: UUID) -> EntryDetail:
    """The whole of an entry, as far as this viewer may see it; logged (X-09)."""
    async with deps.db.transaction() as tx:
        entry, term, scope = await find_visible_entry(deps, tx, actor, entry_id)
        await board.log_view(tx, deps.now(), actor, entry.id)
        grade_title, class_title = (await terms.titles_of(tx, [entry.path])).get(entry.path, (None, None))
        row = BoardRow(entry.id, entry.version, entry.open_cases, entry.path, entry.student_id, grade_title, class_title, None)
        if "counts" in scope.shows:
            row = replace(row, entries=await entries.count(tx, term.id, State.SELECTED, entry.student_id))
        about = await board.cases_on(tx, entry.id) if "cases" in scope.shows else []
        refused = await _complaint_refused(deps, tx, actor, term, entry, scope)
        return EntryDetail(term, scope, row, entry.snapshot, about, actor.roles, refused)


async def _complaint_refused(deps: Deps, tx: Tx, actor: Actor, term: Term, entry: Entry, scope: ViewScope) -> str | None:
    """Why the viewer cannot object to this entry, though their role might (JX-08, X-08)."""
    case_type = complaint_type(term.scheme, actor.roles)
    if case_type is None:
        return None
    if complaint_type(term.scheme, actor.roles, scope.cases) is None:
        try:
            rules.need_taken(term, case_type, entry.path, deps.now(), term.scheme.rule("complaint.window"))
        except Refusal as refusal:
            return refusal.detail
    if entry.student_id in actor.students and not case_type.own_too:
        return MEANINGS["own_record"].title
    if entry.student_id not in actor.students and await malicious.is_blocked(deps, tx, actor, term):
        return malicious.blocked(term).meaning.title
    if case_type.one_open and await cases.has_open(tx, entry.id, deps.complainants.person(actor).pseudonym):
        return MEANINGS["case_open_already"].title
    return None


async def board_terms(deps: Deps, actor: Actor) -> list[Term]:
    """The terms of the school that the viewer belongs to, newest first."""
    async with deps.db.reading() as tx:
        return await deps.directory.of_school(tx, actor.path)


async def find_evidence(deps: Deps, actor: Actor, entry_id: UUID, evidence_id: UUID, preview: bool = False) -> StoredObject:
    """The public copy of a file, or its small picture; logged (X-09)."""
    async with deps.db.transaction() as tx:
        entry, _, scope = await find_visible_entry(deps, tx, actor, entry_id)
        file = next((file for file in neutrally_named(entry.snapshot.evidence) if file.evidence_id == evidence_id), None)
        if file is None or "evidence" not in scope.shows:
            raise Refusal("not_found")
        await board.log_view(tx, deps.now(), actor, entry.id, evidence_id)
    if not preview:
        return StoredObject(deps.settings.public_bucket, file.public_key, file.name, file.media_type)
    if file.preview_key is None:
        raise Refusal("not_found")
    return _preview(deps, file.name, file.preview_key)


async def find_previews(
    deps: Deps, actor: Actor, files: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], StoredObject]:
    """The small pictures of files, each given by its entry and itself; logged (X-09).

    What the viewer may not see, and what has none, is left out; if nothing is left, the refusal says why.
    """
    found: dict[tuple[UUID, UUID], StoredObject] = {}
    refused = Refusal("not_found")
    async with deps.db.transaction() as tx:
        for entry in await entries.find_all(tx, {entry_id for entry_id, _ in files}):
            try:
                _, scope = await _visible(deps, tx, actor, entry)
            except Refusal as refusal:
                refused = refusal
                continue
            for file in neutrally_named(entry.snapshot.evidence) if "evidence" in scope.shows else ():
                if (entry.id, file.evidence_id) in files and file.preview_key is not None:
                    found[entry.id, file.evidence_id] = _preview(deps, file.name, file.preview_key)
        if not found:
            raise refused
        await board.log_file_views(tx, deps.now(), actor, found)
    return found


def _preview(deps: Deps, name: str, key: str) -> StoredObject:
    return StoredObject(deps.settings.public_bucket, key, f"{name}.jpg", "image/jpeg", inline=True)


async def _term_with_reports(deps: Deps, tx: Tx, term_id: UUID) -> Term:
    term = await term_of(deps, tx, term_id)
    if not term.report_kinds(term.path):
        raise Refusal("not_found")
    return term


async def reports(
    deps: Deps, actor: Actor, term_id: UUID, path: str | None, after: tuple[str, UUID] | None, limit: int
) -> ReportPage:
    """One page of the students whose reports this viewer may see (SH-08); `not_found` if no reports are published."""
    async with deps.db.reading() as tx:
        term = await _term_with_reports(deps, tx, term_id)
        scope = open_scope(deps, actor, term)
        path = path or scope.path
        if not within(path, scope.path):
            raise Refusal("not_found")
        students = None if scope.students is None else sorted(scope.students)
        return ReportPage(term, scope, await board.report_rows(tx, term.id, path, students, scope.paths, after, limit))


async def read_report(deps: Deps, actor: Actor, term_id: UUID, student_id: UUID) -> ReportDetail:
    """The whole report of one student, as far as this viewer may see it; logged (X-09)."""
    async with deps.db.reading() as tx:
        term, _, student = await find_visible_report(deps, tx, actor, term_id, student_id)
        titles = (await terms.titles_of(tx, [student.path])).get(student.path)
    page = await read_page(deps, actor, term_id, BoardFilter(student_id=student_id), None, _MOST_IN_REPORT)
    async with deps.db.reading() as tx:
        records = await board.snapshots(tx, [row.id for row in page.rows])
    case_type = complaint_type(term.scheme, actor.roles)
    own = student_id in actor.students
    refused = MEANINGS["own_record"].title if own and case_type and not case_type.own_too else None
    return ReportDetail(page, student, records, titles[1] if titles else None, own, actor.roles, refused)


async def find_visible_report(
    deps: Deps, tx: Tx, actor: Actor, term_id: UUID, student_id: UUID
) -> tuple[Term, ViewScope, Student]:
    """A student whose published report this viewer may see now; any other is `not_found`.

    Who does not take part in the term has none (SH-03): the own side and staff read why.
    """
    term, student = await _term_with_reports(deps, tx, term_id), await find_student(tx, student_id)
    scope = open_scope(deps, actor, term, student.path if student is not None else None)
    if student is None or not within(student.path, term.path) or not scope.reaches(student.path, student_id):
        raise Refusal("not_found")
    if not term.published(deps.now(), student.path):
        raise Refusal("not_found")
    if await opted_out(tx, term_id, [student_id]):
        if actor.is_staff or student_id in actor.students:
            raise term.refusal("not_participating", term.scheme.rule("participation"))
        raise Refusal("not_found")
    return term, scope, student


async def find_visible_entry(deps: Deps, tx: Tx, actor: Actor, entry_id: UUID) -> tuple[Entry, Term, ViewScope]:
    """A published entry that this viewer may see now; any other is `not_found`."""
    entry = await entries.find(tx, entry_id)
    if entry is None:
        raise Refusal("not_found")
    return entry, *await _visible(deps, tx, actor, entry)


async def _visible(deps: Deps, tx: Tx, actor: Actor, entry: Entry) -> tuple[Term, ViewScope]:
    """The term of a published entry and what this viewer may see of it now; `not_found` if nothing."""
    term = await term_of(deps, tx, entry.term_id)
    scope = rules.scope_at(term, actor, deps.now(), entry.path)
    later = await _shown_later(deps, tx, actor, entry, term) if entry.state is State.CLEARED else None
    if later is not None:
        published = True
        scope = replace(rules.view_scope_of(term, actor), shows=scope.shows & later.shows, paths=later.paths)
    else:
        rules.need_open(term, actor, deps.now())
        published = entry.state is State.SELECTED and term.published(deps.now(), entry.path)
    if not published or not scope.reaches(entry.path, entry.student_id):
        raise Refusal("not_found")
    return term, scope


async def _shown_later(deps: Deps, tx: Tx, actor: Actor, entry: Entry, term: Term) -> ViewScope | None:
    """What an open board of a later term shows the viewer of this entry, which passed publicity in `term` (CS-09)."""
    now = deps.now()
    for one in await deps.directory.of_school(tx, term.path):
        is_open = one.published(now, entry.path) and one.board_ends(actor.roles, actor.path, now) is not None
        if is_open and term.id in {earlier.id for earlier in rules.earlier_terms(one, [term], entry.path, now)}:
            return rules.scope_at(one, actor, now, entry.path)
    return None
