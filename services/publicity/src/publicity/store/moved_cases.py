"""SQL of cases in a term that moved to a version of its scheme with other types, stages and roles (X-01). Their steps keep what
was called so then."""

from collections.abc import Mapping
from uuid import UUID

from servicekit.db import Tx


async def rename_types(tx: Tx, term_id: UUID, types: Mapping[str, str]) -> None:
    """Give cases of these types the new one, closed ones, too: they are shown with it."""
    if types:
        await tx.execute(
            "UPDATE cases c SET case_type = n.new FROM unnest($2::text[], $3::text[]) AS n (old, new) "
            "WHERE c.term_id = $1 AND c.case_type = n.old",
            term_id, list(types), list(types.values()),
        )  # fmt: skip


async def rename_summaries(tx: Tx, term_id: UUID, evaluations: Mapping[str, str]) -> None:
    """Give the published texts of these evaluations the new type."""
    if evaluations:
        await tx.execute(
            "UPDATE summaries s SET type = n.new FROM unnest($2::text[], $3::text[]) AS n (old, new) "
            "WHERE s.term_id = $1 AND s.type = n.old",
            term_id, list(evaluations), list(evaluations.values()),
        )  # fmt: skip


async def rename_waits(tx: Tx, term_id: UUID, roles: Mapping[str, str]) -> None:
    """Let open cases that wait for one of these roles wait for the new one."""
    if roles:
        await tx.execute(
            "UPDATE cases c SET waits_for = array(SELECT coalesce(n.new, w.role) FROM unnest(c.waits_for) "
            "WITH ORDINALITY AS w (role, no) LEFT JOIN unnest($2::text[], $3::text[]) AS n (old, new) ON n.old = w.role "
            "ORDER BY w.no) WHERE c.term_id = $1 AND c.closed_at IS NULL AND c.waits_for && $2::text[]",
            term_id, list(roles), list(roles.values()),
        )  # fmt: skip


async def rename_stages(tx: Tx, term_id: UUID, stages: Mapping[str, str]) -> list[UUID]:
    """Give cases at these stages the new one, closed ones, too; returns those that are open and not decided."""
    if not stages:
        return []
    rows = await tx.fetch(
        "UPDATE cases c SET stage = n.new FROM unnest($2::text[], $3::text[]) AS n (old, new) "
        "WHERE c.term_id = $1 AND c.stage = n.old RETURNING c.id, c.closed_at IS NULL AND c.decision IS NULL AS goes_on",
        term_id, list(stages), list(stages.values()),
    )  # fmt: skip
    return sorted(row["id"] for row in rows if row["goes_on"])
