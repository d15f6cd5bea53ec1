"""Printed confirmations: a slip for each student, its states, and whether all came back signed (SH-11). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from archive.domain.evaluations import Author
from archive.domain.terms import ArchiveTerm

NOTE_MOST = 200
"""Characters of the reason why a confirmation is not signed or is withdrawn."""


class Slip(StrEnum):
    """A confirmation: printed, signed on paper, not signed for a reason, or withdrawn."""

    PRINTED = "printed"
    SIGNED = "signed"
    EXCUSED = "excused"
    WITHDRAWN = "withdrawn"


MOVES: Mapping[tuple[Slip, str], Slip] = {
    (Slip.PRINTED, "sign"): Slip.SIGNED,
    (Slip.EXCUSED, "sign"): Slip.SIGNED,
    (Slip.PRINTED, "excuse"): Slip.EXCUSED,
    (Slip.SIGNED, "undo"): Slip.PRINTED,
    (Slip.EXCUSED, "undo"): Slip.PRINTED,
    (Slip.PRINTED, "withdraw"): Slip.WITHDRAWN,
    (Slip.SIGNED, "withdraw"): Slip.WITHDRAWN,
    (Slip.EXCUSED, "withdraw"): Slip.WITHDRAWN,
    (Slip.WITHDRAWN, "print"): Slip.PRINTED,
}
WORDS: Mapping[Slip, str] = {
    Slip.PRINTED: "待签字",
    Slip.SIGNED: "已签字",
    Slip.EXCUSED: "未签字",
    Slip.WITHDRAWN: "已撤回",
}


@dataclass(frozen=True)
class Confirmation:
    """The slip of one student in one term. `code` is in its QR code; after a withdrawal another one is printed.

    `by`, `at`: the last move. `reason`: why it is not signed, or was withdrawn. `version` counts the moves.
    """

    id: UUID
    term_id: UUID
    student_id: UUID
    path: str
    code: str
    state: Slip
    by: Author
    at: datetime
    printed_at: datetime
    reason: str | None = None
    file_id: UUID | None = None
    version: int = 1

    @property
    def in_force(self) -> bool:
        """Whether its verdict stands on paper that somebody may have."""
        return self.state is not Slip.WITHDRAWN

    @property
    def settled(self) -> bool:
        """Signed, or excused with a reason."""
        return self.state in (Slip.SIGNED, Slip.EXCUSED)

    def words(self, term: ArchiveTerm) -> str:
        """How it was signed, as an archive says it; empty where nothing is known."""
        if self.state is Slip.SIGNED:
            day = term.today(self.at)
            return f"已在确认单上签字（{day.year} 年 {day.month} 月 {day.day} 日登记）"
        return f"未签字：{self.reason}" if self.state is Slip.EXCUSED else ""


def move(term: ArchiveTerm, slip: Confirmation, action: str, by: Author, now: datetime, **changed: Any) -> Confirmation:
    """The slip after `action`; `wrong_state` outside the table."""
    after = MOVES.get((slip.state, action))
    if after is None:
        detail = f"这份确认单{WORDS[slip.state]}"
        raise term.refusal("wrong_state", term.scheme.rule("sign_off"), detail=detail, state=slip.state, action=action)
    return replace(slip, state=after, by=by, at=now, version=slip.version + 1, **({"reason": None} | changed))


def need_reason(term: ArchiveTerm, action: str, reason: str) -> str | None:
    """The reason of an excuse or a withdrawal, without space around it; other actions have none."""
    text = reason.strip()
    if action not in ("excuse", "withdraw"):
        return None
    if not text or len(text) > NOTE_MOST:
        detail = f"请写明原因，最多{NOTE_MOST}个字"
        errors = [{"field": "reason", "message": detail, "type": "length", "in": "body"}]
        raise term.refusal("invalid_input", term.scheme.rule("sign_off"), detail=detail, field="reason", errors=errors)
    return text


def need_sign_open(term: ArchiveTerm, roles: frozenset[str], now: datetime, path: str) -> None:
    """Refuse outside the window of the signatures on paper, and for roles that take no part in them."""
    if not term.slip_steps:
        raise term.refusal("no_verdict", term.scheme.rule("sign_off"))
    term.need_open(term.slip_steps[0].operation, roles, now, path, term.scheme.rule("sign_off"))


def need_summary_open(term: ArchiveTerm, roles: frozenset[str], now: datetime) -> None:
    """Refuse all but who signs the summary, and outside its window."""
    step = term.summary_step
    if step is None:
        raise term.refusal("no_verdict", term.scheme.rule("sign_off"))
    if step.by not in roles:
        detail = f"由{term.scheme.role_title(step.by)}办理"
        raise term.refusal("forbidden", term.scheme.rule("sign_off"), detail=detail)
    term.need_open(step.operation, roles, now, term.path, term.scheme.rule("sign_off"))
