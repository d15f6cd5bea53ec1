"""The terms of the deployments: which parts they have, and in which order."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from demo.world import hours, now, window

from chaos.schools import BAOSHAN_ID, BEIJING_ID, CHANGSHA_ID, JIANGXI_ID
from chaos.term_run import (
    appeals,
    archiving,
    beginning,
    cases,
    confirming,
    final,
    growth,
    judging,
    panel,
    peers,
    preparing,
    records,
    scoring,
)
from chaos.term_run.base import TermRun
from demo import baoshan, beijing, changsha


async def play(term: TermRun) -> None:
    """Run the whole term. Raises Lost if a step does not finish."""
    await PLAYS[term.school.world.deployment.scheme_id](term)


async def _jiangxi(term: TermRun) -> None:
    """Reports, reviews, publicity with complaints, evaluations, archives."""
    pupils = term.school.pupils
    await beginning.schedule(term)
    await beginning.organisation(term, f"g{2100 + term.number}")
    await asyncio.gather(*(records.report(term, pupil) for pupil in pupils), records.import_workbook(term))
    for _ in range(4):
        await records.review(term)
        await asyncio.gather(*(records.resubmit(term, pupil) for pupil in pupils))
    await records.review(term, all_of_it=True)
    await asyncio.gather(*(records.select(term, pupil) for pupil in pupils))
    await cases.publish_and_object(term)
    await cases.decide_cases(term)
    await archiving.evaluate(term)
    await archiving.seal(term)


async def _changsha(term: TermRun) -> None:
    """The last two terms of a stage: growth records become material, which is publicised by itself; in the last term it is
    submitted finally, complained about, and classmates evaluate each other."""
    pupils, opens = term.school.pupils, now() + hours(24)
    await beginning.create(term, [window("publicity", opens, opens + hours(24))], 2025, 1)
    await asyncio.gather(*(growth.write(term, pupil) for pupil in pupils))
    await term.pace()
    await term.change_timetable([window("publicity", now(), now() + hours(24))], "公示开始")
    await asyncio.gather(*(growth.wait_for_entries(term, pupil) for pupil in pupils))
    await term.pace()
    await term.change_timetable([window("publicity", now() - hours(24), now())], "公示结束")
    last = replace(term, number=term.number + 1, id="", amended=set())
    await beginning.create(last, changsha.windows("submit"), 2025, 2)
    await asyncio.gather(*(growth.write(last, pupil) for pupil in pupils))
    await last.pace()
    await asyncio.gather(*(final.submit(last, pupil) for pupil in pupils))
    await last.pace()
    await final.review(last)
    await asyncio.gather(*(growth.wait_for_entries(last, pupil) for pupil in pupils))
    await last.pace()
    await last.change_timetable(changsha.windows("publish"), "公示开始")
    await panel.complain(last)
    await last.pace()
    await panel.decide(last)
    await last.pace()
    await last.change_timetable(changsha.windows("evaluate"), "学生互评")
    await asyncio.gather(panel.wait_until_told(last), *(peers.evaluate_and_sum_up(last, pupil) for pupil in pupils))
    await last.pace()
    await archiving.seal(last, changsha.windows("seal"))


async def _baoshan(term: TermRun) -> None:
    """Recorders of all levels enter, students confirm, what is refused is corrected or escalates; reports are publicised,
    appealed against and judged."""
    pupils = term.school.pupils
    await beginning.create(term, baoshan.windows("fill"), 2025, 2)
    await preparing.prepare(term)
    await term.pace()
    await confirming.enter(term)
    await term.pace()
    await confirming.read(term)
    await asyncio.gather(*(records.select(term, pupil) for pupil in pupils))
    await term.change_timetable(baoshan.windows("confirm"), "学生确认")
    await term.pace()
    await confirming.confirm(term)
    await term.pace()
    await term.change_timetable(baoshan.windows("mend"), "确认结束")
    await confirming.wait_for_silence(term)
    await term.pace()
    await term.change_timetable(baoshan.windows("publish"), "公示开始")
    await confirming.wait_for_escalation(term)
    await term.pace()
    await appeals.appeal(term)
    await term.pace()
    await appeals.handle(term)
    await term.pace()
    await term.change_timetable(baoshan.windows("file"), "归档签字")
    await archiving.wait_for_end_of_publicity(term)
    await term.pace()
    await judging.judge(term)
    await term.pace()
    await archiving.seal(term, baoshan.windows("seal"))


async def _beijing(term: TermRun) -> None:
    """The portfolio is reviewed twice; evaluations, values and bonuses become scores, which are reviewed, locked, unlocked and
    locked again."""
    pupils = term.school.pupils
    await beginning.create(term, beijing.windows("evaluate"), 2026, 1)
    await asyncio.gather(*(scoring.add_to_portfolio(term, pupil) for pupil in pupils))
    await scoring.review_portfolio(term, term.school.teacher, "class_teacher")
    await term.pace()
    await asyncio.gather(scoring.comment(term), *(scoring.evaluate(term, pupil) for pupil in pupils))
    await term.pace()
    group = scoring.group_of(term)
    await asyncio.gather(scoring.enter(term, term.school.teacher, "teacher"), scoring.enter(term, group, "group"))
    await scoring.adjust(term, group)
    await term.pace()
    await scoring.review_and_lock(term)
    await term.pace()
    await archiving.seal(term, beijing.windows("seal"))


PLAYS: dict[str, Callable[[TermRun], Awaitable[None]]] = {
    JIANGXI_ID: _jiangxi,
    CHANGSHA_ID: _changsha,
    BAOSHAN_ID: _baoshan,
    BEIJING_ID: _beijing,
}
"""By scheme. Those of the last terms of a stage are run once for each school."""
