"""SQL for undoing rosters: the questions to other services, what is in use, and the removal of what nobody uses (L-10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from identity.store import photos


@dataclass(frozen=True)
class RosterUndo:
    """A roster that is being undone."""

    batch_id: UUID
    path: str
    account_id: UUID
    reason: str
    parts: int
    done_at: datetime | None


async def add(tx: Tx, undo: RosterUndo, now: datetime) -> bool:
    """Insert; False if the roster was undone already."""
    done = await tx.fetchval(
        "INSERT INTO roster_undos (batch_id, path, account_id, reason, asked_at, parts) "
        "VALUES ($1, $2::text::ltree, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING true",
        undo.batch_id,
        undo.path,
        undo.account_id,
        undo.reason,
        now,
        undo.parts,
    )
    return bool(done)


async def exists(tx: Tx, batch_id: UUID) -> bool:
    """Was this roster undone?"""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM roster_undos WHERE batch_id = $1)", batch_id))


async def lock(tx: Tx, batch_id: UUID) -> RosterUndo | None:
    """Lock the undo of a roster."""
    row = await tx.fetchrow("SELECT * FROM roster_undos WHERE batch_id = $1 FOR UPDATE", batch_id)
    return None if row is None else from_row(RosterUndo, row)


async def add_answer(tx: Tx, batch_id: UUID, service: str, part: int, used: Sequence[UUID]) -> None:
    """Store an answer of another service."""
    await tx.execute(
        "INSERT INTO roster_undo_answers (batch_id, service, part, used) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        batch_id,
        service,
        part,
        list(used),
    )


async def answers(tx: Tx, batch_id: UUID) -> tuple[int, frozenset[UUID]]:
    """How many answers there are, and the students of whom other services have data."""
    rows = await tx.fetch("SELECT used FROM roster_undo_answers WHERE batch_id = $1", batch_id)
    return len(rows), frozenset(student for row in rows for student in row["used"])


async def finish(tx: Tx, batch_id: UUID, now: datetime) -> None:
    """The undo is done; its changes are undone or stay for good."""
    await tx.execute("UPDATE roster_undos SET done_at = $2 WHERE batch_id = $1", batch_id, now)
    await tx.execute("UPDATE roster_changes SET undone_at = $2 WHERE batch_id = $1", batch_id, now)


async def students_in_use(tx: Tx, batch_id: UUID, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Why these students of a roster stay: `taken` (a card was taken, or the account is used), `changed` (since then), or
    `claimed`. Students that are missing here are used by nothing in this service."""
    rows = await tx.fetch(
        "SELECT s.id, CASE "
        "WHEN EXISTS (SELECT FROM cards c WHERE c.student_id = s.id AND c.activated_at IS NOT NULL) "
        "OR EXISTS (SELECT FROM cards c WHERE c.account_id = s.account_id) "
        "OR EXISTS (SELECT FROM credentials k WHERE k.account_id = s.account_id AND k.password_hash IS NOT NULL) "
        "OR EXISTS (SELECT FROM sessions e WHERE e.account_id = s.account_id) "
        "OR EXISTS (SELECT FROM sso_links l WHERE l.account_id = s.account_id) "
        "OR EXISTS (SELECT FROM password_resets r WHERE r.account_id = s.account_id) THEN 'taken' "
        "WHEN s.version > 1 OR EXISTS (SELECT FROM roster_changes r WHERE r.student_id = s.id AND r.batch_id <> $1 "
        "AND r.undone_at IS NULL) THEN 'changed' "
        "WHEN EXISTS (SELECT FROM student_claims m WHERE m.student_id = s.id AND m.state = 'open') THEN 'claimed' END AS why "
        "FROM students s WHERE s.id = ANY($2::uuid[])",
        batch_id,
        list(ids),
    )
    return {row["id"]: row["why"] for row in rows if row["why"] is not None}


async def remove_students(tx: Tx, ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Delete students with what the roster made of them; returns their (account, person)."""
    await tx.execute("DELETE FROM guardians WHERE student_id = ANY($1::uuid[])", list(ids))
    await tx.execute("DELETE FROM cards WHERE student_id = ANY($1::uuid[])", list(ids))
    await tx.execute("DELETE FROM enrolment_changes WHERE student_id = ANY($1::uuid[])", list(ids))
    await photos.remove(tx, ids)
    rows = await tx.fetch("DELETE FROM students WHERE id = ANY($1::uuid[]) RETURNING account_id, person_id", list(ids))
    return [(row["account_id"], row["person_id"]) for row in rows]


async def remove_unused_accounts(tx: Tx, ids: Sequence[UUID]) -> list[UUID]:
    """Delete those of these accounts that nobody has used and that give access to nothing; then the persons without any
    account, student or card. Returns the deleted accounts."""
    rows = await tx.fetch(
        "SELECT a.id, a.person_id FROM accounts a JOIN credentials k ON k.account_id = a.id "
        "WHERE a.id = ANY($1::uuid[]) AND k.password_hash IS NULL "
        "AND NOT EXISTS (SELECT FROM students s WHERE s.account_id = a.id) "
        "AND NOT EXISTS (SELECT FROM guardians g WHERE g.account_id = a.id) "
        "AND NOT EXISTS (SELECT FROM cards c WHERE c.account_id = a.id) "
        "AND NOT EXISTS (SELECT FROM sessions e WHERE e.account_id = a.id) "
        "AND NOT EXISTS (SELECT FROM sso_links l WHERE l.account_id = a.id) "
        "AND NOT EXISTS (SELECT FROM sso_arrivals l WHERE l.account_id = a.id) "
        "AND NOT EXISTS (SELECT FROM password_resets r WHERE r.account_id = a.id) "
        "AND NOT EXISTS (SELECT FROM former_login_names f WHERE f.account_id = a.id) FOR UPDATE OF a, k",
        list(ids),
    )
    unused = [row["id"] for row in rows]
    await tx.execute("DELETE FROM one_time_passwords WHERE account_id = ANY($1::uuid[])", unused)
    await tx.execute("DELETE FROM security_notices WHERE account_id = ANY($1::uuid[])", unused)
    await tx.execute("DELETE FROM credentials WHERE account_id = ANY($1::uuid[])", unused)
    await tx.execute("DELETE FROM accounts WHERE id = ANY($1::uuid[])", unused)
    await tx.execute(
        "DELETE FROM persons p WHERE p.id = ANY($1::uuid[]) AND NOT EXISTS (SELECT FROM accounts a WHERE a.person_id = p.id) "
        "AND NOT EXISTS (SELECT FROM students s WHERE s.person_id = p.id) "
        "AND NOT EXISTS (SELECT FROM cards c WHERE c.person_id = p.id)",
        [row["person_id"] for row in rows],
    )
    return unused


async def guardians_now(tx: Tx, pairs: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], dict[str, Any]]:
    """Registrations of these (student, account) pairs: name, relation, whether removed, and whether a card was taken."""
    rows = await tx.fetch(
        "SELECT g.student_id, g.account_id, g.name, g.relation, g.removed_at IS NOT NULL AS removed, "
        "EXISTS (SELECT FROM cards c WHERE c.account_id = g.account_id AND c.student_id = g.student_id "
        "AND c.role = 'guardian' AND c.revoked_at IS NULL) AS taken "
        "FROM guardians g JOIN unnest($1::uuid[], $2::uuid[]) AS n (student_id, account_id) "
        "ON n.student_id = g.student_id AND n.account_id = g.account_id FOR UPDATE OF g",
        [student for student, _ in pairs],
        [account for _, account in pairs],
    )
    return {(row["student_id"], row["account_id"]): dict(row) for row in rows}


async def delete_guardian(tx: Tx, student_id: UUID, account_id: UUID) -> None:
    """Delete a registration that the roster added; cards of it were never taken or are revoked."""
    await tx.execute("DELETE FROM guardians WHERE student_id = $1 AND account_id = $2", student_id, account_id)


async def restore_guardian(tx: Tx, student_id: UUID, account_id: UUID, name: str, relation: str) -> None:
    """The registration as it was before the roster."""
    await tx.execute(
        "UPDATE guardians SET name = $3, relation = $4, removed_at = NULL WHERE student_id = $1 AND account_id = $2",
        student_id,
        account_id,
        name,
        relation,
    )


async def remove_offer(tx: Tx, card_id: UUID) -> bool | None:
    """Delete a staff card that nobody has proved or used. True: deleted; False: it is in use; None: it is revoked already."""
    row = await tx.fetchrow(
        "SELECT revoked_at IS NOT NULL AS revoked, (activated_at IS NOT NULL AND activated_at > taken_at) "
        "OR EXISTS (SELECT FROM sessions s WHERE s.card_id = cards.id) AS used FROM cards WHERE id = $1 FOR UPDATE",
        card_id,
    )
    if row is None or row["revoked"]:
        return None
    if row["used"]:
        return False
    await tx.execute("DELETE FROM cards WHERE id = $1", card_id)
    return True


async def remove_unused_organisations(tx: Tx, paths: Sequence[str]) -> list[str]:
    """Delete those of these grades and classes in which there is nobody and nothing, classes before grades."""
    rows = await tx.fetch(
        "DELETE FROM organisations o WHERE o.path = ANY($1::text[]::ltree[]) AND nlevel(o.path) = 6 "
        "AND NOT EXISTS (SELECT FROM students s WHERE s.path <@ o.path) "
        "AND NOT EXISTS (SELECT FROM cards c WHERE c.path <@ o.path AND c.revoked_at IS NULL) "
        "AND NOT EXISTS (SELECT FROM student_claims m WHERE m.path = o.path AND m.state = 'open') RETURNING o.path::text",
        list(paths),
    )
    above = await tx.fetch(
        "DELETE FROM organisations o WHERE o.path = ANY($1::text[]::ltree[]) AND nlevel(o.path) = 5 "
        "AND NOT EXISTS (SELECT FROM organisations b WHERE b.path <@ o.path AND b.path <> o.path) "
        "AND NOT EXISTS (SELECT FROM students s WHERE s.path <@ o.path) "
        "AND NOT EXISTS (SELECT FROM cards c WHERE c.path <@ o.path AND c.revoked_at IS NULL) RETURNING o.path::text",
        list(paths),
    )
    return [row["path"] for row in (*rows, *above)]
