"""SQL for persons, accounts and credentials."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from people import name_key
from servicekit.db import Tx
from servicekit.mapping import columns, from_row


@dataclass(frozen=True)
class Account:
    """An account with its holder and credentials. The ID number is encrypted."""

    id: UUID
    username: str
    person_id: UUID
    name: str
    id_number: str | None
    id_number_index: bytes | None
    disabled: bool
    password_hash: str | None
    must_change: bool
    education_id: str | None
    """Of a member of staff (BJ-01); a student's is the user name."""
    held_since: datetime | None
    """When somebody last got in with another person's help, though it had been in use; None: never (L-17)."""


@dataclass(frozen=True)
class NewPerson:
    """A person to insert or update; `id_number` is encrypted, `index` its document's keyed hash."""

    id: UUID
    name: str
    sex: str | None = None
    born: date | None = None
    id_number: str | None = None
    index: bytes | None = None
    document_type: str | None = None
    """`people.DocumentType`; None: not known."""

    @property
    def name_key(self) -> str:
        """The key by which the person is found."""
        return name_key(self.name)


@dataclass(frozen=True)
class NewAccount:
    """An account to insert; it has no password yet."""

    id: UUID
    username: str
    person_id: UUID


def _account(row: Any) -> Account:
    return from_row(Account, row, disabled=row["disabled_at"] is not None)


async def any_exists(tx: Tx) -> bool:
    """Is there any account at all?"""
    found: bool = await tx.fetchval("SELECT EXISTS (SELECT FROM accounts)")
    return found


async def by_username(tx: Tx, username: str) -> Account | None:
    """The account with this user name."""
    row = await tx.fetchrow(
        "SELECT a.*, p.name, p.id_number, p.id_number_index, c.password_hash, c.must_change, c.held_since "
        "FROM accounts a JOIN persons p ON p.id = a.person_id JOIN credentials c ON c.account_id = a.id WHERE a.username = $1",
        username,
    )
    return None if row is None else _account(row)


async def get(tx: Tx, account_id: UUID) -> Account | None:
    """The account with this id."""
    row = await tx.fetchrow(
        "SELECT a.*, p.name, p.id_number, p.id_number_index, c.password_hash, c.must_change, c.held_since "
        "FROM accounts a JOIN persons p ON p.id = a.person_id JOIN credentials c ON c.account_id = a.id WHERE a.id = $1",
        account_id,
    )
    return None if row is None else _account(row)


async def lock(tx: Tx, account_id: UUID) -> Account | None:
    """Like `get`, and lock its credentials until the transaction ends."""
    await tx.execute("SELECT 1 FROM credentials WHERE account_id = $1 FOR UPDATE", account_id)
    return await get(tx, account_id)


async def by_login_name(tx: Tx, username: str, now: datetime) -> list[Account]:
    """The account with this login name or education id, then those that had it before (L-02): the password decides which one
    is meant.
    Of many that had it those in use come first, so that nobody crowds them out by reassigning the number again and again."""
    rows = await tx.fetch(
        "SELECT a.*, p.name, p.id_number, p.id_number_index, c.password_hash, c.must_change, c.held_since "
        "FROM accounts a JOIN persons p ON p.id = a.person_id JOIN credentials c ON c.account_id = a.id "
        "WHERE a.username = $1 OR a.education_id = $1 "
        "OR a.id IN (SELECT f.account_id FROM former_login_names f JOIN credentials k ON k.account_id = f.account_id "
        "WHERE f.username = $1 AND f.until > $2 ORDER BY (EXISTS (SELECT FROM active_cards u "
        "WHERE u.account_id = f.account_id)) DESC, (k.password_hash IS NOT NULL) DESC, f.until LIMIT 5) "
        "ORDER BY a.username = $1 DESC, coalesce(a.education_id = $1, false) DESC, a.id",
        username,
        now,
    )
    return [_account(row) for row in rows]


async def with_password(tx: Tx, account_ids: Sequence[UUID]) -> list[UUID]:
    """Those of the accounts whose holder has set a password."""
    rows = await tx.fetch(
        "SELECT account_id FROM credentials WHERE account_id = ANY($1::uuid[]) AND password_hash IS NOT NULL",
        list(account_ids),
    )
    return [row["account_id"] for row in rows]


async def set_password(tx: Tx, account_id: UUID, password_hash: str, now: datetime) -> None:
    """Store the holder's password."""
    await tx.execute(
        "UPDATE credentials SET password_hash = $2, set_at = $3, must_change = false WHERE account_id = $1",
        account_id,
        password_hash,
        now,
    )


async def begin_holding(tx: Tx, account_id: UUID, now: datetime) -> None:
    """From now on the account may be in other hands (L-17)."""
    await tx.execute("UPDATE credentials SET held_since = $2 WHERE account_id = $1", account_id, now)


async def replace_hash(tx: Tx, account_id: UUID, old: str, new: str) -> None:
    """Store a new hash of the same password, unless the password was changed meanwhile."""
    await tx.execute(
        "UPDATE credentials SET password_hash = $3 WHERE account_id = $1 AND password_hash = $2", account_id, old, new
    )


async def add_persons(tx: Tx, new: Sequence[NewPerson]) -> None:
    """Insert persons."""
    await tx.execute(
        "INSERT INTO persons (id, name, sex, born, id_number, id_number_index, document_type, name_key) SELECT * FROM "
        "unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::text[], $6::bytea[], $7::text[], $8::text[])",
        *columns(new, "id", "name", "sex", "born", "id_number", "index", "document_type", "name_key"),
    )


async def change_persons(tx: Tx, changed: Sequence[NewPerson]) -> None:
    """Update persons; None leaves a column as it is."""
    rows = await tx.fetch(
        "UPDATE persons p SET name = n.name, name_key = n.name_key, sex = coalesce(n.sex, p.sex), "
        "born = coalesce(n.born, p.born), id_number = coalesce(n.id_number, p.id_number), "
        "id_number_index = coalesce(n.idx, p.id_number_index), document_type = coalesce(n.document_type, p.document_type), "
        "version = p.version + 1 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::text[], $6::bytea[], "
        "$7::text[], $8::text[]) AS n (id, name, sex, born, id_number, idx, document_type, name_key) WHERE p.id = n.id "
        "RETURNING p.id, p.name, p.name_key IS NULL AS forgotten",
        *columns(changed, "id", "name", "sex", "born", "id_number", "index", "document_type", "name_key"),
    )
    forgotten = [(row["id"], name_key(row["name"])) for row in rows if row["forgotten"]]
    if forgotten:  # by the trigger for older releases, where a name was spelt in another way with the same key
        await set_name_keys(tx, forgotten)


async def clear_documents(tx: Tx, person_ids: Sequence[UUID], document_type: str | None) -> None:
    """These persons have no identity document (`none`), or none is known (None)."""
    await tx.execute(
        "UPDATE persons SET id_number = NULL, id_number_index = NULL, document_type = $2, version = version + 1 "
        "WHERE id = ANY($1::uuid[])",
        list(person_ids),
        document_type,
    )


async def without_name_key(tx: Tx, limit: int) -> list[tuple[UUID, str]]:
    """Lock persons whose name key is not computed yet."""
    rows = await tx.fetch(
        "SELECT id, name FROM persons WHERE name_key IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED", limit
    )
    return [(row["id"], row["name"]) for row in rows]


async def set_name_keys(tx: Tx, keys: Sequence[tuple[UUID, str]]) -> None:
    """Store name keys."""
    await tx.execute(
        "UPDATE persons p SET name_key = n.key FROM unnest($1::uuid[], $2::text[]) AS n (id, key) WHERE p.id = n.id",
        [person_id for person_id, _ in keys],
        [key for _, key in keys],
    )


async def add_accounts(tx: Tx, new: Sequence[NewAccount]) -> None:
    """Insert accounts without a password."""
    ids = [a.id for a in new]
    await tx.execute(
        "INSERT INTO accounts (id, username, person_id) SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[])",
        ids,
        [a.username for a in new],
        [a.person_id for a in new],
    )
    await tx.execute("INSERT INTO credentials (account_id) SELECT unnest($1::uuid[])", ids)


async def set_holder(tx: Tx, account_id: UUID, person_id: UUID) -> None:
    """Assign the account to another person row (the holder turned out to be known already)."""
    await tx.execute("UPDATE accounts SET person_id = $2 WHERE id = $1", account_id, person_id)


async def person_of(tx: Tx, index: bytes) -> UUID | None:
    """The person with this ID number (by its keyed hash)."""
    found: UUID | None = await tx.fetchval("SELECT id FROM persons WHERE id_number_index = $1", index)
    return found


async def lock_names(tx: Tx, names: Sequence[str]) -> None:
    """Lock these user names or keyed hashes (advisory locks) until the transaction ends, so that two transactions do not
    create the same one. Always in the same order, to avoid deadlocks."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(k) FROM (SELECT DISTINCT hashtextextended('identity:' || n, 0) AS k "
        "FROM unnest($1::text[]) n ORDER BY 1) AS keys",
        list(names),
    )


async def person_name(tx: Tx, person_id: UUID) -> str | None:
    """The person's name."""
    found: str | None = await tx.fetchval("SELECT name FROM persons WHERE id = $1", person_id)
    return found
