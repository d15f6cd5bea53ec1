"""Shapes of signed forms and of completion (NR-03, NR-04)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from archive.domain.form_counts import Completion, Level
from archive.domain.signed_forms import FormOf, Photo, SignedForm
from archive.views.base import View


class PhotoView(View):
    """A photo; `number` from 1; `pages` of a PDF."""

    number: int
    media_type: str
    pages: int | None


class SignedFormView(View):
    """A form that was filed. `state`: it counts, was returned for a `reason`, or was replaced by a newer one."""

    id: UUID
    school_year: str
    state: Literal["filed", "returned", "replaced"]
    matched: Literal["picture", "typed", "by_eye"]
    by_family: bool
    by_name: str
    at: datetime
    reason: str | None
    photos: list[PhotoView]


class StudentFormView(View):
    """A student who has to hand in a form, with the newest one of the school year; null: none was uploaded."""

    student_id: UUID
    name: str
    path: str
    class_title: str
    form: SignedFormView | None


class CompletionView(View):
    """How many students have to hand in a form, and how many forms are uploaded."""

    path: str
    title: str
    students: int
    uploaded: int


class CompletionPage(View):
    """An organisation and those directly below it in one school year; `school_years`: all there are, oldest first."""

    school_years: list[str]
    school_year: str | None
    own: CompletionView
    below: list[CompletionView]
    next: str | None


class RemindedView(View):
    """How many families were reminded."""

    families: int


def form_view(form: SignedForm | None, photos: list[Photo]) -> SignedFormView | None:
    """A form with its photos; None: none was uploaded."""
    if form is None:
        return None
    return SignedFormView(
        id=form.id,
        school_year=form.school_year,
        state="filed" if form.counts else "returned" if form.replaced_at is None else "replaced",
        matched=form.matched,
        by_family=form.role in ("guardian", "student"),
        by_name=form.by.name,
        at=form.at,
        reason=form.reason,
        photos=[PhotoView(number=number, media_type=one.media_type, pages=one.pages) for number, one in enumerate(photos, 1)],
    )


def student_view(found: FormOf) -> StudentFormView:
    """A student and the form."""
    student = found.student
    return StudentFormView(
        student_id=student.id,
        name=student.name,
        path=student.path,
        class_title=student.grade_title + student.class_title,
        form=form_view(found.form, list(found.photos)),
    )


def completion_page(found: Level, limit: int) -> CompletionPage:
    """A level, with the page of those below it."""

    def view(one: Completion) -> CompletionView:
        return CompletionView.model_validate(one)

    shown = [view(one) for one in found.below[:limit]]
    return CompletionPage(
        school_years=list(found.years),
        school_year=found.school_year,
        own=view(found.own),
        below=shown,
        next=shown[-1].path if len(found.below) > limit else None,
    )
