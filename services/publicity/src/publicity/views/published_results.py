"""Response shapes of published results, and of results that a case is about (X-15)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from scheme.results import ScoredResult
from servicekit.http import Page

from publicity.domain import published_results as rules
from publicity.domain.cases import Case
from publicity.domain.published_results import PublishedResult
from publicity.domain.terms import Term
from publicity.results import ResultBoard, ResultItem
from publicity.views.board import ComplaintFormView, case_form


class ResultGradeView(BaseModel):
    """A dimension (empty: the result has none) with its band, and its score where scores are published."""

    dimension: str
    title: str
    band: str
    band_title: str
    score: str | None


class ResultItemView(BaseModel):
    """A student's published result, as far as the viewer may see it. `objection`: the id of the form in the page by which this
    viewer may object; null: they may not. `ends`: when the step that is under way ends."""

    result_id: UUID
    student_id: UUID | None
    student_name: str | None
    grade: str | None
    class_title: str | None
    path: str
    step: str
    step_title: str
    ends: datetime
    own: bool
    grades: list[ResultGradeView]
    objection: str | None


class ResultBoardView(Page[ResultItemView]):
    """One page of published results; `objections`: the forms by which this viewer may object to some of them."""

    term_id: UUID
    term_title: str
    objections: list[ComplaintFormView]


class BandView(BaseModel):
    """A band to choose from, and the dimensions that have it; empty: all of them."""

    id: str
    title: str
    dimensions: list[str]


class ResultChangeView(BaseModel):
    """The result that a case is about: before, after a decision for a correction, and the bands to choose from."""

    before: list[ResultGradeView]
    after: list[ResultGradeView] | None
    bands: list[BandView]


def result_board_view(page: ResultBoard, limit: int, following: str | None) -> ResultBoardView:
    """One page. What the allow-list does not show is left out (X-09)."""
    types = {item.objection.id: item.objection for item in page.items[:limit] if item.objection is not None}
    return ResultBoardView(
        items=[_item(page, item) for item in page.items[:limit]],
        next=following,
        term_id=page.term.id,
        term_title=page.term.title,
        objections=[case_form(page.term, one, page.term.path, "school") for one in types.values()],
    )


def _item(page: ResultBoard, item: ResultItem) -> ResultItemView:
    shows, row, result = page.scope.shows, item.row, item.row.result
    named = "student_name" in shows or item.own
    return ResultItemView(
        result_id=result.id,
        student_id=result.student_id if named else None,
        student_name=row.student_name if named else None,
        grade=row.grade_title if "grade" in shows else None,
        class_title=row.class_title if "class" in shows else None,
        path=result.path,
        step=item.step.step.id,
        step_title=item.step.step.title,
        ends=item.step.ends,
        own=item.own,
        grades=_published(page.term, result),
        objection=item.objection.id if item.objection is not None else None,
    )


def _published(term: Term, result: PublishedResult) -> list[ResultGradeView]:
    rule = rules.rule_of(term)
    if rule is None:
        return []
    scores = rule[1].shows == "scores"
    return [
        _grade(term, rule[0], dimension, grade.band, grade.score if scores else None)
        for dimension, grade in _in_order(term, result.grades)
    ]


def _in_order[T](term: Term, grades: Mapping[str, T]) -> list[tuple[str, T]]:
    """By dimension, in the order of the scheme."""
    order = [dimension.id for dimension in term.scheme.dimensions]
    return sorted(grades.items(), key=lambda one: order.index(one[0]) if one[0] in order else 0)


def _grade(term: Term, rule: ScoredResult, dimension: str, band: str, score: str | None) -> ResultGradeView:
    known = rule.band_by_id(band)
    return ResultGradeView(
        dimension=dimension,
        title=term.scheme.dimension(dimension).title if dimension else term.scheme.text("result", "评价结果"),
        band=band,
        band_title=known.title if known is not None else band,
        score=score,
    )


def result_change_view(case: Case, term: Term) -> ResultChangeView | None:
    """What a case is about, if that is a result."""
    rule = rules.rule_of(term)
    if rule is None or case.grades_before is None:
        return None

    def bands(grades: dict[str, str]) -> list[ResultGradeView]:
        return [_grade(term, rule[0], dimension, band, None) for dimension, band in _in_order(term, grades)]

    return ResultChangeView(
        before=bands(case.grades_before),
        after=bands(case.grades_after) if case.grades_after else None,
        bands=[BandView(id=band.id, title=band.title, dimensions=list(band.dimensions)) for band in rule[0].bands],
    )
