"""Quotas over several kinds together, by number, by the sum of a field, or by points; what exceeds them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal, Self
from uuid import UUID

import pydantic
from pydantic import model_validator

from scheme.base import ContentError, Id, KindId, Model, Text
from scheme.conditions import NUMBERS

if TYPE_CHECKING:
    from scheme.scheme import Scheme

type Span = Literal["day", "week", "month", "term", "year", "stage"]
SPANS: Mapping[Span, str] = {
    "day": "每天", "week": "每周", "month": "每月", "term": "每学期", "year": "每学年", "stage": "在校期间",
}  # fmt: skip
BY_DATE = frozenset({"day", "week", "month"})
"""Spans in which a record lies by its kind's `date_field`."""


class Points(Model):
    """The points of a record of this kind; with `field`, of those in which this choice is one of `one_of`, such as a level."""

    kind: KindId
    points: Decimal
    field: Id | None = None
    one_of: tuple[Id, ...] = ()

    def fits(self, kind: str, data: Mapping[str, Any]) -> bool:
        """Whether a record has these points."""
        return kind == self.kind and (self.field is None or data.get(self.field) in self.one_of)


class SharedQuota(Model):
    """At most `max` per day, week, month, term, year or stage of all records of these kinds together.

    Counted are records, the sum of the number `field`, or `points` (the first that fit). beyond: `refused`, or `not_counted`:
    the record stays, and what exceeds the quota is flagged (a ledger of points).
    """

    id: Id
    title: Text
    kinds: tuple[KindId, ...] = pydantic.Field(min_length=1)
    per: Span
    max: Decimal = pydantic.Field(ge=0)
    field: Id | None = None
    points: tuple[Points, ...] = ()
    unit: Text = "条"
    beyond: Literal["refused", "not_counted"] = "refused"

    @model_validator(mode="after")
    def _counts_one_thing(self) -> Self:
        if self.field is not None and self.points:
            raise ContentError(
                "a quota counts a field or points, not both", "同时写了字段合计和积分", "请只保留 field 或 points", "points"
            )
        return self

    def amount(self, kind: str, data: Mapping[str, Any]) -> Decimal:
        """What a record counts: 1, the number in the field, or its points; 0 where it has none. data: as stored."""
        if self.points:
            return next((one.points for one in self.points if one.fits(kind, data)), Decimal(0))
        if self.field is None:
            return Decimal(1)
        try:
            return Decimal(str(data.get(self.field) or 0))
        except InvalidOperation:  # a result in words
            return Decimal(0)

    def shown(self, number: Decimal) -> str:
        """A number with its unit, without trailing zeros."""
        text = format(number, "f")
        return f"{text.rstrip('0').rstrip('.') if '.' in text else text}{self.unit}"

    def says(self) -> str:
        """“阅读时长”每月最多20小时."""
        return f"“{self.title}”{SPANS[self.per]}最多{self.shown(self.max)}"


@dataclass(frozen=True, slots=True)
class QuotaEntry:
    """A record as quotas see it. data: as stored."""

    record_id: UUID
    kind: str
    data: Mapping[str, Any]
    term_id: UUID
    school_year: str


def span_of(scheme: Scheme, quota: SharedQuota, entry: QuotaEntry) -> str | None:
    """Names the day, week, month, term or year in which a record counts; None: it has no date, and counts nowhere."""
    if quota.per not in BY_DATE:
        return {"term": str(entry.term_id), "year": entry.school_year}.get(quota.per, "stage")
    return span_at(quota, str(entry.data.get(scheme.kind(entry.kind).date_field or "") or ""))


def span_at(quota: SharedQuota, day: str) -> str | None:
    """Names the day, week or month of an ISO date."""
    try:
        at = date.fromisoformat(day[:10])
    except ValueError:
        return None
    if quota.per == "week":
        at -= timedelta(days=at.weekday())
    return at.isoformat()[:7] if quota.per == "month" else at.isoformat()


def used(scheme: Scheme, quota: SharedQuota, entries: Iterable[QuotaEntry], span: str | None) -> Decimal:
    """What the records of one span count together, beyond the quota too."""
    own = (one for one in entries if one.kind in quota.kinds and span_of(scheme, quota, one) == span)
    return sum((quota.amount(one.kind, one.data) for one in own), Decimal(0))


def exceeded(scheme: Scheme, entry: QuotaEntry, others: Sequence[QuotaEntry]) -> tuple[SharedQuota, Decimal, Decimal] | None:
    """The first quota that refuses one more record, what the others count, and what it counts; None: it is allowed."""
    for quota in scheme.quotas:
        if quota.beyond != "refused" or entry.kind not in quota.kinds:
            continue
        span = span_of(scheme, quota, entry)
        amount = quota.amount(entry.kind, entry.data)
        if span is not None and amount > 0 and (before := used(scheme, quota, others, span)) + amount > quota.max:
            return quota, before, amount
    return None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What a record counts in a quota with points: `counted` of its `amount`; less where the quota is used up."""

    quota: SharedQuota
    amount: Decimal
    counted: Decimal


def ledger(scheme: Scheme, quota: SharedQuota, entries: Sequence[QuotaEntry]) -> dict[UUID, LedgerLine]:
    """What each record counts, by its id; earlier ones first: entries in the order in which they were handed in.

    Points below zero (deductions) always count, and give room again.
    """
    totals: dict[str, Decimal] = {}
    lines: dict[UUID, LedgerLine] = {}
    for entry in entries:
        span = span_of(scheme, quota, entry) if entry.kind in quota.kinds else None
        if span is None:
            continue
        amount, total = quota.amount(entry.kind, entry.data), totals.get(span, Decimal(0))
        counted = amount if amount < 0 else min(amount, max(Decimal(0), quota.max - total))
        totals[span] = total + counted
        lines[entry.record_id] = LedgerLine(quota, amount, counted)
    return lines


def problems(scheme: Scheme) -> Iterator[ContentError]:
    """Fields that a kind does not have or that are no numbers, kinds without a date, points that nobody gets."""
    kinds = {kind.id: kind for kind in scheme.kinds}
    for number, quota in enumerate(scheme.quotas):
        for name in quota.kinds:
            kind = kinds.get(name)
            if kind is None:
                continue  # reported as an unknown id
            fields = {field.id: field for field in kind.form.fields}
            if quota.field is not None and (quota.field not in fields or fields[quota.field].type not in NUMBERS):
                yield ContentError(
                    f"quota {quota.id!r}: kind {name!r} has no number field {quota.field!r}",
                    f"类别“{kind.title}”没有数字字段“{quota.field}”",
                    "请写每个类别都有的数字字段",
                    *("quotas", number, "field"),
                )
            if quota.per in BY_DATE and kind.date_field is None:
                yield ContentError(
                    f"quota {quota.id!r}: kind {name!r} has no date_field",
                    f"类别“{kind.title}”没有写日期字段，无法按日期计算",
                    "请给该类别补上 date_field，或改为 per: term",
                    *("quotas", number, "per"),
                )
        for index, points in enumerate(quota.points):
            kind = kinds.get(points.kind)
            choices = (
                {one.id for field in kind.form.fields if field.id == points.field for one in field.choices} if kind else set()
            )
            unknown = points.field is not None and (not points.one_of or not set(points.one_of) <= choices)
            if kind is not None and (points.kind not in quota.kinds or unknown or (points.one_of and points.field is None)):
                yield ContentError(
                    f"quota {quota.id!r}: nobody gets the points of {points.kind!r}",
                    f"没有记录能得到“{kind.title}”的这项积分",
                    "请检查类别、字段和选项",
                    *("quotas", number, "points", index),
                )
