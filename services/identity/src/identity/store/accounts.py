"""SQL for persons, accounts and credentials."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

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
    one_time_mac: bytes | None
    one_time_until: datetime | None
    must_change: bool


@dataclass(frozen=True)
class NewPerson:
    """A person to insert or update; `id_number` is encrypted, `index` its keyed hash."""

    id: UUID
    name: str
    sex: str | None = None
    born: date | None = None
    id_number: str | None = None
    index: bytes | None = None


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
        "SELECT a.*, p.name, p.id_number, p.id_number_index, c.password_hash, c.one_time_mac, c.one_time_until, c.must_change "
        "FROM accounts a JOIN persons p ON p.id = a.person_id JOIN credentials c ON c.account_id = a.id WHERE a.username = $1",
        username,
    )
    return None if row is None else _account(row)


async def get(tx: Tx, account_id: UUID) -> Account | None:
    """The account with this id."""
    row = await tx.fetchrow(
        "SELECT a.*, p.name, p.id_number, p.id_number_index, c.password_hash, c.one_time_mac, c.one_time_until, c.must_change "
        "FROM accounts a JOIN persons p ON p.id = a.person_id JOIN credentials c ON c.account_id = a.id WHERE a.id = $1",
        account_id,
    )
    return None if row is None else _account(row)


async def lock(tx: Tx, account_id: UUID) -> Account | None:
    """Like `get`, and lock its credentials until the transaction ends."""
    await tx.execute("SELECT 1 FROM credentials WHERE account_id = $1 FOR UPDATE", account_id)
    return await get(tx, account_id)


async def use_one_time(tx: Tx, account_id: UUID, mac: bytes, now: datetime) -> bool:
    """Delete the one-time password; False if it was used, replaced or has expired."""
    done = await tx.fetchval(
        "UPDATE credentials SET one_time_mac = NULL, one_time_until = NULL, must_change = true "
        "WHERE account_id = $1 AND one_time_mac = $2 AND one_time_until > $3 RETURNING true",
        account_id,
        mac,
        now,
    )
    return bool(done)


async def set_password(tx: Tx, account_id: UUID, password_hash: str, now: datetime) -> None:
    """Store the holder's password; a one-time password becomes invalid."""
    await tx.execute(
        "UPDATE credentials SET password_hash = $2, set_at = $3, must_change = false, one_time_mac = NULL, "
        "one_time_until = NULL WHERE account_id = $1",
        account_id,
        password_hash,
        now,
    )


async def replace_hash(tx: Tx, account_id: UUID, old: str, new: str) -> None:
    """Store a new hash of the same password, unless the password was changed meanwhile."""
    await tx.execute(
        "UPDATE credentials SET password_hash = $3 WHERE account_id = $1 AND password_hash = $2", account_id, old, new
    )


async def give_one_time(tx: Tx, macs: Sequence[tuple[UUID, bytes]], until: datetime) -> None:
    """Store one-time passwords for accounts without a password of their own."""
    await tx.execute(
        "UPDATE credentials c SET one_time_mac = n.mac, one_time_until = $3, must_change = true "
        "FROM unnest($1::uuid[], $2::bytea[]) AS n (account_id, mac) "
        "WHERE c.account_id = n.account_id AND c.password_hash IS NULL",
        [account_id for account_id, _ in macs],
        [mac for _, mac in macs],
        until,
    )


async def add_persons(tx: Tx, new: Sequence[NewPerson]) -> None:
    """Insert persons."""
    await tx.execute(
        "INSERT INTO persons (id, name, sex, born, id_number, id_number_index) "
        "SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::text[], $6::bytea[])",
        *columns(new, "id", "name", "sex", "born", "id_number", "index"),
    )


async def change_persons(tx: Tx, changed: Sequence[NewPerson]) -> None:
    """Update persons; None leaves a column as it is."""
    await tx.execute(
        "UPDATE persons p SET name = n.name, sex = coalesce(n.sex, p.sex), born = coalesce(n.born, p.born), "
        "id_number = coalesce(n.id_number, p.id_number), id_number_index = coalesce(n.idx, p.id_number_index), "
        "version = p.version + 1 "
        "FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::text[], $6::bytea[]) "
        "AS n (id, name, sex, born, id_number, idx) WHERE p.id = n.id",
        *columns(changed, "id", "name", "sex", "born", "id_number", "index"),
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
