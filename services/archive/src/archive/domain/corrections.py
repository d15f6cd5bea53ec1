"""Corrections: a sealed archive is never rewritten; a new version replaces it, with a reason and, where the scheme asks
for it, a second signature (JX-13, X-10)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from scheme import Scheme
from servicekit.auth import Actor
from servicekit.refusals import Refusal
from servicekit.timetable import scheme_name

RULE = "X-10"


class Correcting(StrEnum):
    """A correction waits for the second signature, is being made, is done, or was declined."""

    WAITING = "waiting"
    MAKING = "making"
    DONE = "done"
    DECLINED = "declined"


MOVES: Mapping[tuple[Correcting, str], Correcting] = {
    (Correcting.WAITING, "approve"): Correcting.MAKING,
    (Correcting.WAITING, "decline"): Correcting.DECLINED,
    (Correcting.MAKING, "finish"): Correcting.DONE,
}
_DETAIL = {
    Correcting.WAITING: "更正正在等待第二人确认",
    Correcting.MAKING: "更正后的版本正在生成",
    Correcting.DONE: "更正已经完成",
    Correcting.DECLINED: "更正已被否决",
}


@dataclass(frozen=True)
class Correction:
    """A request to correct an archive; `archive_id` is the version that is to be replaced."""

    id: UUID
    archive_id: UUID
    student_id: UUID
    path: str
    reason: str
    state: Correcting
    second_by: str | None
    asked_by: UUID
    asked_by_name: str
    asked_at: datetime
    answered_by: UUID | None = None
    answered_by_name: str | None = None
    answered_at: datetime | None = None
    note: str | None = None
    seal_id: UUID | None = None
    version: int = 1


@dataclass(frozen=True)
class ListedCorrection:
    """A correction in a list. `replaced_version`: of the archive to be replaced; `newer`: the archive that replaced it."""

    correction: Correction
    student_name: str
    term_title: str
    replaced_version: int
    newer: UUID | None


def move(correction: Correction, action: str) -> Correction:
    """The correction after `action`; `wrong_state` outside the table."""
    after = MOVES.get((correction.state, action))
    if after is None:
        raise Refusal("wrong_state", detail=_DETAIL[correction.state], rule=RULE, state=correction.state, action=action)
    return replace(correction, state=after, version=correction.version + 1)


def need_reason(scheme: Scheme, reason: str) -> str:
    """The reason without surrounding space, or `reason_required` with the scheme's limits."""
    if wrong := scheme.archives.correction.reason.problem(reason):
        detail = f"更正原因：{wrong}"
        errors = [{"field": "reason", "message": detail, "type": "length", "in": "body"}]
        raise Refusal("reason_required", detail=detail, rule=RULE, scheme=scheme_name(scheme), field="reason", errors=errors)
    return reason.strip()


def need_second(correction: Correction, actor: Actor) -> None:
    """Refuse all but the second signer, who must not be the person who asked."""
    if correction.second_by is None or not actor.is_(correction.second_by):
        raise Refusal("forbidden", detail="这份更正不由您确认", rule=RULE)
    if actor.account_id == correction.asked_by:
        raise Refusal("forbidden", detail="提出更正的人不能自己确认", rule=RULE)


def same_content(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether two contents are the same apart from what every version changes.

    The class's means change with every classmate's correction and are no reason for a new version.
    """
    return _comparable(old) == _comparable(new)


def _comparable(content: Mapping[str, Any]) -> dict[str, Any]:
    compared = {name: value for name, value in content.items() if name not in _DIFFERS_BY_VERSION}
    if radar := compared.get("radar"):
        compared["radar"] = {**radar, "axes": [{**axis, "mean": None} for axis in radar["axes"]]}
    plain: dict[str, Any] = _without_empty(compared)
    return plain


def _without_empty(value: Any) -> Any:
    """Without what says nothing: archives of earlier releases lack the parts that later ones have."""
    if isinstance(value, Mapping):
        return {name: plain for name, one in value.items() if (plain := _without_empty(one)) not in (None, "", [])}
    return [_without_empty(one) for one in value] if isinstance(value, list | tuple) else value


_DIFFERS_BY_VERSION = frozenset(
    {"version", "code", "url", "made_at", "document_no", "replaces", "origin", "document", "sections"}
)
