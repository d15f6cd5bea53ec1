"""Families that are new at a school: enrolled by the roster, with a slip that nobody has used."""

import itertools
from dataclasses import dataclass, replace

from demo.people import PeopleGenerator, SchoolData, StudentData
from demo.steps import batches
from demo.steps.organisations import slips
from demo.steps.roster import student_rows
from demo.world import Campus, World

from demo import workbooks
from tests.world.region import Region

_RUNS = itertools.count(50)


@dataclass(frozen=True)
class Family:
    """A guardian with the paper slip, and their children."""

    children: list[StudentData]
    username: str
    slip: str

    @property
    def child(self) -> StudentData:
        """The first child; the guardian is the same for all."""
        return self.children[0]


async def a_family(school: Region, children: int = 1) -> Family:
    """Enrol children of one guardian in the owner's class, and print the guardian's slip."""
    campus = school.campus
    own_class = campus.school_classes[0]
    planned = siblings(own_class.title, children)
    await enrol(school.world, campus, planned)
    given = {slip["username"]: slip["password"] for slip in await slips(own_class.teacher, own_class.path, "guardians")}
    phone = planned[0].guardian_phone
    return Family(planned, phone, given[phone])


def siblings(class_title: str, children: int) -> list[StudentData]:
    """So many new pupils of a class with one guardian."""
    run = next(_RUNS)
    maker = PeopleGenerator(run, run)
    planned = [maker.student(900 + run * 10 + n, 2025, class_title) for n in range(children)]
    parent = planned[0]
    return [
        replace(
            child,
            guardian_name=parent.guardian_name,
            guardian_relation=parent.guardian_relation,
            guardian_phone=parent.guardian_phone,
            guardian_id_number=parent.guardian_id_number,
        )
        for child in planned
    ]


async def enrol(world: World, campus: Campus, planned: list[StudentData]) -> None:
    """Import new pupils with a roster; no slips are printed."""
    form = await batches.template(campus.administrator, "roster", campus.path)
    assert form is not None
    book = workbooks.fill(form, {"学生": student_rows(SchoolData(campus.plan.code, campus.plan.title, planned))})
    name = f"{campus.plan.title}新生{planned[0].registry_number}.xlsx"
    await batches.import_workbook(world, campus.administrator, "roster", campus.path, name, book)
