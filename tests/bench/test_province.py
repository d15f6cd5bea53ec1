"""The province of benchmark l, with few students: every route that counts is measured, and the counters are right (NR-04)."""

from pathlib import Path

import pytest
from bench.benchmarks import province
from bench.environment import Options, running_environment
from bench.province.layout import FULL, SMALL
from bench.province.routes import MEASURED, NOT_COUNTING, SERVICES, candidates
from stack import testing


def test_a_route_that_counts_for_an_organisation_is_measured() -> None:
    found = set(candidates(Path(__file__).parents[2]))
    assert found - {*MEASURED, *NOT_COUNTING} == set(), "measure it at full size (bench/province/routes.py), or say why not"
    assert set(NOT_COUNTING) <= found
    assert not set(NOT_COUNTING) & set(MEASURED)


def test_the_whole_has_a_million_students_and_what_is_measured_is_as_wide_in_a_hundredth() -> None:
    classes = list(FULL.all_classes())
    early = [one for one in classes if one.early]
    assert (len(classes) * FULL.students, len(classes) * FULL.students * FULL.records) == (1_000_000, 20_000_000)
    assert 0.98 <= len(early) / len(classes) * 100 <= 1.02
    for path in FULL.measured.values():
        below = [{one for one in FULL.organisations(some) if one.rpartition(".")[0] == path} for some in (early, classes)]
        assert below[0] == below[1]


@pytest.mark.feature("NR-04", "BJ-08")
async def test_every_counter_of_a_small_province_is_the_sum_of_its_rows() -> None:
    options = Options(rounds=1, seconds=0.02)
    async with testing.data_folder() as root, running_environment(root, options, print, SERVICES) as env:
        found = province.Measured(env, SMALL, province.a_scheme())
        there = await found.write(set(), whole=True)
        await found.check(len(there) * SMALL.students)
        costs = await found.costs()
    assert len(province.figures(costs, costs)) == 2 * sum(len(one.levels) for one in MEASURED.values())
