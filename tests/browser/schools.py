"""A small school of its own, for journeys that change what a whole class or school sees."""

import itertools

from demo.people import PeopleGenerator
from demo.world import Campus

from tests.world import region, terms
from tests.world.region import Region

RUNS = itertools.count(80)
"""Numbers of `PeopleGenerator`: each makes people with phone and ID numbers of its own, where no other has the same remainder
by 60: 10 to 19 are schools of other schemes, 20 to 43 these, 44 to 49 regions, graduates and terms of the demo, 50 to 69
families."""


async def a_small_school(school: Region, pupils: int = 3) -> Campus:
    """A school of the same district with a class of so many, signed in, and a term that is open for reporting and imports."""
    run = next(RUNS)
    maker = PeopleGenerator(run, run)
    campus = await region.create_school(maker, school.people["district_administrator@above"], f"j{run}", (pupils, 1))
    await region.import_people(school.world, campus)
    campus.term = await terms.a_term(campus, 3)
    return campus
