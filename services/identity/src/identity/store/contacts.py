"""SQL for the contact sheets of schools (SH-12)."""

from collections.abc import Sequence
from datetime import datetime

from servicekit.db import Tx
from servicekit.mapping import columns, from_row

from identity.domain.contacts import Contact
from identity.domain.organisations import Organisation


async def of_schools(tx: Tx, paths: Sequence[str]) -> dict[str, list[Contact]]:
    """The filled lines of these schools' sheets, by path."""
    rows = await tx.fetch("SELECT * FROM contacts WHERE path = ANY($1::text[]::ltree[])", list(paths))
    found: dict[str, list[Contact]] = {path: [] for path in paths}
    for row in rows:
        found[row["path"]].append(from_row(Contact, row))
    return found


async def replace(tx: Tx, path: str, contacts: Sequence[Contact], at: datetime) -> None:
    """Store the sheet of a school in the place of the one before."""
    await tx.execute("DELETE FROM contacts WHERE path = $1::text::ltree", path)
    await tx.execute(
        "INSERT INTO contacts (path, line, name, post, phone, qq, note, main, changed_at) "
        "SELECT $1::text::ltree, n.*, $2 FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], "
        "$9::boolean[]) AS n",
        path,
        at,
        *columns(contacts, "line", "name", "post", "phone", "qq", "note", "main"),
    )


async def schools(tx: Tx, path: str, after: str | None, limit: int) -> list[Organisation]:
    """The schools within an organisation, by path."""
    rows = await tx.fetch(
        "SELECT * FROM organisations WHERE level = 'school' AND path <@ $1::ltree "
        "AND ($2::text IS NULL OR path > $2::text::ltree) ORDER BY path LIMIT $3",
        path,
        after,
        limit,
    )
    return [from_row(Organisation, row) for row in rows]
