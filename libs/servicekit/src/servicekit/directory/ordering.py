"""The order of classes: by grade, then the school's own order, then the natural order of their titles (L-07).

SQL sorts by `class_order(path)`, or by `coalesce(o.ordering, s.path)` where it joins `directory_organisations o` and has many
rows of a class; a cursor is compared with `(SELECT class_order($1::ltree))`, which is computed once.
"""

from collections.abc import Iterable

from contracts.base import level_of
from people import natural_key

from servicekit.db import Tx


def ordering(path: str, title: str, position: int | None) -> str | None:
    """The sort key of a class, different for each: its grade, its position or title, its label; None: not a class. As path
    labels may not have such letters, a title is written in hexadecimal digits, after all positions."""
    if level_of(path) != "class":
        return None
    grade, _, label = path.rpartition(".")
    key = f"{position:04d}" if position is not None else "t" + natural_key(title).encode().hex()[:240]
    return f"{grade}.{key}.{label}"


async def in_order(tx: Tx, paths: Iterable[str]) -> list[str]:
    """These organisations, each once, in the order of their schools."""
    rows = await tx.fetch(
        "SELECT DISTINCT n.path, coalesce(o.ordering, n.path::ltree) AS at FROM unnest($1::text[]) AS n (path) "
        "LEFT JOIN directory_organisations o ON o.path = n.path::ltree ORDER BY at",
        list(paths),
    )
    return [row["path"] for row in rows]
