"""Releasing misconduct: only where the scheme allows it, once, and for good (JX-14)."""

from datetime import date, datetime

from contracts.records import MisconductReleasedV1
from servicekit.auth import Actor
from servicekit.refusals import declare

from records.domain.record import Change, Hand, Record, moved
from records.domain.rules import Rules, may_act_as
from records.domain.state import Move, State

declare("not_releasable", 409, "此类记录不能解除")
declare("already_released", 409, "已经解除，不能重复解除或撤销")
declare("career_sealed", 409, "生涯档案已生成，不能再更改")


def release(rules: Rules, record: Record, actor: Actor, released_on: date, reason: str, sealed: bool, now: datetime) -> Change:
    """`sealed`: the student has a career archive already. There is no way back."""
    how = rules.scheme.archives.release
    if how is None or not rules.kind(record.kind).releasable:
        raise rules.refusal("not_releasable")
    if not may_act_as(actor, how.by, record.student_id, record.path):
        raise rules.refusal("forbidden", help=f"请联系{rules.scheme.role_title(how.by)}")
    if how.operation is not None:
        rules.need_open(how.operation, actor.roles, now, record.path, rules.scheme.rule("misconduct.release"))
    if rules.scheme.archives.blocked_by_career("misconduct_release", sealed):
        raise rules.refusal("career_sealed")
    if record.released_on is not None:
        raise rules.refusal("already_released")
    if record.state is not State.APPROVED:
        raise rules.refusal("wrong_state", state=record.state.value)
    if released_on > rules.today(now):
        raise rules.invalid("released_on", "解除日期不能晚于今天")
    since = record.data.get(rules.kind(record.kind).date_field or "")
    if since and released_on.isoformat() < str(since):
        raise rules.invalid("released_on", f"解除日期不能早于发生日期（{since}）")
    if problem := how.reason.problem(reason):
        raise rules.invalid("reason", problem)
    change = moved(
        record, Move.RELEASE, Hand.of(actor), now, because=(None, reason),
        released_on=released_on, release_reason=reason.strip(), released_by=actor.name,
    )  # fmt: skip
    return change.saying(
        MisconductReleasedV1(
            record_id=record.id, record=change.record.snapshot(), at=now,
            released_on=released_on, reason=reason.strip(), released_by=actor.name,
        )
    )  # fmt: skip
