"""Locking, and so publishing, the results of a whole grade or school at once (X-15). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.base import within
from scheme import Allowed
from servicekit.auth import Actor
from servicekit.refusals import Refusal

from archive.domain.scores import RULE
from archive.domain.terms import ArchiveTerm


@dataclass(frozen=True)
class Mover:
    """Who moves sheets, with the names of the role as they were when it was asked."""

    account_id: UUID
    name: str
    roles: frozenset[str]


@dataclass(frozen=True)
class ScoreRun:
    """A run over the classes of a grade or school that were not locked; `done` of `total` had their turn."""

    id: UUID
    term_id: UUID
    path: str
    account_id: UUID
    author_name: str
    roles: list[str]
    asked_at: datetime
    done: int
    total: int
    finished_at: datetime | None = None

    @property
    def mover(self) -> Mover:
        """Who asked for it."""
        return Mover(self.account_id, self.author_name, frozenset(self.roles))


@dataclass(frozen=True)
class RunClass:
    """A class of a run. locked None: it is still to come; False: refused, with the reason and who can help."""

    path: str
    version: int
    title: str
    locked: bool | None = None
    code: str | None = None
    detail: str | None = None
    help: str | None = None


def need_may_lock(term: ArchiveTerm, actor: Actor) -> None:
    """Refuse whoever does not lock results by the scheme."""
    lock = term.need_scored().lock
    if not actor.is_(lock.by):
        who = term.scheme.role_title(lock.by)
        raise term.refusal("forbidden", term.scheme.rule(RULE), help=f"请联系{who}")


def need_open_somewhere(term: ArchiveTerm, actor: Actor, waiting: Sequence[RunClass], now: datetime) -> None:
    """Refuse where the window of locking is open for none of the classes, as windows of grades may differ."""
    lock, cited = term.need_scored().lock, term.scheme.rule(RULE)
    if not any(isinstance(term.ask(lock.operation, actor.roles, now, one.path), Allowed) for one in waiting):
        term.need_open(lock.operation, actor.roles, now, waiting[0].path, cited)


def need_within(term: ArchiveTerm, run: ScoreRun, path: str) -> None:
    """Refuse while a run is under way that does not come to all classes at or below `path`; a term has one run at a time."""
    if not within(path, run.path):
        detail = "本学期正在锁定其他年级或班级的结果"
        raise term.refusal(
            "wrong_state", term.scheme.rule(RULE), detail=detail, help=f"请等{run.author_name}发起的锁定办完后再试"
        )


def refused(term: ArchiveTerm, one: RunClass, refusal: Refusal) -> RunClass:
    """The class with the reason why it was not locked, and who can help: who enters or checks its results, if nobody else."""
    rule, title = term.need_scored(), term.scheme.role_title
    enters = dict.fromkeys(role for part in rule.parts for role in part.by)
    helpers = "、".join(title(role) for role in enters) or title(rule.lock.by)
    return RunClass(
        one.path, one.version, one.title, False, refusal.code, refusal.detail or refusal.meaning.title,
        refusal.details.get("help") or f"请联系{helpers}",
    )  # fmt: skip
