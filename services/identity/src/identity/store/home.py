"""SQL of home screens: what waits for an account, and the children of a guardian."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row


@dataclass(frozen=True)
class Waiting:
    """What waits for the holder of an account."""

    offers: int
    """Offered and suspended cards, and schools that registered the account for a child whose card was not taken."""
    notices: int
    notice: str | None
    """What the newest unseen security notice is about (`domain.notices.TEXTS`)."""
    notice_by: str | None


@dataclass(frozen=True)
class Child:
    """A child of a guardian, by the guardian's card."""

    card_id: UUID
    student_id: UUID
    name: str
    eid: str
    path: str
    school_title: str
    grade_title: str
    class_title: str
    status: str


@dataclass(frozen=True)
class Claims:
    """Open claims by and of the schools in an organisation."""

    to_decide: int
    """Both schools are in it, so it decides."""
    of_its_schools: int
    oldest: datetime | None


async def waiting(tx: Tx, account_id: UUID) -> Waiting:
    """What waits for the holder of this account."""
    row: Any = await tx.fetchrow(
        "SELECT (SELECT count(*) FROM cards WHERE account_id = $1 AND revoked_at IS NULL "
        "AND (activated_at IS NULL OR suspended_at IS NOT NULL)) + (SELECT count(DISTINCT subpath(s.path, 0, 4)) "
        "FROM guardians g JOIN students s ON s.id = g.student_id WHERE g.account_id = $1 AND g.removed_at IS NULL "
        "AND s.status <> 'left' AND NOT EXISTS (SELECT FROM cards c WHERE c.account_id = g.account_id "
        "AND c.student_id = g.student_id AND c.role = 'guardian' AND c.revoked_at IS NULL)) AS offers, "
        "coalesce(n.notices, 0) AS notices, n.notice, n.notice_by FROM (SELECT count(*) AS notices, "
        "(array_agg(what ORDER BY id DESC))[1] AS notice, (array_agg(by_title ORDER BY id DESC))[1] AS notice_by "
        "FROM security_notices WHERE account_id = $1 AND seen_at IS NULL) n",
        account_id,
    )
    return from_row(Waiting, row)


async def children(tx: Tx, account_id: UUID) -> list[Child]:
    """The children whose cards the account holds, with class and school; first the card that was taken first."""
    rows = await tx.fetch(
        "SELECT c.id AS card_id, s.id AS student_id, s.name, s.eid, s.path, coalesce(s.school_title, '') AS school_title, "
        "coalesce(s.grade_title, '') AS grade_title, coalesce(s.class_title, '') AS class_title, s.status "
        "FROM active_cards c JOIN student_details s ON s.id = c.student_id "
        "WHERE c.account_id = $1 AND c.role = 'guardian' ORDER BY c.id",
        account_id,
    )
    return [from_row(Child, row) for row in rows]


async def open_claims(tx: Tx, path: str) -> Claims:
    """The open claims by and of the schools in an organisation."""
    row: Any = await tx.fetchrow(
        "SELECT count(*) FILTER (WHERE school <@ $1::ltree AND held_by <@ $1::ltree) AS to_decide, count(*) AS of_its_schools, "
        "min(asked_at) AS oldest FROM claim_details WHERE state = 'open' AND (school <@ $1::ltree OR held_by <@ $1::ltree)",
        path,
    )
    return from_row(Claims, row)


async def staff_of_school(tx: Tx, path: str) -> dict[str, int]:
    """Active staff cards in a school, by role, and those that wait for their holder's proof as `waiting`."""
    rows = await tx.fetch(
        "SELECT CASE WHEN activated_at IS NULL OR suspended_at IS NOT NULL THEN 'waiting' ELSE role END AS role, "
        "count(*) AS number FROM cards WHERE path <@ $1::ltree AND student_id IS NULL AND revoked_at IS NULL GROUP BY 1",
        path,
    )
    return {row["role"]: row["number"] for row in rows}
