"""A school of its own whose term goes from publicity over self-evaluations to sealed archives, step by step."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from demo.people import PeopleGenerator
from demo.scale import until
from demo.steps import timetable
from demo.world import Campus, Pupil, hours, now, window

from tests.browser.devices import Device
from tests.world import region, terms
from tests.world.region import Region

RUN = 46
"""The demo's `run` number of its people."""
RECORDS = 3
"""Of each pupil, of one kind: one more than the career archive takes."""


@dataclass
class Graduates:
    """One pupil for each size of screen, and their term."""

    campus: Campus
    term: dict[str, Any]

    def pupil(self, device: Device) -> Pupil:
        """Whose screen it is."""
        return self.campus.school_classes[0].pupils[0 if device.touch else 1]

    async def seal(self) -> None:
        """Seal the term, and let the pupils select for the career archive."""
        by, past = self.campus.administrator, now()
        spent = timetable.windows(past - hours(6), past - hours(4), past - hours(2))
        made = [one for one in spent if one["operation"] not in ("seal", *timetable.AFTER)]
        made += [window(operation, past - hours(2), past) for operation in timetable.AFTER]
        made += [window(operation, past, past + hours(48)) for operation in ("seal", "career_select")]
        await terms.change_windows(self.campus, self.term, made)
        url = f"/archive/terms/{self.term['id']}"
        await until("归档", partial(terms.accepted, by.post, f"{url}/seal", {"without_missing": True}))

        async def done() -> bool | None:
            return (await by.get(url))["state"] == "sealed" or None

        await until("学期档案", done)


async def publish_and_close(school: Region) -> Graduates:
    """A new school in the district of `school`, with publicised records and an open window for self-evaluations."""
    district = school.people["district_administrator@above"]
    campus = await region.create_school(PeopleGenerator(RUN, RUN), district, "s9", (2, 1))
    await region.import_people(school.world, campus)
    term = await terms.a_term(campus, 1)
    pupils = campus.school_classes[0].pupils[:2]
    await terms.open_board(school, campus, term, [one for one in pupils for _ in range(RECORDS)])
    ends = now()
    await terms.change_windows(campus, term, timetable.windows(ends - hours(4), ends - hours(2), ends))
    reader = pupils[0].user

    async def may_write() -> bool | None:
        found = (await reader.get("/archive/home"))["evaluations"]
        return any(one["open"] for one in found) or None

    await until("自评开放", may_write)
    return Graduates(campus, term)
