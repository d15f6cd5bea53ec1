"""Counters of organisations, from the class up to the province, that never make one transaction wait for another.

A transaction only appends what it adds (`add`); a job adds that to the counters of the organisation and of all above it, some
thousand changes at once, and deletes it. Reading counts both in one statement, so a counter is right as soon as the transaction
has ended. A use case finds its changes from what was counted before, under a lock of its own (a student, a class), so that an
event that comes twice changes nothing.

A service wires it with `on_job(counters.FOLD)(counters.fold)` and the chore `counters.plan`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from servicekit import jobs
from servicekit.db import Tx
from servicekit.ids import utc_now

FOLD = "fold_counters"
_AT_ONCE = 5_000
_PAUSE = timedelta(seconds=2)
"""Between two runs while there is something to do; a burst of uploads leaves some thousand changes to read meanwhile."""


class Key(NamedTuple):
    """What is counted of an organisation: `period` says of which year or term, `item` what."""

    period: str
    path: str
    item: str


async def add(tx: Tx, counter: str, changes: Mapping[Key, int]) -> None:
    """Add to the counters of these organisations, and of all above them. Locks nothing."""
    rows = [(*key, change) for key, change in changes.items() if change]
    if rows:
        await tx.execute(
            "INSERT INTO counter_changes (counter, period, path, item, change) SELECT $1, n.period, n.path::ltree, n.item, "
            "n.change FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[]) AS n (period, path, item, change)",
            counter, *map(list, zip(*rows, strict=True)),
        )  # fmt: skip


async def read(tx: Tx, counter: str, period: str, path: str) -> dict[str, int]:
    """What is counted of an organisation, by item."""
    rows = await tx.fetch(
        """
        SELECT item, sum(count)::bigint AS count
          FROM (SELECT item, count FROM counters WHERE counter = $1 AND period = $2 AND path = $3::text::ltree
                 UNION ALL
                SELECT item, change FROM counter_changes
                 WHERE counter = $1 AND period = $2 AND path <@ $3::text::ltree) c
         GROUP BY item
        """,
        counter, period, path,
    )  # fmt: skip
    return {row["item"]: row["count"] for row in rows}


async def below(tx: Tx, counter: str, period: str, path: str) -> dict[str, dict[str, int]]:
    """What is counted of each organisation directly below one, by path in order and item."""
    rows = await tx.fetch(
        """
        SELECT path::text AS path, item, sum(count)::bigint AS count
          FROM (SELECT path, item, count FROM counters WHERE counter = $1 AND period = $2 AND parent = $3::text::ltree
                 UNION ALL
                SELECT subpath(path, 0, nlevel($3::text::ltree) + 1), item, change FROM counter_changes
                 WHERE counter = $1 AND period = $2 AND path <@ $3::text::ltree AND nlevel(path) > nlevel($3::text::ltree)) c
         GROUP BY path, item ORDER BY c.path
        """,
        counter, period, path,
    )  # fmt: skip
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["path"], {})[row["item"]] = row["count"]
    return found


async def periods(tx: Tx, counter: str, path: str, item: str) -> dict[str, int]:
    """How many of an item an organisation has in each period, in the order of periods."""
    rows = await tx.fetch(
        """
        SELECT period, sum(count)::bigint AS count
          FROM (SELECT period, count FROM counters WHERE counter = $1 AND path = $2::text::ltree AND item = $3
                 UNION ALL
                SELECT period, change FROM counter_changes WHERE counter = $1 AND path <@ $2::text::ltree AND item = $3) c
         GROUP BY period ORDER BY period
        """,
        counter, path, item,
    )  # fmt: skip
    return {row["period"]: row["count"] for row in rows}


async def spans(tx: Tx, counter: str, path: str, start: str) -> dict[str, dict[str, int]]:
    """What is counted of an organisation in each period that begins so, by period in order and item."""
    rows = await tx.fetch(
        """
        SELECT period, item, sum(count)::bigint AS count
          FROM (SELECT period, item, count FROM counters
                 WHERE counter = $1 AND path = $2::text::ltree AND period ^@ $3
                 UNION ALL
                SELECT period, item, change FROM counter_changes
                 WHERE counter = $1 AND path <@ $2::text::ltree AND period ^@ $3) c
         GROUP BY period, item ORDER BY period
        """,
        counter, path, start,
    )  # fmt: skip
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["period"], {})[row["item"]] = row["count"]
    return found


async def plan(deps: Any) -> None:
    """Have waiting changes added to the counters; a chore. May be called repeatedly."""
    async with deps.db.transaction() as tx:
        await jobs.repeat(tx, FOLD, "", _PAUSE)


async def fold(_deps: Any, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    """Add waiting changes to the counters, and go on while there are any."""
    taken: int = await tx.fetchval(_FOLD, _AT_ONCE)
    if taken:
        await jobs.schedule(tx, utc_now() + (_PAUSE if taken < _AT_ONCE else timedelta()), FOLD, key)


_FOLD = """
WITH taken AS (
    DELETE FROM counter_changes
     WHERE id IN (SELECT id FROM counter_changes ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING counter, period, path, item, change),
sums AS (
    SELECT counter, period, subpath(path, 0, n.depth) AS path, item, sum(change) AS change
      FROM taken CROSS JOIN LATERAL generate_series(1, nlevel(path)) AS n (depth) GROUP BY 1, 2, 3, 4),
added AS (
    INSERT INTO counters AS c (counter, period, path, parent, item, count)
    SELECT counter, period, path, subpath(path, 0, nlevel(path) - 1), item, change FROM sums WHERE change <> 0
     ORDER BY counter, path, period, item
        ON CONFLICT (counter, path, period, item) DO UPDATE SET count = c.count + excluded.count)
SELECT count(*) FROM taken
"""


async def wrong(tx: Tx, counter: str) -> list[tuple[str, str, str]]:
    """The periods, paths and items whose count is not the sum of those directly below; for tests and operators. Counters that
    an organisation has without any below it are not looked at."""
    rows = await tx.fetch(
        """
        SELECT p.period, p.path::text AS path, p.item
          FROM counters p JOIN counters c ON c.counter = p.counter AND c.parent = p.path AND c.period = p.period
                                          AND c.item = p.item
         WHERE p.counter = $1 GROUP BY p.period, p.path, p.item, p.count HAVING sum(c.count) <> p.count ORDER BY 1, 2, 3
        """,
        counter,
    )
    return [(row["period"], row["path"], row["item"]) for row in rows]
