"""SQL for people who forgot their login name: who has these facts, and how their account signs in (BJ-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

_HOLDERS = """
WITH found AS (
    SELECT a.id, p.name FROM accounts a JOIN persons p ON p.id = a.person_id
     WHERE p.id_number_index = ANY($1::bytea[]) OR a.username = $2::text
    UNION
    SELECT g.account_id, g.name FROM guardians g
     WHERE g.removed_at IS NULL AND (g.id_number_index = ANY($1::bytea[]) OR g.phone = $2::text))
SELECT f.id AS account_id, f.name,
       array(SELECT DISTINCT o.title
               FROM (SELECT coalesce(c.path, s.path) AS path FROM cards c LEFT JOIN students s ON s.id = c.student_id
                      WHERE c.account_id = f.id AND c.revoked_at IS NULL
                     UNION ALL SELECT s.path FROM students s WHERE s.account_id = f.id AND s.status <> 'left'
                     UNION ALL SELECT s.path FROM guardians g JOIN students s ON s.id = g.student_id
                      WHERE g.account_id = f.id AND g.removed_at IS NULL AND s.status <> 'left') AS held
               JOIN organisations o ON o.path = subpath(held.path, 0, least(4, nlevel(held.path)))) AS schools
  FROM found f JOIN accounts a ON a.id = f.id
 WHERE a.disabled_at IS NULL
 ORDER BY EXISTS (SELECT FROM active_cards k WHERE k.account_id = f.id) DESC, f.id
"""


@dataclass(frozen=True)
class Holder:
    """An account whose holder has the facts, with the titles of the schools (or units above) that know it."""

    account_id: UUID
    name: str
    schools: tuple[str, ...]


@dataclass(frozen=True)
class ChildOf:
    """A child for whom the account is registered as a guardian's."""

    name: str
    eid: str
    path: str


async def holders(tx: Tx, indexes: Sequence[bytes], phone: str | None) -> list[Holder]:
    """The accounts with one of these documents (by keyed hash) or this phone number, those in use first."""
    rows = await tx.fetch(_HOLDERS, list(indexes), phone)
    return [from_row(Holder, row, schools=tuple(row["schools"])) for row in rows]


async def children(tx: Tx, account_id: UUID) -> list[ChildOf]:
    """The children for whom a school registered this account."""
    rows = await tx.fetch(
        "SELECT p.name, s.eid, s.path FROM guardians g JOIN students s ON s.id = g.student_id "
        "JOIN persons p ON p.id = s.person_id WHERE g.account_id = $1 AND g.removed_at IS NULL AND s.status <> 'left' "
        "ORDER BY s.eid",
        account_id,
    )
    return [from_row(ChildOf, row) for row in rows]
