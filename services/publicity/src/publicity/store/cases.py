"""Cases, their steps and their files."""

from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id

from publicity.domain.cases import Case, Decision, Step

_CASE_FIELDS = tuple(Case.__dataclass_fields__)


def _case(row: Any) -> Case:
    snapshots = {name: row[name] and RecordSnapshot.model_validate(row[name]) for name in ("before", "after")}
    roles = {name: tuple(row[name]) for name in ("parties", "waits_for")}
    decision = {"decision": row["decision"] and Decision.model_validate(row["decision"])}
    return Case(**({name: row[name] for name in _CASE_FIELDS} | snapshots | roles | decision))


async def add(tx: Tx, cases: Iterable[Case]) -> None:
    """Add new cases."""
    await tx.executemany(
        """
        INSERT INTO cases (id, case_type, entry_id, term_id, record_id, student_id, path, title, complainant,
                           complaint_type, text, one_open, parties, stage, stage_no, waits_for, begun_at, due_at, overdue,
                           before, opened_at, version, complainant_sealed, follows_case, about, grades_before)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
                $25, $26)
        """,
        [
            (
                c.id, c.case_type, c.entry_id, c.term_id, c.record_id, c.student_id, c.path, c.title,
                c.complainant, c.complaint_type, c.text, c.one_open, c.parties, c.stage, c.stage_no,
                c.waits_for, c.begun_at, c.due_at, c.overdue, c.before, c.opened_at, c.version, c.complainant_sealed,
                c.follows_case, c.about, c.grades_before,
            )
            for c in cases
        ],
    )  # fmt: skip


async def save(tx: Tx, cases: Iterable[Case]) -> None:
    """Save the changed columns of locked cases."""
    await tx.executemany(
        """
        UPDATE cases SET stage = $2, stage_no = $3, waits_for = $4, begun_at = $5, due_at = $6, overdue = $7, proposed = $8,
               amended_stage_no = $9, last_action_title = $10, last_reason = $11, after = $12, outcome = $13,
               closed_at = $14, version = $15, decision = $16, grades_after = $17
         WHERE id = $1
        """,
        [
            (
                c.id, c.stage, c.stage_no, c.waits_for, c.begun_at, c.due_at, c.overdue, c.proposed,
                c.amended_stage_no, c.last_action_title, c.last_reason, c.after, c.outcome, c.closed_at, c.version,
                c.decision, c.grades_after,
            )
            for c in cases
        ],
    )  # fmt: skip


async def add_steps(tx: Tx, steps: Iterable[Step]) -> None:
    """Add lines of history."""
    await tx.executemany(
        "INSERT INTO case_steps (case_id, no, stage, stage_title, action, action_title, actor_role, account_id, reason_code, "
        "reason, text, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        map(astuple, steps),
    )


async def steps_of(tx: Tx, case_id: UUID) -> list[Step]:
    """A case's history, oldest first."""
    rows = await tx.fetch("SELECT * FROM case_steps WHERE case_id = $1 ORDER BY no", case_id)
    return [Step(**row) for row in rows]


@dataclass(frozen=True)
class CaseKey:
    """The ids of a case, its entry and its term, which never change."""

    id: UUID
    entry_id: UUID
    term_id: UUID


async def keys_of(tx: Tx, case_ids: Collection[UUID]) -> list[CaseKey]:
    """Entry and term of these cases."""
    rows = await tx.fetch("SELECT id, entry_id, term_id FROM cases WHERE id = ANY($1)", set(case_ids))
    return [CaseKey(**row) for row in rows]


async def lock(tx: Tx, entry_ids: Collection[UUID], case_ids: Collection[UUID]) -> dict[UUID, Case]:
    """Lock all open cases of these entries, and these cases, in the order of their ids."""
    rows = await tx.fetch(
        "SELECT * FROM cases WHERE (entry_id = ANY($1) AND closed_at IS NULL) OR id = ANY($2) ORDER BY id FOR UPDATE",
        list(entry_ids),
        list(case_ids),
    )
    return {row["id"]: _case(row) for row in rows}


async def find(tx: Tx, case_id: UUID) -> Case | None:
    """One case."""
    row = await tx.fetchrow("SELECT * FROM cases WHERE id = $1", case_id)
    return None if row is None else _case(row)


async def last_outcome(tx: Tx, entry_id: UUID, case_type: str) -> tuple[UUID, str, bool] | None:
    """The case of this type that ended last about an entry, its outcome, and whether somebody appealed against it.

    Of cases that ended together, with one decision, the one with the lowest id.
    """
    row: Any = await tx.fetchrow(
        "SELECT id, outcome, EXISTS (SELECT 1 FROM cases a WHERE a.follows_case = c.id) AS appealed FROM cases c "
        "WHERE entry_id = $1 AND case_type = $2 AND outcome IS NOT NULL ORDER BY closed_at DESC, id LIMIT 1",
        entry_id,
        case_type,
    )
    return None if row is None else (row["id"], row["outcome"], row["appealed"])


async def appealed(tx: Tx, case_id: UUID) -> bool:
    """Whether somebody appealed against the outcome of this case, or of one that ended with the same decision."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT 1 FROM cases c JOIN cases o ON o.entry_id = c.entry_id AND o.closed_at = c.closed_at "
            "JOIN cases a ON a.follows_case = o.id WHERE c.id = $1)",
            case_id,
        )
    )


async def ended_about(
    tx: Tx, student_ids: Collection[UUID], after: tuple[date, UUID] | None, limit: int
) -> list[tuple[Case, Case | None]]:
    """Closed cases about these students' records, newest day first, each with the appeal against its outcome (CS-11).

    Of cases that one decision ended together, only the one with the lowest id.
    """
    rows = await tx.fetch(
        """
        SELECT * FROM cases c
         WHERE student_id = ANY($1) AND outcome IS NOT NULL AND follows_case IS NULL
           AND ($2::date IS NULL OR (opened_on, id) < ($2, $3::uuid))
           AND NOT EXISTS (SELECT 1 FROM cases o WHERE o.entry_id = c.entry_id AND o.case_type = c.case_type
                              AND o.closed_at = c.closed_at AND o.id < c.id)
         ORDER BY opened_on DESC, id DESC LIMIT $4
        """,
        list(student_ids),
        *(after or (None, None)),
        limit,
    )
    ended = [_case(row) for row in rows]
    appeals = await tx.fetch("SELECT * FROM cases WHERE follows_case = ANY($1)", [case.id for case in ended])
    by_id = {row["follows_case"]: _case(row) for row in appeals}
    return [(case, by_id.get(case.id)) for case in ended]


async def not_appealed(tx: Tx, term_id: UUID, path: str) -> list[Case]:
    """Closed cases about the results of a class against which nobody appealed."""
    rows = await tx.fetch(
        "SELECT * FROM cases c WHERE term_id = $1 AND path = $2::ltree AND about = 'result' AND closed_at IS NOT NULL "
        "AND NOT EXISTS (SELECT FROM cases a WHERE a.follows_case = c.id)",
        term_id,
        path,
    )
    return [_case(row) for row in rows]


async def has_open(tx: Tx, entry_id: UUID, pseudonym: str) -> bool:
    """Whether the account of this pseudonym has an open case about the entry."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT 1 FROM cases WHERE entry_id = $1 AND complainant = $2 AND closed_at IS NULL)",
            entry_id,
            pseudonym,
        )
    )


async def has_open_missing(tx: Tx, entry_id: UUID, pseudonym: str) -> bool:
    """Whether the account of this pseudonym has an open case about an entry of this kind that is missing in the report."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT 1 FROM entries one JOIN entries e ON e.student_id = one.student_id "
            "AND e.term_id = one.term_id AND e.kind = one.kind JOIN cases c ON c.entry_id = e.id "
            "WHERE one.id = $1 AND c.complainant = $2 AND c.closed_at IS NULL AND (c.before ->> 'version')::int = 0)",
            entry_id,
            pseudonym,
        )
    )


async def not_begun(tx: Tx, term_id: UUID) -> list[tuple[UUID, int]]:
    """Open cases whose stage has not begun: id and stage_no."""
    rows = await tx.fetch(
        "SELECT id, stage_no FROM cases WHERE term_id = $1 AND closed_at IS NULL AND begun_at IS NULL ORDER BY id", term_id
    )
    return [tuple(row) for row in rows]


async def decided(tx: Tx, term_id: UUID) -> list[tuple[UUID, int]]:
    """Cases with a decision that is told later: id and stage_no."""
    rows = await tx.fetch("SELECT id, stage_no FROM cases WHERE term_id = $1 AND decision IS NOT NULL ORDER BY id", term_id)
    return [tuple(row) for row in rows]


@dataclass(frozen=True)
class CaseViewer:
    """For whom cases are listed. `path` is set for staff only."""

    pseudonym: str
    roles: Collection[str]
    students: Collection[UUID]
    path: str | None


async def page(
    tx: Tx,
    viewer: CaseViewer,
    *,
    term_id: UUID | None,
    closed: bool | None,
    stage: str | None,
    mine: bool,
    waiting: bool,
    overdue: bool | None = None,
    path: str | None = None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[Case]:
    """Cases, newest day first: own complaints (`mine`), what waits for the viewer (`waiting`), or all they may see; `path`: of
    this class or organisation only."""
    filters = (term_id, closed, stage, *(after or (None, None)), limit, viewer.pseudonym, overdue, path)
    if mine:
        rows = await tx.fetch(_MINE, *filters)
    else:
        scope = (list(viewer.students), viewer.path, list(viewer.roles))
        rows = await tx.fetch(_WAITING if waiting else _VISIBLE, *filters, *scope)
    return [_case(row) for row in rows]


_MINE = """
SELECT * FROM cases
 WHERE complainant = $7
   AND ($1::uuid IS NULL OR term_id = $1) AND ($2::bool IS NULL OR (closed_at IS NOT NULL) = $2)
   AND ($3::text IS NULL OR stage = $3) AND ($8::bool IS NULL OR overdue = $8) AND ($9::text IS NULL OR path <@ $9::text::ltree)
   AND ($4::date IS NULL OR (opened_on, id) < ($4, $5::uuid))
 ORDER BY opened_on DESC, id DESC LIMIT $6
"""
_WAITING = """
SELECT * FROM cases
 WHERE closed_at IS NULL AND begun_at IS NOT NULL AND decision IS NULL
   AND (('complainant' = ANY(waits_for) AND complainant = $7)
        OR (waits_for && $12::text[] AND (student_id = ANY($10) OR path <@ $11::ltree)))
   AND ($1::uuid IS NULL OR term_id = $1) AND ($2::bool IS NULL OR (closed_at IS NOT NULL) = $2)
   AND ($3::text IS NULL OR stage = $3) AND ($8::bool IS NULL OR overdue = $8) AND ($9::text IS NULL OR path <@ $9::text::ltree)
   AND ($4::date IS NULL OR (opened_on, id) < ($4, $5::uuid))
 ORDER BY opened_on DESC, id DESC LIMIT $6
"""
_VISIBLE = """
SELECT * FROM cases
 WHERE (complainant = $7 OR student_id = ANY($10) OR (path <@ $11::ltree AND parties && $12::text[]))
   AND ($1::uuid IS NULL OR term_id = $1) AND ($2::bool IS NULL OR (closed_at IS NOT NULL) = $2)
   AND ($3::text IS NULL OR stage = $3) AND ($8::bool IS NULL OR (overdue AND (decision IS NULL OR $11::ltree IS NULL)) = $8)
   AND ($9::text IS NULL OR path <@ $9::text::ltree)
   AND ($4::date IS NULL OR (opened_on, id) < ($4, $5::uuid))
 ORDER BY opened_on DESC, id DESC LIMIT $6
"""


async def adopt_files(tx: Tx, owner_id: UUID, account_id: UUID, file_ids: Collection[UUID]) -> None:
    """Give an account's uploads, which a process of the release before stored with it, to what stands for the account."""
    await tx.execute(
        "UPDATE files SET owner_id = $1 WHERE owner_id = $2 AND id = ANY($3)", owner_id, account_id, list(file_ids)
    )


async def disown_files(tx: Tx, holder: str, case_id: UUID, file_ids: Collection[UUID] | None = None) -> None:
    """Make the case the owner of the files that its complainant attached to `holder`, so that no row names them (X-08)."""
    await tx.execute(
        "UPDATE files SET owner_id = $2 WHERE attached_to = $1 AND ($3::uuid[] IS NULL OR id = ANY($3))",
        holder,
        case_id,
        file_ids,
    )


async def log_unsealing(tx: Tx, case_id: UUID, at: datetime, by: Actor, reason: str) -> None:
    """Log who learnt the complainant of a case, and why (X-08)."""
    await tx.execute(
        "INSERT INTO unsealings (id, case_id, at, account_id, card_id, role, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new_id(), case_id, at, by.account_id, by.card_id, by.role, reason,
    )  # fmt: skip


async def unsealed_before(tx: Tx, limit: int) -> list[tuple[UUID, UUID]]:
    """Lock cases that still have their complainant's account in plain text: id and account."""
    rows = await tx.fetch(
        "SELECT id, complainant_account_id FROM cases WHERE complainant_account_id IS NOT NULL LIMIT $1 FOR UPDATE SKIP LOCKED",
        limit,
    )
    return [tuple(row) for row in rows]


async def disown_old_files(tx: Tx, old: Collection[tuple[UUID, UUID]]) -> None:
    """The same as `disown_files` for old cases (id and account), where all files are attached to the case itself."""
    await tx.execute(
        "UPDATE files f SET owner_id = o.case_id FROM unnest($1::uuid[], $2::uuid[]) AS o (case_id, account_id) "
        "WHERE f.attached_to = 'case:' || o.case_id AND f.owner_id = o.account_id",
        [case_id for case_id, _ in old],
        [account_id for _, account_id in old],
    )


async def seal_old(tx: Tx, sealed: Iterable[tuple[UUID, str, str]]) -> None:
    """Replace the account by pseudonym and encrypted complainant."""
    await tx.executemany(
        "UPDATE cases SET complainant = $2, complainant_sealed = $3, complainant_account_id = NULL WHERE id = $1", sealed
    )


async def files_of(tx: Tx, holders: Collection[str]) -> list[Any]:
    """The files attached to `case:<id>` or `case:<id>:opening`."""
    return await tx.fetch(
        "SELECT id AS file_id, owner_id, name, media_type, size, width, height, pages, attached_to, "
        "preview_key IS NOT NULL AS preview FROM files WHERE attached_to = ANY($1) ORDER BY id",
        holders,
    )


async def file(tx: Tx, file_id: UUID) -> Any:
    """One file's row, or None."""
    return await tx.fetchrow(
        "SELECT id, owner_id, bucket, object_key, attached_to, name, media_type, preview_key, cleaned_at "
        "FROM files WHERE id = $1 AND state = 'ready'",
        file_id,
    )
