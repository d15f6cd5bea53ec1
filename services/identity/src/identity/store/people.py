"""What a roster must know of people: who holds an ID number, who stands behind a phone number."""

from collections.abc import Sequence

from servicekit.db import Tx

from identity.domain.roster import Holder, Person


async def holders(tx: Tx, indexes: Sequence[bytes]) -> dict[bytes, Holder]:
    """Who holds these ID numbers, with the registry numbers they have."""
    rows = await tx.fetch(
        "SELECT p.id_number_index, p.id, array_remove(array_agg(s.registry_index), NULL) AS numbers "
        "FROM persons p LEFT JOIN students s ON s.person_id = p.id WHERE p.id_number_index = ANY($1::bytea[]) "
        "GROUP BY p.id",
        list(indexes),
    )
    return {row["id_number_index"]: Holder(row["id"], tuple(row["numbers"])) for row in rows}


async def by_username(tx: Tx, usernames: Sequence[str], school: str) -> dict[str, Person]:
    """The accounts of these names, and whether their holders have to do with another school."""
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
        row["username"]: Person(row["id"], row["person_id"], row["name"], row["id_number_index"], row["elsewhere"])
        for row in rows
    }
