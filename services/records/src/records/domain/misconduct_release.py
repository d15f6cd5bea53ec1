"""Releasing a misconduct record: only if the scheme allows it, once, and for ever (JX-14)."""

from datetime import date, datetime

from contracts.records import MisconductReleasedV1
from servicekit.auth import Actor
from servicekit.refusals import declare

from records.domain.record import Change, ChangedBy, Record, apply_move
from records.domain.state import Move, State
from records.domain.term import Term, may_act_as

declare("not_releasable", 409, "此类记录不能解除")
declare("already_released", 409, "已经解除，不能重复解除或撤销")
declare("career_sealed", 409, "生涯档案已生成，不能再更改")


def release(term: Term, record: Record, actor: Actor, released_on: date, reason: str, sealed: bool, now: datetime) -> Change:
    """Release a misconduct record, which cannot be reverted. `sealed`: a career archive of the stage exists."""
    allowed = term.scheme.archives.release
    if allowed is None or not term.kind(record.kind).releasable:
        raise term.refusal("not_releasable")
    if not may_act_as(actor, allowed.by, record.student_id, record.path):
        raise term.refusal("forbidden", help=f"请联系{term.scheme.role_title(allowed.by)}")
    if allowed.operation is not None:
        term.need_open(allowed.operation, actor.roles, now, record.path, term.scheme.rule("misconduct.release"))
    if term.scheme.archives.blocked_by_career("misconduct_release", sealed):
        raise term.refusal("career_sealed")
    if record.released_on is not None:
        raise term.refusal("already_released")
    if record.state is not State.APPROVED:
        raise term.refusal("wrong_state", state=record.state.value)
    wrong = {}
    since = record.data.get(term.kind(record.kind).date_field or "")
    if released_on > term.today(now):
        wrong["released_on"] = "解除日期不能晚于今天"
    elif since and released_on.isoformat() < str(since):
        wrong["released_on"] = f"解除日期不能早于发生日期（{since}）"
    if problem := allowed.reason.problem(reason):
        wrong["reason"] = problem
    if wrong:
        errors = [{"field": name, "message": message} for name, message in wrong.items()]
        raise term.refusal("invalid_input", errors=errors)
    change = apply_move(
        record, Move.RELEASE, ChangedBy.of(actor), now, because=(None, reason),
        released_on=released_on, release_reason=reason.strip(), released_by=actor.name,
    )  # fmt: skip
    return change.with_events(
        MisconductReleasedV1(
            record_id=record.id, record=change.record.snapshot(), at=now,
            released_on=released_on, reason=reason.strip(), released_by=actor.name,
        )
    )  # fmt: skip
