"""SQL for initial passwords: whose they are, whether they still count, and wrong answers about the student (CS-03, CS-13)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from identity.domain.initial_passwords import Link


@dataclass(frozen=True)
class InitialState:
    """What decides whether an account without a password still has its initial one."""

    made_at: datetime
    ended: bool
    """It was used, or replaced by a slip."""
    failures: int
    had_card: bool


async def state(tx: Tx, account_id: UUID) -> InitialState | None:
    """The state of this account; None: there is no such account, or it has a password of its own."""
    row = await tx.fetchrow(
        "SELECT a.made_at, c.initial_ended_at IS NOT NULL AS ended, c.initial_failures AS failures, "
        "EXISTS (SELECT FROM cards k WHERE k.account_id = a.id) AS had_card "
        "FROM accounts a JOIN credentials c ON c.account_id = a.id WHERE a.id = $1 AND c.password_hash IS NULL",
        account_id,
    )
    return None if row is None else from_row(InitialState, row)


async def links(tx: Tx, account_id: UUID) -> list[Link]:
    """The students whose own account this is, and those for whom a school registered it as a guardian's."""
    rows = await tx.fetch(
        "SELECT 'student' AS role, p.name, p.sex, o.scheme_id, o.scheme_version, p.born, s.eid, "
        "array(SELECT coalesce(r.phone, '') FROM guardians r WHERE r.student_id = s.id AND r.removed_at IS NULL) AS phones "
        "FROM students s "
        "JOIN persons p ON p.id = s.person_id JOIN organisations o ON o.path = s.path "
        "WHERE s.account_id = $1 AND s.status <> 'left' "
        "UNION ALL SELECT 'guardian', p.name, p.sex, o.scheme_id, o.scheme_version, p.born, s.eid, "
        "ARRAY[coalesce(g.phone, '')] FROM guardians g "
        "JOIN students s ON s.id = g.student_id JOIN persons p ON p.id = s.person_id JOIN organisations o ON o.path = s.path "
        "WHERE g.account_id = $1 AND g.removed_at IS NULL AND s.status <> 'left'",
        account_id,
    )
    return [from_row(Link, row, phones=tuple(phone for phone in row["phones"] if phone)) for row in rows]


async def count_failure(tx: Tx, account_id: UUID, most: int) -> int | None:
    """Count an answer as wrong before it is looked at. Returns how many of `most` are left, None where none was."""
    left: int | None = await tx.fetchval(
        "UPDATE credentials SET initial_failures = initial_failures + 1 "
        "WHERE account_id = $1 AND initial_ended_at IS NULL AND initial_failures < $2 RETURNING $2 - initial_failures",
        account_id,
        most,
    )
    return left


async def end(tx: Tx, account_id: UUID, now: datetime) -> bool:
    """It does not sign in any more. False: somebody was faster."""
    done = await tx.fetchval(
        "UPDATE credentials SET initial_ended_at = $2 WHERE account_id = $1 AND initial_ended_at IS NULL "
        "AND password_hash IS NULL RETURNING true",
        account_id,
        now,
    )
    return bool(done)
