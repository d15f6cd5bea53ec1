"""Quotas: how many records of a kind a student may submit per term, school year or stage (SH-04)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from scheme import Allowed, Kind, Refused, Scheme
from scheme.kinds import Quota
from scheme.quotas import BY_DATE, LedgerLine, QuotaEntry, SharedQuota, exceeded, ledger, span_at, span_of
from scheme.quotas import used as used_of_span
from servicekit.auth import Actor

from records.domain.access import may_enter
from records.domain.record import Record
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


def shared_kinds(scheme: Scheme, kinds: Iterable[str], beyond: str | None = None) -> frozenset[str]:
    """All kinds that share a quota with any of these; empty where none does. beyond: of such quotas only."""
    asked = set(kinds)
    sharing = (quota for quota in scheme.quotas if asked & set(quota.kinds) and beyond in (None, quota.beyond))
    return frozenset(name for quota in sharing for name in quota.kinds)


def ledger_lines(term: Term, record: Record, entries: Sequence[QuotaEntry]) -> list[LedgerLine]:
    """What a record counts in the quotas that keep what exceeds them; nothing before it is handed in."""
    quotas = (quota for quota in term.scheme.quotas if quota.beyond == "not_counted" and record.kind in quota.kinds)
    found = (ledger(term.scheme, quota, entries).get(record.id) for quota in quotas)
    return [line for line in found if line is not None]


def entry_of(term: Term, record_id: UUID, kind: str, data: Mapping[str, Any]) -> QuotaEntry:
    """A record of this term as quotas see it."""
    return QuotaEntry(record_id, kind, data, term.id, term.school_year)


def shared_message(found: tuple[SharedQuota, Decimal, Decimal]) -> str:
    """“阅读时长”每月最多20小时，已有18小时，这条是3小时."""
    quota, before, amount = found
    return f"{quota.says()}，已有{quota.shown(before)}，这条是{quota.shown(amount)}"


def need_shared(term: Term, entry: QuotaEntry, others: Sequence[QuotaEntry], amended: QuotaEntry | None = None) -> None:
    """Refuse a record that exceeds a quota which several kinds share. `others`: the student's records of those kinds.

    amended: the same record before a case changed it. It may stay above the quota, but not count for more.
    """
    found = exceeded(term.scheme, entry, [one for one in others if one.record_id != entry.record_id])
    if found is None:
        return
    quota, before, amount = found
    if amended is not None and amount <= quota.amount(amended.kind, amended.data):
        return
    message, rule = shared_message(found), f"quotas.{quota.id}"
    raise term.refusal(
        "quota_exceeded",
        rule,
        detail=message,
        errors=[{"field": quota.field or "kind", "message": message, "type": "quota", "rule": rule}],
        quota={"per": quota.per, "max": str(quota.max), "used": str(before), "amount": str(amount)},
    )


@dataclass(frozen=True)
class SharedUse:
    """How much of a shared quota a student has used: today, in this week or month, or in this term, year or stage."""

    quota: SharedQuota
    used: Decimal


def shared_use(term: Term, kind: str, entries: Sequence[QuotaEntry], now: datetime) -> list[SharedUse]:
    """What is used of the quotas of a kind, as the form shows before anything is typed; of points, what counted."""
    found = []
    for quota in term.scheme.quotas:
        if kind not in quota.kinds:
            continue
        here = entry_of(term, UUID(int=0), kind, {})
        span = span_at(quota, term.today(now).isoformat()) if quota.per in BY_DATE else span_of(term.scheme, quota, here)
        if quota.beyond == "refused":
            total = used_of_span(term.scheme, quota, entries, span)
        else:
            lines = ledger(term.scheme, quota, entries)
            own = [e for e in entries if e.record_id in lines and span_of(term.scheme, quota, e) == span]
            total = sum((lines[e.record_id].counted for e in own), Decimal(0))
        found.append(SharedUse(quota, total))
    return found


@dataclass(frozen=True)
class WritableKind:
    """A kind that a card may enter for a student: whether its window is open, and how many are used per period."""

    kind: Kind
    answer: Allowed | Refused
    used: Mapping[str, int]
    shared: Sequence[SharedUse] = ()


def writable_kinds(
    term: Term,
    actor: Actor,
    path: str,
    now: datetime,
    used: Mapping[str, Mapping[str, int]],
    entries: Sequence[QuotaEntry] = (),
) -> list[WritableKind]:
    """The kinds that this card enters for a student of this class, in the scheme's order (SH-04, BJ-06, X-02).

    `used`: by kind, the number of the student's submitted records per period; `entries`: those of kinds that share quotas.
    """
    return [
        WritableKind(
            kind,
            term.ask(kind.operation, actor.roles, now, path),
            used.get(kind.id, {}),
            shared_use(term, kind.id, entries, now),
        )
        for kind in term.scheme.kinds
        if may_enter(kind, actor) and kind.fits_grade(term.grade(path))
    ]
