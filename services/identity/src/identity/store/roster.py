"""SQL for roster imports: persons by ID number, account holders by phone number."""

from collections.abc import Sequence

from servicekit.db import Tx

from identity.domain.roster import AccountHolder, IdNumberHolder


async def holders(tx: Tx, indexes: Sequence[bytes]) -> dict[bytes, IdNumberHolder]:
    """The persons with these ID numbers, with their registry numbers."""
    rows = await tx.fetch(
        "SELECT p.id_number_index, p.id, array_remove(array_agg(s.registry_index), NULL) AS numbers "
        "FROM persons p LEFT JOIN students s ON s.person_id = p.id WHERE p.id_number_index = ANY($1::bytea[]) "
        "GROUP BY p.id",
        list(indexes),
    )
    return {row["id_number_index"]: IdNumberHolder(row["id"], tuple(row["numbers"])) for row in rows}


async def by_username(tx: Tx, usernames: Sequence[str], school: str) -> dict[str, AccountHolder]:
    """The holders of these accounts, and whether they have staff cards or children at another school."""
    rows = await tx.fetch(
        "SELECT a.username, a.id, a.person_id, p.name, p.id_number_index, "
        "EXISTS (SELECT FROM cards c WHERE c.account_id = a.id AND c.revoked_at IS NULL AND c.student_id IS NULL "
        "AND NOT c.path <@ $2::ltree) OR EXISTS (SELECT FROM guardians g JOIN students s ON s.id = g.student_id "
        "WHERE g.account_id = a.id AND g.removed_at IS NULL AND NOT s.path <@ $2::ltree) AS elsewhere "
        "FROM accounts a JOIN persons p ON p.id = a.person_id WHERE a.username = ANY($1::text[])",
        list(usernames),
        school,
    )
    return {
        row["username"]: AccountHolder(row["id"], row["person_id"], row["name"], row["id_number_index"], row["elsewhere"])
        for row in rows
    }
