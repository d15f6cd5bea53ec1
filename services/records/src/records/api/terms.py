"""Terms, timetables, and schemes (SH-01, X-01, X-02)."""

import re
from typing import Annotated
from uuid import UUID

from contracts.base import OrgPath, Window
from pydantic import AfterValidator, Field, StringConstraints
from scheme import Id, Scheme, UnknownError
from servicekit.auth import ANY_CARD, SIGNED_IN, may
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import unpack_id
from servicekit.refusals import Refusal

from records.actions import moving, terms
from records.api.body import Body, Day, Moment
from records.api.paging import PAGE, page_of
from records.domain.scheduling import Plan
from records.views.records import AllowedView, TermView
from records.views.scheme_changes import SchemeChangeView
from records.views.terms import PreviewView, ReadTableView

api = Api("terms")
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


def _school_year(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{4}", text) or int(text[:4]) + 1 != int(text[5:]):
        raise ValueError("学年请写成 2026-2027 这样")
    return text


SchoolYear = Annotated[str, AfterValidator(_school_year)]


class WindowIn(Body):
    """Who may do which operation from when to when; without roles or grades (1 to 12), all of the scheme."""

    operation: Id
    starts: Moment
    ends: Moment
    roles: list[Id] = Field(default=[], max_length=20)
    grades: list[Annotated[int, Field(ge=1, le=12)]] = Field(default=[], max_length=12)

    def window(self) -> Window:
        """The window as events contain it."""
        grades = tuple(str(grade) for grade in self.grades)
        return Window(operation=self.operation, starts=self.starts, ends=self.ends, roles=tuple(self.roles), grades=grades)


class TermIn(Body):
    """A term to schedule. Without `path`: of the caller's school. Without `windows`: with the usual ones of the scheme."""

    path: OrgPath | None = None
    title: Words
    school_year: SchoolYear
    number: int = Field(ge=1, le=3)
    starts_on: Day
    ends_on: Day
    windows: list[WindowIn] | None = Field(default=None, max_length=200)


class PreviewIn(Body):
    """A timetable to check: of the term `term_id`, or of a new one of `path` (default: the caller's school) from `starts_on`.

    Without `windows`: those of the term, or the usual ones of the scheme from `starts_on`. `at`: when to say who may do what.
    """

    term_id: UUID | None = None
    path: OrgPath | None = None
    starts_on: Day | None = None
    windows: list[WindowIn] | None = Field(default=None, max_length=200)
    at: Moment | None = None


class TableIn(Body):
    """The cells of a table as copied from a workbook; merged cells are empty below. `path`: default the caller's school."""

    path: OrgPath | None = None
    rows: list[Annotated[list[Annotated[str, StringConstraints(max_length=3000)]], Field(max_length=12)]] = Field(
        min_length=1, max_length=200
    )


class TimetableIn(Body):
    """A whole new timetable."""

    windows: list[WindowIn] = Field(max_length=200)
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]


@api.post("/terms", may=may("plan_terms"), rules=("SH-01", "X-02"))
async def schedule_term(request: Request, term: TermIn) -> TermView:
    """Schedule a term; it gets the scheme and version of the nearest organisation that names one."""
    windows = None if term.windows is None else tuple(window.window() for window in term.windows)
    plan = Plan(term.title, term.school_year, term.number, term.starts_on, term.ends_on, windows)
    return TermView.of(*await terms.schedule(request.deps, request.actor, term.path or request.actor.path, plan))


@api.post("/terms/preview", may=may("plan_terms"), status=200, rules=("SH-01", "X-02"))
async def preview_term(request: Request, plan: PreviewIn) -> PreviewView:
    """What the check finds in a timetable, and who may do what at a time, without storing anything."""
    windows = None if plan.windows is None else tuple(window.window() for window in plan.windows)
    found = terms.preview(
        request.deps, request.actor, plan.term_id, plan.path or request.actor.path, plan.starts_on, windows, plan.at
    )
    return PreviewView.of(await found)


@api.post("/terms/table", may=may("plan_terms"), status=200, rules=("SH-01",))
async def read_table(request: Request, table: TableIn) -> ReadTableView:
    """What a timetable that the authority sent as a table would set, and what in it is not understood; stores nothing."""
    return ReadTableView.of(await terms.read_table(request.deps, request.actor, table.path or request.actor.path, table.rows))


@api.get("/terms", may=SIGNED_IN, rules=("SH-01",))
async def list_terms(
    request: Request, path: OrgPath | None = None, cursor: Cursor | None = None, limit: PAGE = 50
) -> Page[TermView]:
    """Terms of the caller's school, or of the schools of the caller's organisation, newest first."""
    found = await terms.page(request.deps, request.actor, path, unpack_id(cursor), limit)
    return page_of([TermView.of(term) for term in found], limit, lambda view: view.id)


@api.get("/terms/{term_id}", may=SIGNED_IN, rules=("SH-01",))
async def show_term(request: Request, term_id: UUID) -> TermView:
    """One term with its timetable."""
    return TermView.of(await terms.show(request.deps, request.actor, term_id))


@api.put("/terms/{term_id}/timetable", may=may("plan_terms"), rules=("SH-01", "X-02"))
async def change_timetable(request: Request, term_id: UUID, timetable: TimetableIn) -> TermView:
    """Change the timetable (`If-Match`). It is refused if the check finds errors; warnings are in the response."""
    windows = tuple(window.window() for window in timetable.windows)
    changed = terms.change_timetable(request.deps, request.actor, term_id, request.version, windows, timetable.reason)
    return TermView.of(*await changed)


@api.get("/terms/{term_id}/allowed", may=SIGNED_IN, rules=("X-02", "X-13"))
async def show_allowed(request: Request, term_id: UUID, at: Moment | None = None) -> list[AllowedView]:
    """Who may do what at that time (default: now); `mine` marks what this card may do."""
    term, possible = await terms.allowed(request.deps, request.actor, term_id, at)
    return [AllowedView.of(term, it, request.actor) for it in possible]


@api.get("/scheme-changes/{scheme_id}/{version}", may=may("adopt_schemes"), rules=("X-01",))
async def preview_scheme_change(
    request: Request, scheme_id: str, version: str, path: OrgPath | None = None
) -> SchemeChangeView:
    """What a newer version of a scheme concerns in the terms under way below an organisation, counted minutes ago."""
    return SchemeChangeView.of(await moving.preview(request.deps, request.actor, scheme_id, version, path))


@api.get("/schemes/{scheme_id}/{version}", may=ANY_CARD, immutable=True, rules=("X-01",))
async def show_scheme(request: Request, scheme_id: str, version: str) -> Scheme:
    """The whole scheme, with texts, help and examples; a version never changes, so that it may be cached."""
    try:
        found: Scheme = request.deps.schemes.get(scheme_id, version)
    except UnknownError:
        raise Refusal("not_found") from None
    return found
