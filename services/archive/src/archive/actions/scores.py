"""Entering scores and adjustments, and reading and moving the score sheets of classes (BJ-10, X-15)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts.archive import ScoresLockedV1, ScoresUnlockedV1
from contracts.base import within
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Student, find_student, find_students, opted_out
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.actions import statistics
from archive.actions.score_rows import earlier_results, rows_of, shares_of
from archive.deps import ArchiveDeps
from archive.domain import consents as consent_rules
from archive.domain import score_sheets as sheets
from archive.domain import score_values
from archive.domain import scores as rules
from archive.domain.consents import BandConsent
from archive.domain.evaluations import Author, need_still_enrolled
from archive.domain.found import need_found
from archive.domain.material import whole_stage
from archive.domain.score_runs import Mover
from archive.domain.score_sheets import LockedScore, ScoredClass, Sheet, SheetAction, SheetRow
from archive.domain.scores import Adjustment, NewScore, Score
from archive.domain.student_material import StudentMaterial, student_material
from archive.domain.terms import ArchiveTerm
from archive.results import ClassSheet, FullSheet, MoveOutcome, ScoreOutcome
from archive.store import audit, consents, score_imports, terms
from archive.store import scores as store
from archive.store.material import material as recorded_material

_MOST_CLASSES = 1_000
"""Classes of a school at most."""
_OWN = 50
"""Locked scores and adjustments of one card at most."""


async def enter(deps: ArchiveDeps, actor: Actor, term_id: UUID, part: str, given: Sequence[NewScore]) -> list[ScoreOutcome]:
    """Enter or change values of one part in one transaction; a refused one stays as it was. In the given order."""
    now = deps.now()
    ids = {one.student_id for one in given}
    outcomes: list[ScoreOutcome] = []
    changed: dict[tuple[UUID, str], Score] = {}
    async with deps.db.transaction() as tx:
        term = within_term(actor, await terms.share_term(tx, deps.directory, term_id))
        rule = rules.need_part(term, part, actor.roles, adjusts=False)
        students = await find_students(tx, sorted(ids))
        found = await store.lock_sheets(tx, term_id, {s.path for s in students.values() if within(s.path, term.path)},
                                        to_change=False)  # fmt: skip
        author = Author(actor.account_id, actor.name)
        scorer = actor.account_id if rule.scorers == "each" else rules.ANYBODY
        old = await store.lock(tx, term_id, part, ids, scorer)
        missing = any((one.student_id, one.dimension) not in old for one in given)
        gone = await score_imports.last_versions(tx, term_id, part, ids, scorer) if missing else {}
        out = await opted_out(tx, term_id, ids)
        earlier = await earlier_results(tx, term, list(students.values())) if rule.asks else {}
        for one in given:
            student = students.get(one.student_id)
            try:
                _need_scorable(term, actor, student, out)
                assert student is not None
                if rule.asks and not score_values.lacks_year(term, rule, one.dimension, earlier.get(student.id, ())):
                    raise rules.not_asked(term)
                sheets.need_enterable(term, found[student.path])
                term.need_open(rule.operation or "", actor.roles, now, student.path, term.scheme.rule(rules.RULE))
                before = old.get((one.student_id, one.dimension))
                last = gone.get((one.student_id, one.dimension), 0)
                new = rules.enter(term, rule, student.path, one, before, author, now, last)
            except Refusal as refusal:
                outcomes.append(ScoreOutcome(one, None, refusal))
                continue
            if new is not None:
                changed[one.student_id, one.dimension] = new
            outcomes.append(ScoreOutcome(one, new or before, None))
        if changed and not await store.save(tx, changed.values()):
            raise Refusal("stale_version")
    return outcomes


def _need_scorable(term: ArchiveTerm, actor: Actor, student: Student | None, out: frozenset[UUID]) -> None:
    """Refuse students of others, those who left, and those who take no part (SH-03)."""
    if student is None or not within(student.path, term.path):
        raise Refusal("not_found")
    actor.need(student.path)
    rules.need_not_own(term, actor.own_students, student.id)
    need_still_enrolled(student, term)
    if student.id in out:
        raise term.refusal("not_participating", term.scheme.rule("participation"))


async def adjust(
    deps: ArchiveDeps, actor: Actor, term_id: UUID, part: str, student_id: UUID, dimension: str, points: str, reason: str
) -> Adjustment:
    """Give a bonus or deduction with its reason (BJ-10)."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        term = within_term(actor, await terms.share_term(tx, deps.directory, term_id))
        rule = rules.need_part(term, part, actor.roles, adjusts=True)
        student = await find_student(tx, student_id)
        _need_scorable(term, actor, student, await opted_out(tx, term_id, [student_id]))
        assert student is not None
        [sheet] = (await store.lock_sheets(tx, term_id, [student.path], to_change=False)).values()
        sheets.need_enterable(term, sheet)
        rules.need_counts(term, rule, student.path)
        term.need_open(rule.operation or "", actor.roles, now, student.path, term.scheme.rule(rules.RULE))
        rules.need_dimension(term, dimension)
        made = Adjustment(
            new_id(), term_id, student.id, student.path, rule.id, dimension, rules.need_points(term, rule, points),
            rules.clean_reason(term, rule.reason, reason), Author(actor.account_id, actor.name), now,
        )  # fmt: skip
        await store.add_adjustment(tx, made)
        await audit.write(
            tx, now, actor, "score.adjusted", student.path, student.id,
            term=str(term_id), part=part, dimension=dimension, points=str(made.points),
        )  # fmt: skip
    return made


async def withdraw(deps: ArchiveDeps, actor: Actor, adjustment_id: UUID, reason: str) -> Adjustment:
    """Take back a bonus or deduction, with a reason; it stays visible. Again, it changes nothing."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        old = need_found(await store.lock_adjustment(tx, adjustment_id))
        student = need_found(await find_student(tx, old.student_id))
        actor.need(student.path)
        term = within_term(actor, await terms.share_term(tx, deps.directory, old.term_id))
        rule = rules.need_part(term, old.part, actor.roles, adjusts=True)
        if old.withdrawn_at is not None:
            return old
        rules.need_not_own(term, actor.own_students, student.id)
        [sheet] = (await store.lock_sheets(tx, term.id, [student.path], to_change=False)).values()
        sheets.need_enterable(term, sheet)
        term.need_open(rule.operation or "", actor.roles, now, student.path, term.scheme.rule(rules.RULE))
        because = rules.clean_reason(term, rule.reason, reason)
        new = replace(old, withdrawn_at=now, withdrawn_by=actor.name, withdrawn_because=because)
        await store.withdraw(tx, new)
        await audit.write(
            tx, now, actor, "score.adjustment_withdrawn", student.path, student.id,
            term=str(term.id), adjustment=str(old.id), points=str(old.points),
        )  # fmt: skip
    return new


async def move(
    deps: ArchiveDeps, actor: Actor, term_id: UUID, action: SheetAction, reason: str, seen: Sequence[tuple[str, int]]
) -> tuple[ArchiveTerm, list[MoveOutcome]]:
    """Pass on, return, lock or unlock the sheets of classes, each for itself. `seen`: path and version of each (BJ-10)."""
    async with deps.db.transaction() as tx:
        term = within_term(actor, await terms.share_term(tx, deps.directory, term_id))
        term.need_scored()
        foreign = {path for path, _ in seen if not actor.covers(path)}
        by = Mover(actor.account_id, actor.name, actor.roles)
        mine = [one for one in seen if one[0] not in foreign]
        moved = {one.path: one for one in await move_classes(tx, term, by, action, reason, mine, deps.now())}
        unknown = [MoveOutcome(path, None, Refusal("not_found")) for path in foreign]
        by_path = moved | {one.path: one for one in unknown}
    return term, [by_path[path] for path, _ in seen]


async def move_classes(
    tx: Tx, term: ArchiveTerm, by: Mover, action: SheetAction, reason: str, seen: Sequence[tuple[str, int]], now: datetime
) -> list[MoveOutcome]:
    """Move the sheets of classes of a term that is held, each for itself; the reason why not stands with the others."""
    outcomes: list[MoveOutcome] = []
    known = {row.path for row in await classes_of(tx, term, term.path)}
    mine = [path for path, _ in seen if path in known]
    found = await store.lock_sheets(tx, term.id, mine, to_change=True)
    scopes: dict[str, list[SheetRow]] = {}
    author = Author(by.account_id, by.name)
    for path, version in seen:
        try:
            if path not in found:
                raise Refusal("not_found")
            sheet = found[path]
            sheets.need_version(sheet, version)
            new, because = sheets.move(term, sheet, action, by.roles, reason, now)
            sheets.need_formed(term, path)
            asked = await _check(tx, term, sheet, new, action, scopes, now)
        except Refusal as refusal:
            outcomes.append(MoveOutcome(path, None, refusal))
            continue
        await consents.save(tx, asked, author, now)
        role = sheets.acting(term, sheet, action)
        await store.save_sheet(tx, new, action, because, author, role, now)
        await audit.write(tx, now, author, f"scores.{action}", path, None, term=str(term.id), version=new.version)
        if action == "lock":
            await outbox.add(tx, await _locked_event(tx, term, new, now))
        elif action == "unlock":
            await outbox.add(tx, ScoresUnlockedV1(term_id=term.id, path=path, version=new.version, at=now))
        found[path] = new
        outcomes.append(MoveOutcome(path, new, None))
    if action in ("lock", "unlock"):
        await statistics.recount(tx, term, [one.path for one in outcomes if one.sheet is not None])
    return outcomes


async def _check(
    tx: Tx, term: ArchiveTerm, old: Sheet, new: Sheet, action: SheetAction, scopes: dict[str, list[SheetRow]], now: datetime
) -> list[BandConsent]:
    """Refuse to hand over or lock while something is missing, and to lock while a share is exceeded or consent is missing; a
    lock stores what it locks. What is asked of the level above, or no longer (X-15). scopes: see `shares_of`."""
    if action in ("return", "unlock"):
        return consent_rules.stop_asking((await consents.of_class(tx, term.id, old.path)).values(), now)
    hands_over = action == "pass" and old.step == 0
    if not hands_over and action != "lock":
        return []
    rows, _ = await rows_of(tx, term, old.path)
    sheets.need_complete(term, rows)
    known = await consents.lock(tx, term.id, [row.student.id for row in rows]) if term.need_scored().consents else {}
    if hands_over:
        consent_rules.need_reasons(term, rows, known)
        return consent_rules.ask(term, rows, known, now)
    consent_rules.need_consents(term, rows, known)
    sheets.need_shares(term, await shares_of(tx, term, old.path, rows, scopes))
    await store.save_locked(tx, [sheets.locked_score(term, new, row) for row in rows])
    return []


async def _locked_event(tx: Tx, term: ArchiveTerm, sheet: Sheet, now: datetime) -> ScoresLockedV1:
    """The event of a lock, with the results of the class where they are published (X-15)."""
    rows = (await rows_of(tx, term, sheet.path))[0] if term.need_scored().publicity is not None else []
    return ScoresLockedV1(
        term_id=term.id, path=sheet.path, title=term.title, version=sheet.version, at=now,
        results=tuple(sheets.student_result(row) for row in rows),
    )  # fmt: skip


async def read(deps: ArchiveDeps, actor: Actor, term_id: UUID, path: str) -> FullSheet:
    """The sheet of a class for those who enter, check or lock, or see all that is known of its students."""
    async with deps.db.reading() as tx:
        term = _scored(within_term(actor, await terms.term(tx, deps.directory, term_id)))
        actor.need(path)
        sheets.need_may_read(term, actor)
        row = need_found(next((one for one in await _classes(tx, term, path, None, 2) if one.path == path), None))
        head = _head(actor, term, row, (await store.sheets(tx, term_id, [path])).get(path))
        rows, given = await rows_of(tx, term, path)
        known = await consents.of_class(tx, term_id, path) if term.need_scored().consents else {}
        return FullSheet(
            head, rows, given, await shares_of(tx, term, path, rows, {}), await store.moves(tx, term_id, path), known
        )  # fmt: skip


async def material(deps: ArchiveDeps, actor: Actor, term_id: UUID, student_id: UUID) -> StudentMaterial:
    """What was recorded of a student over the years of the stage, for those who enter, check or consent to results."""
    async with deps.db.reading() as tx:
        term = _scored(within_term(actor, await terms.term(tx, deps.directory, term_id)))
        student = need_found(await find_student(tx, student_id))
        if not within(student.path, term.path):
            raise Refusal("not_found")
        actor.need(student.path)
        sheets.need_may_read(term, actor)
        found = await recorded_material(tx, [student], whole_stage(term, [student.path]))
        ids = {record.snapshot.term_id for record in found[student.id].records}
        known = {one.id: one for one in await terms.terms_by_id(tx, deps.directory, ids)}
        locked = await store.locked(tx, [student.id])
    return student_material(term, known, replace(found[student.id], locked=tuple(locked.get(student.id, ()))))


async def page(
    deps: ArchiveDeps, actor: Actor, term_id: UUID, path: str | None, after: str | None, limit: int
) -> list[ClassSheet]:
    """How far the classes below a path are, in order."""
    async with deps.db.reading() as tx:
        term = _scored(within_term(actor, await terms.term(tx, deps.directory, term_id)))
        scope = path or (actor.path if within(actor.path, term.path) else term.path)
        actor.need(scope)
        if not within(scope, term.path):
            raise Refusal("not_found")
        sheets.need_may_read(term, actor)
        rows = await _classes(tx, term, scope, after, limit)
        found = await store.sheets(tx, term_id, [row.path for row in rows])
        return [_head(actor, term, row, found.get(row.path)) for row in rows]


async def sheets_of(tx: Tx, actor: Actor, term: ArchiveTerm) -> list[Sheet]:
    """The sheets of all classes in the card's scope, if it checks or locks any."""
    rule = term.need_scored()
    if not actor.is_(rule.lock.by, *(step.by for step in rule.steps)):
        return []
    path = actor.path if within(actor.path, term.path) else term.path
    paths = [one.path for one in await _classes(tx, term, path, None, _MOST_CLASSES)]
    found = await store.sheets(tx, term.id, paths)
    return [found.get(path) or Sheet(term.id, path) for path in paths]


async def classes_of(tx: Tx, term: ArchiveTerm, path: str) -> list[ScoredClass]:
    """All classes below a path for which a result is formed in this term, in order."""
    return await _classes(tx, term, path, None, _MOST_CLASSES)


async def _classes(tx: Tx, term: ArchiveTerm, path: str, after: str | None, limit: int) -> list[ScoredClass]:
    """The classes below a path for which a result is formed in this term, in order."""
    rows = await store.classes(tx, term.id, path, after, _MOST_CLASSES)
    return [one for one in rows if term.scores_class(one.path)][:limit]


def _head(actor: Actor, term: ArchiveTerm, row: ScoredClass, sheet: Sheet | None) -> ClassSheet:
    known = sheet or Sheet(term.id, row.path)
    may = sheets.actions_open(term, known, actor.roles)
    return ClassSheet(term, known, row.grade_title, row.class_title, row.students, may)


async def own(
    deps: ArchiveDeps, actor: Actor, term_id: UUID
) -> tuple[ArchiveTerm, Sequence[LockedScore], Sequence[Adjustment]]:
    """What a student and their guardians see: locked scores, and bonuses and deductions as soon as they are given."""
    async with deps.db.reading() as tx:
        term = await terms.term(tx, deps.directory, term_id)
        if term is None or not within(actor.path, term.path):
            raise Refusal("not_found")
        _scored(term)
        ids = sorted(actor.students)[:_OWN]
        locked = await store.locked(tx, ids, [term_id])
        given = await store.given(tx, term_id, ids, ())
    return term, [one for rows in locked.values() for one in rows], [a for g in given.values() for a in g.adjustments]


async def term_of(deps: ArchiveDeps, actor: Actor, term_id: UUID) -> ArchiveTerm:
    """A term that the card may see."""
    async with deps.db.reading() as tx:
        return within_term(actor, await terms.term(tx, deps.directory, term_id))


def within_term(actor: Actor, term: ArchiveTerm | None) -> ArchiveTerm:
    """The term of a school, for a card of it, below it or above it; else `not_found`."""
    if term is None or term.backfill is not None or not (within(actor.path, term.path) or actor.covers(term.path)):
        raise Refusal("not_found")
    return term


def _scored(term: ArchiveTerm) -> ArchiveTerm:
    """The term; `not_found` where its scheme has no scores that could be read."""
    if term.scored is None:
        raise Refusal("not_found")
    return term
