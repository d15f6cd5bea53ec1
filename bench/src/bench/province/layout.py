"""Which schools and classes a province has, at one hundredth and in full; the hundredth is a part of the whole.

What is measured has the same number of organisations directly below it at both sizes: the province its cities, the first city
its districts, the first district its schools, the first school its grades and classes. So both answer the same request.
"""

from collections.abc import Iterator
from dataclasses import dataclass

PROVINCE = "bj"
GRADES = ("g2024", "g2025", "g2026")


@dataclass(frozen=True)
class SchoolClass:
    """A class. `number` counts the classes of the whole province from 0; `early`: also in the hundredth."""

    number: int
    path: str
    grade: str
    early: bool

    @property
    def school(self) -> str:
        """The path of its school."""
        return ".".join(self.path.split(".")[:4])


@dataclass(frozen=True)
class Layout:
    """How many cities there are, districts of a city, schools of a district, classes of a school and students of a class."""

    cities: int
    districts: int
    schools: int
    classes: int
    students: int
    records: int
    """Of a student, in two terms."""

    @property
    def number_of_students(self) -> int:
        """In the whole province."""
        return self.cities * self.districts * self.schools * self.classes * self.students

    @property
    def school(self) -> str:
        """The school whose screens are measured."""
        return f"{PROVINCE}.c01.d01.s01"

    @property
    def measured(self) -> dict[str, str]:
        """The organisations that are measured, by level."""
        return {
            "province": PROVINCE, "city": f"{PROVINCE}.c01", "district": f"{PROVINCE}.c01.d01", "school": self.school,
            "grade": f"{self.school}.{GRADES[0]}", "class": f"{self.school}.{GRADES[0]}.c01",
        }  # fmt: skip

    def school_paths(self) -> Iterator[tuple[str, bool]]:
        """Every school with whether it is in the hundredth, too."""
        for city in range(1, self.cities + 1):
            for district in range(1, self.districts + 1):
                for school in range(1, self.schools + 1):
                    first = school == 1 and (district == 1 or city == 1)
                    early = first or (city, district) == (1, 1)
                    yield f"{PROVINCE}.c{city:02}.d{district:02}.s{school:02}", early

    def all_classes(self) -> Iterator[SchoolClass]:
        """Every class, by school. Of the hundredth's other schools only some classes are there early."""
        number = 0
        paths = list(self.school_paths())
        others = sum(early for _, early in paths) - 1
        whole = len(paths) * self.classes
        few = max(len(GRADES), (whole // 100 - self.classes) // max(1, others)) if len(paths) > 1 else self.classes
        for path, early in paths:
            for index in range(self.classes):
                grade = GRADES[index % len(GRADES)]
                name = f"{path}.{grade}.c{index // len(GRADES) + 1:02}"
                yield SchoolClass(number, name, grade, early and (path == self.school or index < few))
                number += 1

    def organisations(self, classes: list[SchoolClass]) -> list[str]:
        """The classes and all organisations above them, by path."""
        found = {".".join(one.path.split(".")[:depth]) for one in classes for depth in range(1, 7)}
        return sorted(found, key=lambda path: (path.count("."), path))


FULL = Layout(cities=10, districts=10, schools=5, classes=50, students=40, records=20)
"""1,000,000 students in 25,000 classes of 500 schools, with 20,000,000 records."""
SMALL = Layout(cities=2, districts=2, schools=2, classes=3, students=4, records=6)
"""To try the benchmark: 96 students in 24 classes of 8 schools."""
