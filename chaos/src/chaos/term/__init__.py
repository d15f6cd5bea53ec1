"""One small term of one school as its people play it, whatever happens: from the timetable to sealed archives.

Every write is logged before it is sent. What may stay unknown is left unknown now and then; the play looks at what is
there and goes on, as people do. One file per part of the term; `base.py` has what all parts share.
"""

import asyncio

from chaos.term import beginning, cases, ending, records
from chaos.term.base import Term

__all__ = ["Term", "play"]


async def play(term: Term) -> None:
    """From beginning to end. Raises Lost where something does not come to its end."""
    pupils = term.room.pupils
    await beginning.schedule(term)
    await beginning.organisation(term)
    await asyncio.gather(*(records.report(term, pupil) for pupil in pupils), records.bring_in(term))
    for _ in range(4):
        await records.review(term)
        await asyncio.gather(*(records.mend(term, pupil) for pupil in pupils))
    await records.review(term, all_of_it=True)
    await asyncio.gather(*(records.select(term, pupil) for pupil in pupils))
    await cases.show_and_object(term)
    await cases.settle(term)
    await ending.evaluate(term)
    await ending.seal(term)
