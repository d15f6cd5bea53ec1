"""The matrix as a page: one line per way to ask, one column per group of people, one sign per outcome."""

from collections.abc import Iterable

from .asking import Findings
from .rows import groups, people

SIGNS = {
    "allowed": "✓", "empty": "∅", "closed": "⏲", "not_found": "404", "forbidden": "403", "unauthenticated": "401",
}  # fmt: skip
COLUMNS = (
    "anonymous", "operator", "home", "mates", "schoolmates", "keeper", "subject", "colleagues", "office", "head", "clerks",
    "above", "pupils_elsewhere", "staff_elsewhere",
)  # fmt: skip
HEAD = """# Who may what

Written by `make matrix`; the expectation is `services/<name>/tests/access.yaml`, held against the running platform by
`tests/matrix`. ✓ allowed (a write: as far as its state and windows allow), ∅ a list without it, ⏲ window closed, else the
status. Several signs in a cell: it differs within the group. Everything asked for belongs to one pupil, the owner.
"""


def _who() -> str:
    lines = [f"| {name} | {', '.join(sorted(people(name)))} |" for name in COLUMNS if name in groups()]
    return "\n".join(["| column | people |", "|---|---|", *lines])


def _table(found: Findings) -> Iterable[str]:
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for (_, route, row, name), outcome in found.cells.items():
        cells.setdefault((route, row), {})[name] = outcome
    yield f"| route | {' | '.join(COLUMNS)} |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for (route, row), by_name in cells.items():
        signs = []
        for column in COLUMNS:
            outcomes = {by_name[name] for name in sorted(people(column)) if name in by_name}
            signs.append(" ".join(SIGNS[outcome] for outcome in SIGNS if outcome in outcomes))
        way = f"`{route}`" + (f" {row}".replace("|", "\\|") if row else "")
        yield f"| {way} | {' | '.join(signs)} |"


def markdown(parts: Iterable[tuple[Findings, str]]) -> str:
    """The page."""
    sections = [f"## {service}\n" + "\n".join(_table(found)) for found, service in parts]
    return "\n\n".join([HEAD + "\n" + _who(), *sections]) + "\n"
