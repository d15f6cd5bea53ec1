"""Statistics of results, from the class up to the province (BJ-03, BJ-08, BJ-12)."""

from typing import Annotated

from contracts.base import OrgPath
from pydantic import Field
from scheme.stages import StageId
from servicekit.auth import may
from servicekit.http import Api, Request

from archive.actions import statistics as actions
from archive.domain.statistics import Period
from archive.views.statistics import PeriodsView, StatisticsView, periods_view, statistics_view

api = Api("statistics")
OVERSEERS = may("oversee")
"""Who looks after a class, grade, school or an organisation above; which reports they may have, the scheme says."""
RULES = ("BJ-08", "BJ-12")
SchemeId = Annotated[str, Field(min_length=1, max_length=60)]
SchoolYear = Annotated[str, Field(pattern=r"^\d{4}-\d{4}$")]
Number = Annotated[int, Field(ge=1, le=4)]


@api.get("/statistics/periods", may=OVERSEERS, rules=RULES)
async def list_periods(request: Request, path: OrgPath | None = None) -> PeriodsView:
    """The terms in which an organisation has results, newest first, at most 24, with the reports that this card may have."""
    return periods_view(await actions.periods(request.deps, request.actor, path))


@api.get("/statistics", may=OVERSEERS, rules=(*RULES, "BJ-03"))
async def read_statistics(
    request: Request,
    scheme_id: SchemeId,
    school_year: SchoolYear,
    number: Number,
    path: OrgPath | None = None,
    stage: StageId | None = None,
) -> StatisticsView:
    """How many students of an organisation have which grade, and of each directly below it; nobody is named. Of all stages, or
    of one."""
    asked = Period(scheme_id, school_year, number, stage=stage or "")
    return statistics_view(await actions.read(request.deps, request.actor, path, asked))
