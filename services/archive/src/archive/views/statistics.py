"""Statistics of results and reports as responses (BJ-08, BJ-12)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from scheme import STAGE_TITLES

from archive.domain import reports as rules
from archive.domain.reports import ReportRun
from archive.domain.statistics import WHOLE, Statistics, Total, bands_of, dimensions_of
from archive.results import PeriodOffer
from archive.views.base import View


class ReportOfferView(View):
    """A report of the scheme that this card may have."""

    id: str
    title: str
    type: Literal["detail", "summary", "term_tables"]
    formats: list[str]


class StageStudentsView(View):
    """A stage and how many students of it have a result."""

    id: str
    title: str
    students: int


class PeriodView(View):
    """A term of a scheme with the number of results, in all and by stage (BJ-03), and the reports that may be made of it."""

    scheme_id: str
    scheme_version: str
    scheme_title: str
    school_year: str
    number: int
    title: str
    students: int
    stages: list[StageStudentsView]
    reports: list[ReportOfferView]


class PeriodsView(View):
    """Newest first, at most 24."""

    items: list[PeriodView]


class BandCountView(View):
    """How many students have a grade, or a verdict."""

    id: str
    title: str
    students: int


class DimensionCountsView(View):
    """The grades of a dimension; `dimension` "": on the whole."""

    dimension: str
    title: str
    bands: list[BandCountView]


class UnitCountsView(View):
    """An organisation directly below: students with a result, their classes, and their grades on the whole."""

    path: str
    title: str
    classes: int
    students: int
    bands: list[BandCountView]


class StatisticsView(View):
    """The results of an organisation. `expected`: students who take part, at a school and below."""

    path: str
    title: str
    period: str
    classes: int
    students: int
    expected: int | None
    dimensions: list[DimensionCountsView]
    units: list[UnitCountsView]


class ReportRunView(View):
    """A report that was asked for, and how far it is: `done` of `total` steps. `problem`: why it was not made."""

    id: UUID
    report: str
    title: str
    name: str
    path: str
    period: str
    format: str
    state: Literal["making", "ready", "failed"]
    done: int
    total: int
    size: int | None
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime
    problem: str | None


def periods_view(offers: Sequence[PeriodOffer]) -> PeriodsView:
    """From the use case's results."""
    return PeriodsView(
        items=[
            PeriodView(
                scheme_id=one.scheme.id, scheme_version=one.scheme.version, scheme_title=one.scheme.title,
                school_year=one.period.school_year, number=one.period.number, title=one.period.title, students=one.students,
                stages=[
                    StageStudentsView(id=stage, title=title, students=one.stages[stage])
                    for stage, title in STAGE_TITLES.items()
                    if stage in one.stages
                ],
                reports=[
                    ReportOfferView(id=r.id, title=r.title, type=r.type, formats=list(rules.formats(r))) for r in one.reports
                ],
            )
            for one in offers
        ]
    )  # fmt: skip


def statistics_view(found: Statistics) -> StatisticsView:
    """From the use case's result."""
    total = found.total
    return StatisticsView(
        path=total.path, title=total.title, period=found.period.title, classes=total.classes, students=total.students,
        expected=found.expected,
        dimensions=[
            DimensionCountsView(dimension=d.id, title=d.title, bands=_bands(found, total.path, d.id))
            for d in dimensions_of(found.scheme)
        ],
        units=[_unit(found, child) for child in found.children],
    )  # fmt: skip


def _unit(found: Statistics, unit: Total) -> UnitCountsView:
    bands = _bands(found, unit.path, WHOLE)
    return UnitCountsView(path=unit.path, title=unit.title, classes=unit.classes, students=unit.students, bands=bands)


def _bands(found: Statistics, path: str, dimension: str) -> list[BandCountView]:
    return [
        BandCountView(id=band.id, title=band.title, students=found.students(path, dimension, band.id))
        for band in bands_of(found.scheme)
    ]


def run_view(run: ReportRun) -> ReportRunView:
    """From a run."""
    return ReportRunView(
        **{name: getattr(run, name) for name in ReportRunView.model_fields if name != "period"}, period=run.period.title
    )
