"""Builds the three test worlds, each through the gateway: `a_whole_term`, `a_region` and `a_school`."""

import asyncio
import itertools
from typing import Any

from demo.client import Gateway, User
from demo.people import PeopleGenerator
from demo.steps import organisations, timetable
from demo.world import Campus, World, hours, now, window
from stack.platform import Platform

from demo import job
from tests.world import region, terms
from tests.world.builders import hire
from tests.world.region import Region
from tests.world.schemes import stage_of

STUDENTS = 36
REGION_RUN, SCHOOL_RUN = 47, 48
_OTHER_RUNS = itertools.count(10)
"""The demo's `run` number: each makes people with phone and ID numbers of its own."""


async def a_whole_term(platform: Platform, students: int = STUDENTS) -> World:
    """Two schools after a whole term: the demo's journey. The sessions of all users are still valid."""
    return await job.run(platform.gateway_url, 0, students, platform.keyring.operator_password)


async def a_region(platform: Platform) -> Region:
    """Two provinces, two districts and four schools; the owner's school has one term in each phase. For the matrix.

    The codes `s1` and `s10`, `d1` and `d10`, `mx` and `mx0` are chosen so that one path begins with another and is not
    above it.
    """
    made = await _empty(platform, REGION_RUN)
    world = made.world
    province = await region.create_province(made, "mx", "@above")
    await region.create_province(made, "mx0", "@far")
    city = await region.create_organisation(province, "mx", "nc", "城市")
    by = made.people["city_administrator@above"] = await hire(province, "administrator", city, "市管理员")
    for role in ("recorder", "auditor"):
        made.people[f"city_{role}@above"] = await hire(by, role, city, f"市 {role}")
    first, second = await asyncio.gather(
        region.create_district(made, by, city, "d1", "@above"), region.create_district(made, by, city, "d10", "@far")
    )
    schools = ((first, "s1", (3, 2)), (first, "s10", (2, 1)), (second, "s1", (2, 1)), (second, "s2", (1, 1)))
    maker = PeopleGenerator(REGION_RUN, REGION_RUN)
    world.campuses = [await region.create_school(maker, by, code, sizes) for by, code, sizes in schools]
    await asyncio.gather(*(region.import_people(world, campus) for campus in world.campuses))
    await region.name_users(made)
    await region.add_shared_account(made)
    await terms.play_terms(made)
    return made


async def a_school(platform: Platform) -> Region:
    """One school with an owner, a term whose board is open, and a term that is open for reporting. For the fuzz tests."""
    made = await _empty(platform, SCHOOL_RUN)
    world = made.world
    province = await region.create_province(made, "fz", "@above")
    city = await region.create_organisation(province, "fz", "nc", "城市")
    district = await region.create_district(made, await hire(province, "administrator", city, "市管理员"), city, "d1", "@above")
    campus = await region.create_school(PeopleGenerator(SCHOOL_RUN, SCHOOL_RUN), district, "s1", (3, 1))
    world.campuses = [campus]
    await region.import_people(world, campus)
    own, classmate, spare = campus.school_classes[0].pupils
    assert own.guardian is not None
    assert classmate.guardian is not None
    made.people |= {
        "student@own": own.user, "guardian@own": own.guardian, "student@class": classmate.user,
        "guardian@class": classmate.guardian, "class_teacher@class": campus.school_classes[0].teacher,
        "school_administrator@school": campus.administrator, "principal@school": campus.staff["校长"],
    }  # fmt: skip
    world.scheme = await campus.administrator.get("/records/schemes/jiangxi/2026.1")
    public, reporting = [await terms.a_term(campus, number) for number in (2, 3)]
    await asyncio.gather(terms.open_board_term(made, public), terms.reporting_term(made, reporting))
    made.ids |= {"student": own.student_id, "spare": spare.student_id, "path": own.path, "school": campus.path}
    return made


def open_now(*operations: str) -> list[dict[str, Any]]:
    """Windows in which these operations are open now."""
    return [window(operation, now() - hours(1), now() + hours(48)) for operation in operations]


async def a_school_of(
    platform: Platform,
    scheme_id: str,
    windows: list[dict[str, Any]],
    school_year: int = 2026,
    sizes: tuple[int, int] = (1, 1),
) -> Campus:
    """A school with classes of these sizes, under version 2026.1 of a scheme, and a term with these windows.

    `school_year`: in which the term begins; the pupils entered in 2025. Each call has a province and people of its own; the
    administrator of the district is among its staff as 区管理员.
    """
    run = next(_OTHER_RUNS)
    made, code = await _empty(platform, run), f"ot{run}"
    operator, stage = made.world.operator, stage_of(scheme_id)
    body = {"parent": "", "code": code, "title": "另一省", "stage": stage, "time_zone": "Asia/Shanghai"}
    await operator.post("/identity/organisations", {**body, "scheme_id": scheme_id, "scheme_version": "2026.1"})
    province = await hire(operator, "administrator", code, "省管理员")
    city = await region.create_organisation(province, code, "nc", "城市")
    office = await hire(province, "administrator", city, "市管理员")
    district = await region.create_district(made, office, city, "d1", "@above")
    maker = PeopleGenerator(run, run, 16 if stage == "senior_secondary" else 12)
    campus = await region.create_school(maker, district, "s1", sizes)
    await region.import_people(made.world, campus)
    campus.staff["区管理员"] = district
    campus.term = await campus.administrator.post(
        "/records/terms", timetable.a_term(campus.path, windows, school_year=school_year)
    )
    return campus


async def _empty(platform: Platform, run: int) -> Region:
    """The operator signed in, and nothing else."""
    gateway, password = Gateway.to(platform.gateway_url), platform.keyring.operator_password
    world = World(gateway, run, run, User(gateway, "operator", password, "平台运维"), password)
    await organisations.sign_in_operator(world)
    return Region(world, {"operator": world.operator})
