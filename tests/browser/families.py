"""Families that are new at a school: enrolled by the roster, with a slip that nobody has used."""

import itertools
from dataclasses import dataclass, replace

from demo.people import PeopleGenerator, SchoolData, StudentData
from demo.steps import batches
from demo.steps.organisations import slips
from demo.steps.roster import student_rows

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
    run = next(_RUNS)
    maker = PeopleGenerator(run, run)
    planned = [maker.student(900 + run * 10 + n, 2025, own_class.title) for n in range(children)]
    parent = planned[0]
    planned = [
        replace(
            child,
            guardian_name=parent.guardian_name,
            guardian_relation=parent.guardian_relation,
            guardian_phone=parent.guardian_phone,
            guardian_id_number=parent.guardian_id_number,
        )
        for child in planned
    ]
    form = await batches.template(campus.administrator, "roster", campus.path)
    assert form is not None
    book = workbooks.fill(form, {"学生": student_rows(SchoolData(campus.plan.code, campus.plan.title, planned))})
    name = f"{campus.plan.title}新生{run}.xlsx"
    await batches.import_workbook(school.world, campus.administrator, "roster", campus.path, name, book)
    given = {slip["username"]: slip["password"] for slip in await slips(own_class.teacher, own_class.path, "guardians")}
    return Family(planned, parent.guardian_phone, given[parent.guardian_phone])
