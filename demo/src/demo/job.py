"""One term of a deployment, from creating the schools to sealed archives, through the gateway's public API."""

from collections.abc import Awaitable, Callable

from demo import baoshan, beijing, changsha, zongyang
from demo.client import Gateway, User
from demo.deployments import JIANGXI, Deployment
from demo.scale import CONSOLE
from demo.steps import archives, imports, organisations, present_term, publicity, report, roster, timetable
from demo.world import World

SEED = 20260901
type Step = Callable[[World], Awaitable[None]]
type Chapter = tuple[str, tuple[Step, ...]]


async def run(
    base: str,
    run_number: int,
    students: int,
    operator_password: str,
    *,
    deployment: Deployment = JIANGXI,
    again: int = 0,
    present: bool = False,
) -> World:
    """Run all steps against the platform at `base`; each `run_number` has its own schools and people.

    `again`: how often the deployment ran there before. `present`: then begin a second term, which stays under way.
    """
    gateway = Gateway.to(base)
    operator = User(gateway, "operator", operator_password, "平台运维")
    try:
        world = World(gateway, run_number, SEED, operator, operator_password, deployment, again)
        await _play(
            world,
            [
                (
                    "一、建校、名册、领卡",
                    (lambda w: organisations.create_organisations(w, students), roster.roster, organisations.appoint),
                )
            ],
        )
        await _play(world, CHAPTERS[deployment.scheme_id](present))
    finally:
        await gateway.http.close()
    return world


async def _play(world: World, chapters: list[Chapter]) -> None:
    for title, steps in chapters:
        CONSOLE.rule(f"[bold]{title}")
        for step in steps:
            await step(world)


def _jiangxi(present: bool) -> list[Chapter]:
    chapters: list[Chapter] = [
        ("二、学期安排", (lambda w: timetable.schedule(w, 2025, 2) if present else timetable.schedule(w),)),
        ("三、写实记录上报与审核", (report.report,)),
        ("四、Excel 导入", (imports.imports,)),
        ("五、遴选与公示", (publicity.select, publicity.open_publicity)),
        ("六、质疑与复核", (publicity.complain, publicity.decide_cases)),
        ("七、评价与学期档案", (archives.evaluate, archives.seal, archives.verify)),
        ("八、生涯档案", (archives.career,)),
    ]
    return [*chapters, ("九、进行中的学期", (present_term.begin,))] if present else chapters


CHAPTERS: dict[str, Callable[[bool], list[Chapter]]] = {
    "jiangxi": _jiangxi,
    "changsha": lambda _: [*changsha.CHAPTERS],
    "baoshan": lambda _: [*baoshan.CHAPTERS],
    "beijing": lambda _: [*beijing.CHAPTERS],
    "zongyang": lambda _: [*zongyang.CHAPTERS],
}
"""By scheme: what happens after the schools were created, each with a title. The argument is `present`."""
