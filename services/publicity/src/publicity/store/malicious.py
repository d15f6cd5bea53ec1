"""Complaints that were marked as malicious, and marks that were taken back (SH-08). Who complained is not in these rows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit.auth import Actor
from servicekit.db import Tx


async def add(tx: Tx, case_id: UUID, term_id: UUID, person: str, at: datetime, reason: str) -> None:
    """Mark a complaint. `person`: keyed hash of the complainant and the term."""
    await tx.execute(
        "INSERT INTO malicious_marks (case_id, term_id, person, at, reason) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        case_id, term_id, person, at, reason,
    )  # fmt: skip


async def count(tx: Tx, term_id: UUID, person: str) -> int:
    """How many complaints of this person in the term are marked, without those whose mark was taken back."""
    found: int = await tx.fetchval(
        "SELECT count(*) FROM malicious_marks m WHERE term_id = $1 AND person = $2 "
        "AND NOT EXISTS (SELECT 1 FROM malicious_lifts l WHERE l.case_id = m.case_id)",
        term_id,
        person,
    )
    return found


async def lift(tx: Tx, case_id: UUID, at: datetime, by: Actor, reason: str) -> bool:
    """Take a mark back; False if there is none, or it was taken back before."""
    return bool(
        await tx.fetchval(
            "INSERT INTO malicious_lifts (case_id, at, account_id, card_id, role, reason) "
            "SELECT case_id, $2, $3, $4, $5, $6 FROM malicious_marks WHERE case_id = $1 ON CONFLICT DO NOTHING RETURNING true",
            case_id, at, by.account_id, by.card_id, by.role, reason,
        )
    )  # fmt: skip


@dataclass(frozen=True)
class MarkedCase:
    """A complaint that was marked, and who took the mark back and why, if somebody did. Not who complained."""

    case_id: UUID
    case_type: str
    term_id: UUID
    path: str
    title: str
    student_name: str
    text: str
    at: datetime
    reason: str
    lifted_at: datetime | None
    lifted_role: str | None
    lifted_reason: str | None


async def page(tx: Tx, path: str, term_id: UUID | None, after: tuple[datetime, UUID] | None, limit: int) -> list[MarkedCase]:
    """The marked complaints below an organisation, newest first."""
    rows = await tx.fetch(
        """
        SELECT m.case_id, c.case_type, m.term_id, c.path, c.title, e.student_name, c.text, m.at, m.reason,
               l.at AS lifted_at, l.role AS lifted_role, l.reason AS lifted_reason
          FROM malicious_marks m JOIN cases c ON c.id = m.case_id JOIN entries e ON e.id = c.entry_id
          LEFT JOIN malicious_lifts l ON l.case_id = m.case_id
         WHERE c.path <@ $1::ltree AND ($2::uuid IS NULL OR m.term_id = $2)
           AND ($3::timestamptz IS NULL OR (m.at, m.case_id) < ($3, $4::uuid))
         ORDER BY m.at DESC, m.case_id DESC LIMIT $5
        """,
        path,
        term_id,
        *(after or (None, None)),
        limit,
    )
    return [MarkedCase(**row) for row in rows]
