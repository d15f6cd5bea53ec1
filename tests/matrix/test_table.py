"""The table says something of every route and of everybody, and of nothing else. Needs no server."""

import inspect
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from scheme import Schemes
from scheme.roles import FAMILY, held_as, platform_capabilities, rule_of
from servicekit.auth import Rule
from stack import plan

from tests.world import schemes
from tests.world.region import EVERYBODY

from .callers import Cells, Results, expected_cells
from .page import markdown
from .rows import OUTCOMES, Row, every, groups, numbered, people, table

READS = {"get", "list", "search", "count", "export", "file", "stream"}


def routes(service: str) -> dict[str, Rule]:
    """What the service serves: `GET /records/{record_id}` and who may call."""
    return {f"{route.method} {route.path}": route.may for route in plan.BY_PATH[service].load().api.routes}


def line_for(service: str, route: str) -> str:
    """What to write for a route that the table does not know."""
    names = [part[1:-1] for part in route.split("/") if part.startswith("{")]
    of = f"of: {{{', '.join(f'{name}: <an object of the owner: tests/world/terms.py>' for name in names)}}}, " if names else ""
    does = "get" if route.startswith("GET") else "write"
    then = "" if does == "get" else "then: <code that those who may are told>, "
    return (
        f"services/{plan.BY_PATH[service].name}/tests/access.yaml has no row for a route. Think who may, then add:\n{route}:\n"
        f"  - {{does: {does}, {of}allowed: <groups of people.yaml>, {then}rest: not_found}}"
    )


@pytest.mark.parametrize("service", plan.PATHS)
def test_every_route_has_rows_and_every_row_a_route(service: str) -> None:
    served, listed = routes(service), table(service)
    missing = [line_for(service, route) for route in served if not listed.get(route)]
    assert not missing, "\n".join(missing)
    assert set(listed) == set(served), f"rows of routes that are no more: {sorted(set(listed) - set(served))}"
    assert all(isinstance(may, Rule) for may in served.values())


@pytest.mark.parametrize(("service", "route", "row"), [pytest.param(*one, id=f"{one[0]} {one[1]} {one[2]}") for one in every()])
def test_every_row_says_what_everybody_gets(service: str, route: str, row: Row) -> None:
    asked = row.asked_as(EVERYBODY)
    assert asked
    for name in asked:
        assert row.expected(name) in OUTCOMES, name
    writes = not route.startswith("GET")
    assert writes == (row.does == "write") or row.does in READS, "what writes is no reading"
    named = " ".join((row.allowed, row.empty, row.closed, row.not_found, row.forbidden, row.but, row.only or ""))
    assert people(named) <= set(EVERYBODY), f"nobody is called {sorted(people(named) - set(EVERYBODY))}"


def capabilities() -> dict[str, frozenset[str]]:
    """What the scheme of the region lets each caller do."""
    with TemporaryDirectory() as folder:
        schemes.write(Path(folder))
        region = Schemes(Path(folder)).get(schemes.EVERY_ROLE, "2026.1")
    found = {}
    for name in EVERYBODY:
        role = name.partition("@")[0]
        at = next((one.at for one in region.roles if one.id == role), "country")
        rule = rule_of([region], held_as(role, at), at) if role not in FAMILY else None
        found[name] = platform_capabilities(role, at) if rule is None else rule.may
    return found


@pytest.mark.parametrize("service", plan.PATHS)
def test_whom_a_routes_guard_does_not_admit_the_table_forbids(service: str) -> None:
    may, guards = capabilities(), routes(service)
    wrong = [
        f"{route} [{number}] as {name}: {row.expected(name)}"
        for route, number, row, _ in numbered(service)
        for name in row.asked_as(EVERYBODY)
        if name not in ("anonymous", "operator")
        and guards[route].capabilities
        and guards[route].capabilities.isdisjoint(may[name])
        and row.expected(name) != "forbidden"
    ]
    assert not wrong, "\n".join(wrong)


def test_of_those_whom_a_row_forbids_a_third_is_asked_and_everybody_else_always() -> None:
    names = [f"n{number}" for number in range(9)]
    row = Row(does="get", allowed="n0", forbidden=" ".join(names[3:]), rest="not_found")
    asked = [set(row.sampled(names, number)) for number in range(3)]
    assert all({"n0", "n1", "n2"} <= one and len(one) == 5 for one in asked)
    assert set.union(*asked) == set(names)


def test_a_cell_that_differs_is_missing_or_is_not_in_the_table_is_a_difference() -> None:
    expected: Cells = {("GET /x", 0, "operator"): "forbidden", ("GET /x", 0, "anonymous"): "unauthenticated"}
    assert Results(dict(expected)).differences(expected) == []
    for outcomes in (
        {**expected, ("GET /x", 0, "operator"): "allowed"},
        {("GET /x", 0, "operator"): "forbidden"},
        {**expected, ("GET /x", 1, "operator"): "forbidden"},
    ):
        assert len(Results(outcomes).differences(expected)) == 1


@pytest.mark.parametrize("service", plan.PATHS)
def test_the_page_has_a_line_for_every_row_and_a_sign_for_every_group(service: str) -> None:
    cells = expected_cells(service)
    lines = [line for line in markdown({service: cells}).splitlines() if line.startswith("| `")]
    assert len(lines) == sum(len(rows) for rows in table(service).values())
    signs = [set(line.rpartition("` ")[2].split()) for line in lines]
    assert all(one & {"✓", "∅", "⏲", "404", "403", "401"} for one in signs)


def test_everybody_is_in_a_group_and_groups_name_nobody_else() -> None:
    named = people(" ".join(groups()))
    assert named | {"operator", "anonymous"} == set(EVERYBODY)


def test_a_route_without_a_rule_cannot_be_made() -> None:
    from servicekit.http import Api

    async def show(request: object) -> None:
        """Nothing."""

    with pytest.raises(TypeError, match="may"):
        Api().get("/open")(show)  # type: ignore[call-arg]
    for method in ("get", "post", "put", "delete"):
        assert inspect.signature(getattr(Api, method)).parameters["may"].default is inspect.Parameter.empty
