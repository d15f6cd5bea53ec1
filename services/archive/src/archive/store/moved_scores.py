"""SQL of what was entered in a term that moved to a version of its scheme with other parts, dimensions and bands (X-01).
Histories keep what was called so then; a part that is given up stays where it is, and no longer counts."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from servicekit.db import Tx

type Ids = Mapping[str, str]
"""The new id by the old one."""


async def version(tx: Tx, term_id: UUID, now: str) -> str | None:
    """The version under which the term's data stood until now; from now on it is the other. Locks the term's state."""
    before: str | None = await tx.fetchval("SELECT entered_version FROM term_states WHERE term_id = $1 FOR UPDATE", term_id)
    if before != now:
        await tx.execute("UPDATE term_states SET entered_version = $2 WHERE term_id = $1", term_id, now)
    return before


async def rename_parts(tx: Tx, term_id: UUID, ids: Ids) -> None:
    """Scores and adjustments of these parts belong to the new ones."""
    await tx.execute(
        "UPDATE scores s SET part = n.new FROM unnest($2::text[], $3::text[]) AS n (old, new) "
        "WHERE s.term_id = $1 AND s.part = n.old",
        term_id, *_both(ids),
    )  # fmt: skip
    await tx.execute(
        "UPDATE adjustments a SET part = n.new FROM unnest($2::text[], $3::text[]) AS n (old, new) "
        "WHERE a.term_id = $1 AND a.part = n.old",
        term_id, *_both(ids),
    )  # fmt: skip


async def rename_dimensions(tx: Tx, term_id: UUID, ids: Ids) -> None:
    """Scores, adjustments and consents in these dimensions are in the new ones."""
    await tx.execute(
        "UPDATE scores s SET dimension = n.new FROM unnest($2::text[], $3::text[]) AS n (old, new) "
        "WHERE s.term_id = $1 AND s.dimension = n.old",
        term_id, *_both(ids),
    )  # fmt: skip
    await tx.execute(
        "UPDATE adjustments a SET dimension = n.new FROM unnest($2::text[], $3::text[]) AS n (old, new) "
        "WHERE a.term_id = $1 AND a.dimension = n.old",
        term_id, *_both(ids),
    )  # fmt: skip
    await tx.execute(
        "UPDATE band_consents c SET dimension = n.new FROM unnest($2::text[], $3::text[]) AS n (old, new) "
        "WHERE c.term_id = $1 AND c.dimension = n.old",
        term_id, *_both(ids),
    )  # fmt: skip


async def rename_bands(tx: Tx, term_id: UUID, ids: Ids) -> None:
    """Consents to these bands, and verdicts of these choices, name the new ones."""
    await tx.execute(
        "UPDATE band_consents c SET band = n.new FROM unnest($2::text[], $3::text[]) AS n (old, new) "
        "WHERE c.term_id = $1 AND c.band = n.old",
        term_id, *_both(ids),
    )  # fmt: skip
    await tx.execute(
        "UPDATE verdicts v SET choice = n.new FROM unnest($2::text[], $3::text[]) AS n (old, new) "
        "WHERE v.term_id = $1 AND v.choice = n.old",
        term_id, *_both(ids),
    )  # fmt: skip


async def rename_roles(tx: Tx, term_id: UUID, ids: Ids) -> None:
    """Consents that wait for these roles wait for the new ones."""
    await tx.execute(
        "UPDATE band_consents c SET role = n.new FROM unnest($2::text[], $3::text[]) AS n (old, new) "
        "WHERE c.term_id = $1 AND c.role = n.old",
        term_id, *_both(ids),
    )  # fmt: skip


async def rename_evaluations(tx: Tx, term_id: UUID, ids: Ids) -> None:
    """Evaluations of these types, and those of classmates, are of the new ones."""
    await tx.execute(
        "UPDATE evaluations e SET type = n.new FROM unnest($2::text[], $3::text[]) AS n (old, new) "
        "WHERE e.term_id = $1 AND e.type = n.old",
        term_id, *_both(ids),
    )  # fmt: skip
    await tx.execute(
        "UPDATE peer_evaluations e SET type = n.new FROM unnest($2::text[], $3::text[]) AS n (old, new) "
        "WHERE e.term_id = $1 AND e.type = n.old",
        term_id, *_both(ids),
    )  # fmt: skip


def _both(ids: Ids) -> tuple[list[str], list[str]]:
    return list(ids), list(ids.values())


async def move_sheets(
    tx: Tx, term_id: UUID, steps: Mapping[int, int], reasons: Mapping[int, str], by: str, at: datetime
) -> int:
    """Let the sheets at these steps wait at others, each with a move that says why; locked ones stay. Returns how many."""
    if not steps:
        return 0
    moved: int = await tx.fetchval(
        """
        WITH moved AS (
            UPDATE score_sheets s SET step = n.new, version = s.version + 1
              FROM unnest($2::integer[], $3::integer[], $4::text[]) AS n (old, new, reason)
             WHERE s.term_id = $1 AND NOT s.locked AND s.step = n.old
            RETURNING s.term_id, s.path, s.version, s.step, n.reason),
        noted AS (
            INSERT INTO score_sheet_moves (term_id, path, version, action, step, reason, account_id, author_name, role, at)
            SELECT term_id, path, version, 'carry_over', step, reason, $5, $6, '', $7 FROM moved RETURNING 1)
        SELECT count(*)::integer FROM noted
        """,
        term_id, list(steps), list(steps.values()), [reasons[old] for old in steps], UUID(int=0), by, at,
    )  # fmt: skip
    return moved
