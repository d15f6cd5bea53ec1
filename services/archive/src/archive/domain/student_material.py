"""What was recorded of a student over the years of the stage, for those who grade them: by dimension and school year. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from scheme import Kind, Scheme
from servicekit.directory import Student

from archive.domain import content
from archive.domain.compose import record_content
from archive.domain.material import Collected, Material
from archive.domain.score_sheets import LockedScore
from archive.domain.terms import ArchiveTerm

MOST = 400
"""Records of a dimension and school year at most."""


@dataclass(frozen=True)
class YearRecords:
    """The records of one school year: title of the kind and the record."""

    school_year: str
    records: Sequence[tuple[str, content.Record]]


@dataclass(frozen=True)
class DimensionMaterial:
    """The records of a dimension, newest year first."""

    dimension: str
    title: str
    years: Sequence[YearRecords]


@dataclass(frozen=True)
class StudentMaterial:
    """A student's records by dimension, and the locked results of earlier terms."""

    student: Student
    dimensions: Sequence[DimensionMaterial]
    results: Sequence[LockedScore]


def student_material(term: ArchiveTerm, known: Mapping[UUID, ArchiveTerm], material: Material) -> StudentMaterial:
    """known: the terms of the records, by id; each record is read with the scheme of its term."""
    by_dimension: dict[str, dict[str, list[tuple[str, content.Record]]]] = {d.id: {} for d in term.scheme.dimensions}
    for record in material.records:
        held = known.get(record.snapshot.term_id, term)
        kind = _kind(held.scheme, record)
        if kind is None or kind.archive == "never" or record.snapshot.dimension not in by_dimension:
            continue
        years = by_dimension[record.snapshot.dimension].setdefault(held.school_year, [])
        if len(years) < MOST:
            years.append((kind.title, record_content(kind, record, True, held.zone)))
    dimensions = []
    for d in term.scheme.dimensions:
        of_years = sorted(by_dimension[d.id].items(), reverse=True)
        dimensions.append(DimensionMaterial(d.id, d.title, [YearRecords(year, found) for year, found in of_years]))
    return StudentMaterial(material.student, dimensions, [one for one in material.locked if one.term_id != term.id])


def _kind(scheme: Scheme, record: Collected) -> Kind | None:
    return next((kind for kind in scheme.kinds if kind.id == record.snapshot.kind), None)
