"""Step 1: province, city, district and schools; their administrators."""

import json
from typing import Any

from demo.client import Refused, User
from demo.people import SchoolData, schools
from demo.scale import each, step
from demo.world import PASSWORD, Campus, World


async def create_organisations(world: World, students: int) -> None:
    """The operator creates a province, and each administrator the organisations below."""
    deployment, suffix = world.deployment, str(world.again or "")
    async with step("省、市、县（区）、学校"):
        await sign_in_operator(world)
        world.province = f"{deployment.province.code}{suffix}"
        top = await world.operator.post(
            "/identity/organisations",
            {
                "parent": "",
                "code": world.province,
                "title": deployment.province.title + (f"（演示{suffix}）" if suffix else ""),
                "stage": deployment.stage,
                "scheme_id": deployment.scheme_id,
                "scheme_version": deployment.version,
                "time_zone": "Asia/Shanghai",
            },
        )
        above, path = world.operator, str(top["path"])
        for number, office in enumerate((deployment.province, deployment.city, deployment.district), 1):
            if number > 1:
                path = await _organisation(above, path, office.code, office.title)
            name = f"{office.title}管理员"
            above = await _administrator(world, above, path, name, f"139{world.run:03d}{number:05d}")
            world.regional[office.administrator] = above
        district, district_admin = path, above
        for number, plan in enumerate(schools(students, world.seed, world.run, deployment=deployment), 4):
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


async def appoint(world: World) -> None:
    """The schools' administrators appoint staff to the roles that the scheme adds (SH-12)."""
    if not world.deployment.appointed:
        return
    async with step("学校任命"):
        for campus in world.campuses:
            offered = await campus.administrator.get("/identity/staff/roles", path=campus.path)
            ids = {one["title"]: one["role"] for one in offered["items"]}
            for number, title in enumerate(world.deployment.appointed, 21):
                phone = f"139{world.run:03d}{number:05d}"
                campus.staff[title] = await hire(world, campus.administrator, campus.path, ids[title], title, phone)


async def hire(world: World, by: User, path: str, role: str, name: str, phone: str) -> User:
    """Create a member of staff, who then signs in."""
    created = await by.post("/identity/staff", {"name": name, "phone": phone, "role": role, "path": path})
    user = User(world.gateway, phone, created["one_time_password"], name)
    await user.first_sign_in(PASSWORD)
    world.counts["signed_in"] += 1
    return user


async def _organisation(by: User, parent: str, code: str, title: str) -> str:
    created = await by.post("/identity/organisations", {"parent": parent, "code": code, "title": title})
    return str(created["path"])


async def _administrator(world: World, by: User, path: str, name: str, phone: str) -> User:
    return await hire(world, by, path, "administrator", name, phone)


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
