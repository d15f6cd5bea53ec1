"""The matrix as a page: one line per row of the tables, one column per group of callers, one sign per outcome."""

from collections.abc import Iterable, Mapping

from .callers import Cells
from .rows import groups, people, table

SIGNS = {
    "allowed": "✓", "empty": "∅", "closed": "⏲", "not_found": "404", "forbidden": "403", "unauthenticated": "401",
}  # fmt: skip
COLUMNS = (
    "anonymous", "operator", "own_side", "classmates", "schoolmates", "own_class_teacher", "subject", "colleagues",
    "administrator", "principal", "recorders_auditors", "above", "pupils_elsewhere", "staff_elsewhere",
)  # fmt: skip
HEAD = """# Who may what

Written by `make matrix`; the expectation is `services/<name>/tests/access.yaml`, compared with the running platform by
`tests/matrix`. ✓ allowed (a write: as far as its state and windows allow), ∅ a list without it, ⏲ window closed, else the
status. Several signs in a cell: it differs within the group. Everything asked for belongs to one pupil, the owner.
"""


def _groups() -> str:
    lines = [f"| {name} | {', '.join(sorted(people(name)))} |" for name in COLUMNS if name in groups()]
    return "\n".join(["| column | people |", "|---|---|", *lines])


def _table(service: str, cells: Cells) -> Iterable[str]:
    yield f"| route | {' | '.join(COLUMNS)} |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for route, rows in table(service).items():
        for number, row in enumerate(rows):
            signs = []
            for column in COLUMNS:
                outcomes = {cells.get((route, number, name)) for name in people(column)}
                signs.append(" ".join(sign for outcome, sign in SIGNS.items() if outcome in outcomes))
            request = f"`{route}`" + (f" {row}".replace("|", "\\|") if str(row) else "")
            yield f"| {request} | {' | '.join(signs)} |"


def markdown(services: Mapping[str, Cells]) -> str:
    """The page: one section per service."""
    sections = [f"## {service}\n" + "\n".join(_table(service, cells)) for service, cells in services.items()]
    return "\n\n".join([HEAD + "\n" + _groups(), *sections]) + "\n"
