"""Every route as every caller: the outcome is the one in the table, no answer leaks, and no data changes."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table
from stack import plan
from stack.platform import Platform

from tests.world.tables import CONTENT_HASH, settled

from .callers import Callers, Results, expected_cells, sampled_cells, send_all
from .page import markdown
from .rows import OUTCOMES

PAGE = os.environ.get("MATRIX")
"""Where to write the whole matrix as a Markdown page (`make matrix OUT=...`)."""


@pytest.fixture(scope="module")
def results() -> Iterator[dict[str, Results]]:
    """Results by service; at the end prints how many outcomes of each sort there were, and writes the page."""
    made: dict[str, Results] = {}
    yield made
    shown = Table("service", "requests", *OUTCOMES)
    for service, found in made.items():
        counts = Counter(found.outcomes.values())
        shown.add_row(service, str(counts.total()), *(str(counts[outcome]) for outcome in OUTCOMES))
    Console(stderr=True).print(shown)
    if PAGE:
        pages = {service: expected_cells(service) | found.outcomes for service, found in made.items()}
        Path(PAGE).write_text(markdown(pages), encoding="utf-8")


@pytest.mark.feature("NR-05", "X-09", "BJ-07")
@pytest.mark.parametrize("service", plan.PATHS)
async def test_every_caller_gets_what_the_table_says_and_nothing_changes(
    platform: Platform, callers: Callers, results: dict[str, Results], service: str
) -> None:
    await callers.renew(callers.tokens)
    before = await settled(platform, CONTENT_HASH)
    results[service] = found = await send_all(callers, service)
    expected = sampled_cells(service)
    assert len(expected) > 100
    wrong = found.differences(expected)
    assert not wrong, f"{len(wrong)} of {len(expected)} cells:\n" + "\n".join(wrong[:400])
    assert not found.leaks, "\n".join(found.leaks[:80])
    after = await settled(platform, CONTENT_HASH)
    assert [name for name in before if before[name] != after.get(name)] == []
