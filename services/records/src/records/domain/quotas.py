"""Quotas: how many records of a kind a student may submit per term, school year or stage (SH-04)."""

from collections.abc import Mapping

from scheme import Kind

from records.domain.state import State
from records.domain.term import Term

COUNTED = (State.SUBMITTED, State.RETURNED, State.APPROVED, State.AMENDING)
"""The states that a quota counts: submitted and not voided."""


def need_quota(term: Term, kind: Kind, used: Mapping[str, int]) -> None:
    """Refuse one more than the scheme allows per term, year or stage (SH-04)."""
    for quota in kind.quotas:
        if quota.counts == "submitted" and used.get(quota.per, 0) >= quota.max:
            what = {"term": "每学期", "year": "每学年"}.get(quota.per, "在校期间")
            raise term.refusal(
                "quota_exceeded",
                f"{kind.id}.quotas",
                detail=f"“{kind.title}”{what}最多{quota.max}条",
                quota={"per": quota.per, "max": quota.max, "used": used.get(quota.per, 0)},
            )
