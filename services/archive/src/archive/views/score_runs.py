"""Response shapes of runs that lock the results of a grade or school (X-15)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from archive.domain.score_runs import RunClass, ScoreRun
from archive.domain.terms import ArchiveTerm
from archive.views.base import View


class NotReadyView(View):
    """A class that was not locked: why, and who can help."""

    path: str
    title: str
    code: str
    detail: str
    help: str


class SheetRunView(View):
    """How far a run is: `done` of `total` classes had their turn, `locked` of them are locked. `published`: the scheme
    publishes results, so that locked classes are published."""

    run_id: UUID
    term_id: UUID
    path: str
    author_name: str
    asked_at: datetime
    finished_at: datetime | None
    done: int
    total: int
    locked: int
    published: bool
    not_ready: list[NotReadyView]


def run_view(term: ArchiveTerm, run: ScoreRun, refused: Iterable[RunClass]) -> SheetRunView:
    """A run with the classes that were not ready."""
    not_ready = [
        NotReadyView(path=one.path, title=one.title, code=one.code or "", detail=one.detail or "", help=one.help or "")
        for one in refused
    ]
    return SheetRunView(
        run_id=run.id,
        term_id=run.term_id,
        path=run.path,
        author_name=run.author_name,
        asked_at=run.asked_at,
        finished_at=run.finished_at,
        done=run.done,
        total=run.total,
        locked=run.done - len(not_ready),
        published=term.need_scored().publicity is not None,
        not_ready=not_ready,
    )
