"""Every route as everybody: allowed or refused as the table says, nothing of others told, nothing changed."""

import os
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table
from stack import plan
from stack.platform import Platform

from .asking import Asker, Findings, everything
from .digest import differences, settled
from .rows import OUTCOMES
from .written import markdown

OUT = os.environ.get("MATRIX")
"""Where to write the whole matrix as a Markdown page (`make matrix OUT=...`)."""
FOUND: dict[str, Findings] = {}


@pytest.mark.feature("NR-05", "X-09", "BJ-07")
@pytest.mark.parametrize("service", plan.PATHS)
async def test_everybody_gets_what_the_table_says_and_nothing_changes(platform: Platform, asker: Asker, service: str) -> None:
    before = await settled(platform)
    FOUND[service] = found = await everything(asker, service)
    assert not found.wrong, f"{len(found.wrong)} of {found.counts['requests']} cells:\n" + "\n".join(sorted(found.wrong)[:80])
    assert found.counts["requests"] > 100
    assert not differences(before, await settled(platform))


@pytest.mark.usefixtures("platform")  # the same process as what it tells of
def test_the_matrix_is_told() -> None:
    """A summary for people; the whole of it as a page where asked for."""
    shown = Table("service", "rows", "requests", *OUTCOMES)
    for service, found in FOUND.items():
        outcomes = Counter(found.cells.values())
        rows = len({(route, row) for _, route, row, _ in found.cells})
        shown.add_row(service, str(rows), str(found.counts["requests"]), *(str(outcomes[one]) for one in OUTCOMES))
    Console(stderr=True).print(shown)
    page = markdown([(found, service) for service, found in FOUND.items()])
    assert page.startswith("# Who may what")
    if OUT:
        Path(OUT).write_text(page, encoding="utf-8")
