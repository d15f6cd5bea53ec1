"""One term of two schools, from creating the schools to sealed archives, through the gateway's public API."""

from demo.client import Gateway, User
from demo.scale import CONSOLE
from demo.steps import archives, imports, organisations, present_term, publicity, report, roster, timetable
from demo.world import World

SEED = 20260901


async def run(base: str, run_number: int, students: int, operator_password: str, *, present: bool = False) -> World:
    """Run all steps against the platform at `base`; each `run_number` has its own schools and people.

    `present`: then begin a second term, which stays under way.
    """
    gateway = Gateway.to(base)
    try:
        world = World(gateway, run_number, SEED, User(gateway, "operator", operator_password, "平台运维"), operator_password)
        for title, steps in (
            ("一、建校、名册、领卡", (lambda w: organisations.create_organisations(w, students), roster.roster)),
            ("二、学期安排", (lambda w: timetable.schedule(w, 2025, 2) if present else timetable.schedule(w),)),
            ("三、写实记录上报与审核", (report.report,)),
            ("四、Excel 导入", (imports.imports,)),
            ("五、遴选与公示", (publicity.select, publicity.open_publicity)),
            ("六、质疑与复核", (publicity.complain, publicity.decide_cases)),
            ("七、评价与学期档案", (archives.evaluate, archives.seal, archives.verify)),
            ("八、生涯档案", (archives.career,)),
            ("九、进行中的学期", (present_term.begin,) if present else ()),
        ):
            if not steps:
                continue
            CONSOLE.rule(f"[bold]{title}")
            for step in steps:
                await step(world)
    finally:
        await gateway.http.close()
    return world
