"""Quotas that several kinds share, and the ledger of points: pure."""

from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from scheme import Scheme
from scheme.quotas import QuotaEntry, SharedQuota, exceeded, ledger, used

FOLDER = Path(__file__).parents[3] / "schemes"
TERM, NEXT = UUID(int=1), UUID(int=2)
HOURS = {
    "id": "hours", "title": "服务时长", "kinds": ["volunteer_service", "labour_practice"], "per": "month", "max": 20,
    "field": "hours", "unit": "小时",
}  # fmt: skip
BONUS = {
    "id": "bonus", "title": "加分", "kinds": ["moral_honour", "misconduct", "volunteer_service"], "per": "term", "max": 5,
    "unit": "分", "beyond": "not_counted",
    "points": [
        {"kind": "volunteer_service", "points": 2}, {"kind": "moral_honour", "points": 3}, {"kind": "misconduct", "points": -1},
    ],
}  # fmt: skip


def a_scheme(*quotas: dict[str, Any]) -> Scheme:
    text = (FOLDER / "jiangxi" / "2026.1.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=yaml.CSafeLoader) | {"quotas": list(quotas)}
    for name in ("shared", "examples"):  # read before the scheme itself
        data.pop(name, None)
    return Scheme.model_validate(data)


def an_entry(number: int, kind: str = "volunteer_service", term: UUID = TERM, **data: Any) -> QuotaEntry:
    return QuotaEntry(UUID(int=number), kind, {"starts_on": "2026-10-03", "hours": "4.5"} | data, term, "2026-2027")


@pytest.mark.feature("SH-04")
def test_hours_of_two_kinds_are_limited_together_in_each_month() -> None:
    scheme = a_scheme(HOURS)
    others = [an_entry(1, hours="12"), an_entry(2, "labour_practice", hours="6.5"), an_entry(3, "arts_award", hours="90")]
    assert exceeded(scheme, an_entry(9, hours="1.5"), others) is None, "20 is allowed"
    found = exceeded(scheme, an_entry(9, hours="2"), others)
    assert found is not None
    assert (found[0].says(), found[1:]) == ("“服务时长”每月最多20小时", (Decimal("18.5"), Decimal(2)))
    assert exceeded(scheme, an_entry(9, hours="19", starts_on="2026-11-01"), others) is None, "another month"
    assert exceeded(scheme, an_entry(9, "arts_award", hours="99"), others) is None, "another kind"


@pytest.mark.feature("SH-04")
@pytest.mark.parametrize(
    ("per", "day", "other", "together"),
    [
        ("day", "2026-10-03", "2026-10-04", False),
        ("week", "2026-10-04", "2026-09-28", True),
        ("week", "2026-10-05", "2026-10-04", False),
        ("month", "2026-10-31", "2026-10-01", True),
        ("stage", "2026-10-31", "2025-01-01", True),
    ],
)
def test_records_lie_in_the_day_week_or_month_of_their_date(per: str, day: str, other: str, together: bool) -> None:
    scheme = a_scheme(HOURS | {"per": per, "max": 1, "field": None, "unit": "条"})
    assert (exceeded(scheme, an_entry(9, starts_on=day), [an_entry(1, starts_on=other)]) is not None) == together


@pytest.mark.feature("BJ-10")
def test_the_ledger_keeps_what_exceeds_its_cap_and_flags_it_and_a_deduction_gives_room_again() -> None:
    scheme = a_scheme(BONUS)
    quota = scheme.quotas[0]
    entries = [
        an_entry(1), an_entry(2, "moral_honour"), an_entry(3, "moral_honour"), an_entry(4, "misconduct"), an_entry(5),
        an_entry(6, term=NEXT),
    ]  # fmt: skip
    lines = ledger(scheme, quota, entries)
    assert [(int(line.amount), int(line.counted)) for line in lines.values()] == [
        (2, 2), (3, 3), (3, 0), (-1, -1), (2, 1), (2, 2),
    ]  # fmt: skip
    assert used(scheme, quota, entries, str(TERM)) == 9
    assert exceeded(scheme, an_entry(9, "moral_honour"), entries) is None, "nothing is refused"


@pytest.mark.feature("BJ-10")
def test_points_depend_on_the_level_and_a_result_in_words_counts_nothing() -> None:
    points = [
        {"kind": "moral_honour", "field": "level", "one_of": ["city", "province"], "points": 5},
        {"kind": "moral_honour", "points": 1},
    ]
    quota = SharedQuota.model_validate(BONUS | {"points": points})
    assert [int(quota.amount("moral_honour", {"level": level})) for level in ("city", "school")] == [5, 1]
    hours = SharedQuota.model_validate(HOURS)
    assert hours.amount("volunteer_service", {"hours": {"outcome": "absent"}}) == 0


@pytest.mark.feature("X-01")
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"field": "pages"}, "has no number field 'pages'"),
        ({"kinds": ["volunteer_service", "juggling"]}, "there is no kind 'juggling'"),
        ({"points": [{"kind": "volunteer_service", "points": 1}]}, "a field or points, not both"),
        ({"field": None, "points": [{"kind": "arts_award", "points": 1}]}, "nobody gets the points of 'arts_award'"),
        ({"field": None, "kinds": ["exam_scores"]}, "has no date_field"),
    ],
)
def test_a_quota_that_cannot_be_counted_is_refused(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        a_scheme(HOURS | change)
