"""Quotas: how many records of a kind a student may submit per term, school year or stage (SH-04)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scheme import Allowed, Kind, Refused
from scheme.kinds import Quota
from servicekit.auth import Actor

from records.domain.access import may_enter
from records.domain.state import State
from records.domain.term import Term

COUNTED = (State.SUBMITTED, State.RETURNED, State.ESCALATED, State.APPROVED, State.AMENDING)
"""The states that a quota counts: submitted and not voided."""


PERIODS = ("term", "year", "stage")


def has_quota(kind: Kind) -> bool:
    """Whether the scheme limits how many records of this kind a student submits."""
    return any(quota.counts == "submitted" for quota in kind.quotas)


def reached(kind: Kind, used: Mapping[str, int]) -> Quota | None:
    """The quota that is used up; None where one more is allowed. `used`: submitted records per term, year and stage."""
    return next((q for q in kind.quotas if q.counts == "submitted" and used.get(q.per, 0) >= q.max), None)


def quota_message(kind: Kind, quota: Quota) -> str:
    """“先进个人荣誉称号”每学年最多1条."""
    what = {"term": "每学期", "year": "每学年"}.get(quota.per, "在校期间")
    return f"“{kind.title}”{what}最多{quota.max}条"


def need_quota(term: Term, kind: Kind, used: Mapping[str, int]) -> None:
    """Refuse one more than the scheme allows per term, year or stage (SH-04)."""
    quota = reached(kind, used)
    if quota is not None:
        message = quota_message(kind, quota)
        raise term.refusal(
            "quota_exceeded",
            f"{kind.id}.quotas",
            detail=message,
            errors=[{"field": "kind", "message": message, "type": "quota", "rule": f"{kind.id}.quotas"}],
            quota={"per": quota.per, "max": quota.max, "used": used.get(quota.per, 0)},
        )


@dataclass(frozen=True)
class WritableKind:
    """A kind that a card may enter for a student: whether its window is open, and how many are used per period."""

    kind: Kind
    answer: Allowed | Refused
    used: Mapping[str, int]


def writable_kinds(
    term: Term, actor: Actor, path: str, now: datetime, used: Mapping[str, Mapping[str, int]]
) -> list[WritableKind]:
    """The kinds that this card enters for a student of this class, in the scheme's order (SH-04, BJ-06, X-02).

    `used`: by kind, the number of the student's submitted records per period.
    """
    return [
        WritableKind(kind, term.ask(kind.operation, actor.roles, now, path), used.get(kind.id, {}))
        for kind in term.scheme.kinds
        if may_enter(kind, actor) and kind.fits_grade(term.grade(path))
    ]
