"""Step 1: province, city, district and two schools; their administrators."""

import json
from typing import Any

from demo.client import Refused, User
from demo.people import SchoolData, schools
from demo.scale import each, step
from demo.world import PASSWORD, Campus, World


async def create_organisations(world: World, students: int) -> None:
    """The operator creates a province, and each administrator the organisations below."""
    suffix = "" if world.run == 0 else str(world.run)
    async with step("省、市、县（区）、学校"):
        await sign_in_operator(world)
        world.province = f"jx{suffix}"
        top = await world.operator.post(
            "/identity/organisations",
            {
                "parent": "",
                "code": world.province,
                "title": "江西省" + (f"（演示{suffix}）" if suffix else ""),
                "stage": "senior_secondary",
                "scheme_id": "jiangxi",
                "scheme_version": "2026.1",
                "time_zone": "Asia/Shanghai",
            },
        )
        province = await _administrator(world, world.operator, top["path"], "省教育厅管理员", f"139{world.run:03d}00001")
        city = await _organisation(province, top["path"], "nc", "南昌市")
        city_admin = await _administrator(world, province, city, "市教育局管理员", f"139{world.run:03d}00002")
        district = await _organisation(city_admin, city, "hgt", "红谷滩区")
        district_admin = await _administrator(world, city_admin, district, "区教体局管理员", f"139{world.run:03d}00003")
        world.regional = {"省管理员": province, "市管理员": city_admin, "县（区）管理员": district_admin}
        for number, plan in enumerate(schools(students, world.seed, world.run), 4):
            world.campuses.append(await _create_school(world, district_admin, district, plan, number))
        world.counts["organisations"] += 3 + len(world.campuses)


async def sign_in_operator(world: World) -> None:
    """Sign in as the operator. The first run sets the password."""
    try:
        world.operator.password = PASSWORD if world.run else world.operator_password
        await world.operator.first_sign_in(PASSWORD)
    except Refused as refused:
        if refused.status != 401:
            raise
        world.operator.password = world.operator_password if world.run else PASSWORD
        await world.operator.first_sign_in(PASSWORD)


async def _organisation(by: User, parent: str, code: str, title: str) -> str:
    created = await by.post("/identity/organisations", {"parent": parent, "code": code, "title": title})
    return str(created["path"])


async def _administrator(world: World, by: User, path: str, name: str, phone: str) -> User:
    created = await by.post("/identity/staff", {"name": name, "phone": phone, "role": "administrator", "path": path})
    user = User(world.gateway, phone, created["one_time_password"], name)
    await user.first_sign_in(PASSWORD)
    world.counts["signed_in"] += 1
    return user


async def _create_school(world: World, by: User, district: str, plan: SchoolData, number: int) -> Campus:
    path = await _organisation(by, district, plan.code, plan.title)
    administrator = await _administrator(world, by, path, f"{plan.title}管理员", f"139{world.run:03d}{number:05d}")
    return Campus(plan, path, administrator)


async def slips(by: User, path: str, audience: str) -> list[dict[str, Any]]:
    """Create account slips as JSON."""
    content, _ = await by.raw("POST", "/identity/slips", {"path": path, "audience": audience}, {"Accept": "application/json"})
    return list(json.loads(content)["items"])


async def sign_in_all(world: World, title: str, users: list[User]) -> None:
    """First sign-in of all these users."""

    async def first(user: User) -> None:
        await user.first_sign_in(PASSWORD)
        world.counts["signed_in"] += 1

    await each(title, users, first, at_once=8)
