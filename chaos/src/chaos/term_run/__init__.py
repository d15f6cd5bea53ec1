"""One small term of one school, from the timetable to sealed archives, with clients that cope with all faults.

Every write is logged before it is sent. Now and then a client gives up a write with an unknown outcome; the steps read
the present state and go on from there. One module per part of the term; `base` has what they share.
"""

import asyncio

from chaos.term_run import archiving, beginning, cases, records
from chaos.term_run.base import TermRun

__all__ = ["TermRun", "play"]


async def play(term: TermRun) -> None:
    """Run the whole term. Raises Lost if a step does not finish."""
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
