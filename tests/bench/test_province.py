"""Benchmark l: every route that counts is measured, and a missed promise ends it (NR-04). `--students 96` tries it out."""

from pathlib import Path

import pytest
from bench.__main__ import PROMISED
from bench.benchmarks import province
from bench.benchmarks.province import Cost
from bench.figures import Figure
from bench.province.layout import FULL, SMALL
from bench.province.routes import MEASURED, NOT_COUNTING, candidates

from bench import figures


def test_a_route_that_counts_for_an_organisation_is_measured() -> None:
    found = set(candidates(Path(__file__).parents[2]))
    assert found - {*MEASURED, *NOT_COUNTING} == set(), "measure it at full size (bench/province/routes.py), or say why not"
    assert set(NOT_COUNTING) <= found
    assert not set(NOT_COUNTING) & set(MEASURED)


def test_the_whole_has_a_million_students_and_what_is_measured_is_as_wide_in_a_hundredth() -> None:
    classes = list(FULL.all_classes())
    early = [one for one in classes if one.early]
    assert FULL.number_of_students == 1_000_000
    assert SMALL.number_of_students == 96
    assert (len(classes) * FULL.students, len(classes) * FULL.students * FULL.records) == (1_000_000, 20_000_000)
    assert 0.98 <= len(early) / len(classes) * 100 <= 1.02
    for path in FULL.measured.values():
        below = [{one for one in FULL.organisations(some) if one.rpartition(".")[0] == path} for some in (early, classes)]
        assert below[0] == below[1]


@pytest.mark.feature("NR-04", "BJ-08")
def test_a_missed_promise_is_named_and_other_goals_and_promises_that_are_kept_are_not() -> None:
    costs = {("archive", "/home", "city"): Cost(10, 51.0, 4, 1), ("identity", "/home", "city"): Cost(9, 49.0, 6, 1)}
    less = {("archive", "/home", "city"): Cost(10, 30.0, 4, 1), ("identity", "/home", "city"): Cost(9, 30.0, 3, 1)}
    found = [*province.figures(less, costs), Figure("g", "inbox", 3.0, goal=1.5, direction="at most")]
    assert figures.missed(found, PROMISED) == [
        "archive /home, city: p99: 51.0 ms, promised ≤ 50.0 ms",
        "identity /home, city: CPU: 2 ×, promised ≤ 1.5 ×",
    ]
