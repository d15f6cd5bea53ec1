"""The switches of terms (SH-02), and the directory whose terms know them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.directory import Directory, Student
from servicekit.ids import new_id

from records.domain.record import ChangedBy
from records.domain.switches import SwitchState
from records.domain.term import Term


class SwitchDirectory(Directory[Term]):
    """Terms with the values of their school's switches; terms of schemes without switches are read as usual."""

    async def _fetch(self, tx: Tx, term_ids: Collection[UUID], *, share: bool) -> dict[UUID, Term]:
        return await with_switches(tx, await super()._fetch(tx, term_ids, share=share))

    async def lock(self, tx: Tx, term_id: UUID) -> Term | None:
        """One term, locked."""
        term = await super().lock(tx, term_id)
        return None if term is None else (await with_switches(tx, {term.id: term}))[term.id]

    async def with_student(self, tx: Tx, term_id: UUID, student_id: UUID | None) -> tuple[Term | None, Student | None]:
        """A term and a student; each is None if it is not known."""
        term, student = await super().with_student(tx, term_id, student_id)
        return None if term is None else (await with_switches(tx, {term.id: term}))[term.id], student


async def with_switches(tx: Tx, terms: dict[UUID, Term]) -> dict[UUID, Term]:
    """The terms with what their schools have set."""
    asked = [term.id for term in terms.values() if term.scheme.switches]
    if not asked:
        return terms
    rows = await tx.fetch("SELECT term_id, switch, value, frozen_at FROM term_switches WHERE term_id = ANY($1)", asked)
    found: dict[UUID, dict[str, SwitchState]] = {}
    for row in rows:
        found.setdefault(row["term_id"], {})[row["switch"]] = SwitchState(row["value"], row["frozen_at"])
    return {
        term_id: replace(term, set_switches=found[term_id]) if term_id in found else term for term_id, term in terms.items()
    }


async def lock(tx: Tx, term_id: UUID, switch: str, default: bool) -> SwitchState:
    """The value of a switch, locked: who freezes it or sets it waits."""
    await tx.execute(
        "INSERT INTO term_switches (term_id, switch, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        term_id,
        switch,
        default,
    )
    row: Any = await tx.fetchrow(
        "SELECT value, frozen_at FROM term_switches WHERE term_id = $1 AND switch = $2 FOR UPDATE", term_id, switch
    )
    return SwitchState(row["value"], row["frozen_at"])


async def save(tx: Tx, term_id: UUID, switch: str, value: bool, by: ChangedBy, at: datetime) -> None:
    """Set a locked switch, and log who did."""
    await tx.execute("UPDATE term_switches SET value = $3 WHERE term_id = $1 AND switch = $2", term_id, switch, value)
    await tx.execute(
        "INSERT INTO switch_changes (id, at, term_id, switch, value, by_id, by_name, by_role) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new_id(), at, term_id, switch, value, by.id, by.name, by.role,
    )  # fmt: skip


async def freeze(tx: Tx, term_id: UUID, switches: Sequence[tuple[str, bool]], at: datetime) -> None:
    """Make switches final, each with its default value should nobody have set it."""
    await tx.execute(
        "INSERT INTO term_switches AS s (term_id, switch, value, frozen_at) "
        "SELECT $1, n.switch, n.value, $4 FROM unnest($2::text[], $3::boolean[]) AS n (switch, value) ORDER BY n.switch "
        "ON CONFLICT (term_id, switch) DO UPDATE SET frozen_at = coalesce(s.frozen_at, excluded.frozen_at)",
        term_id, [name for name, _ in switches], [value for _, value in switches], at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SwitchChange:
    """Who set a switch last, and when."""

    at: datetime
    by_name: str


async def last_changes(tx: Tx, term_id: UUID) -> dict[str, SwitchChange]:
    """Who set each switch of a term last."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (switch) switch, at, by_name FROM switch_changes WHERE term_id = $1 ORDER BY switch, id DESC",
        term_id,
    )
    return {row["switch"]: SwitchChange(row["at"], row["by_name"]) for row in rows}
