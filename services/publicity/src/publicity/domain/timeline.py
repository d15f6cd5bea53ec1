"""The way of a case as its parties read it: what was, what is now and until when, what comes next, and what each action
leads to (JX-09, X-13). Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scheme import Action, Scheme, Stage, UnroutableError

from publicity.domain import cases as rules
from publicity.domain.cases import Case
from publicity.domain.terms import Term

OUTCOMES = {"keep": "保留原记录", "amend": "按修改后的内容保留", "exclude": "不计入评价", "void": "作废"}
"""By outcome, as people read it."""
RESULT_OUTCOMES = OUTCOMES | {"keep": "维持原结果", "amend": "更正结果"}
"""The same of cases about results."""
_NEEDS = {
    "reason": "需要选择理由",
    "text": "需要写明说明",
    "amendment": "需要先修改并保存记录",
    "evidence": "需要上传佐证材料",
    "grades": "需要选择更正后的等级",
}


@dataclass(frozen=True)
class ComingStage:
    """A stage of the case: who acts there, and within how many days."""

    stage: str
    title: str
    who: str
    state: Literal["now", "ahead"]
    within_days: int | None
    begins_at: datetime | None = None
    """Of the present stage, while its window is not open."""
    due_at: datetime | None = None
    within_working_days: int | None = None


def stages_to_come(term: Term, case: Case, now: datetime) -> list[ComingStage]:
    """The present stage, and those that follow if everybody takes the first action that leads on; none once it is closed."""
    if case.closed_at is not None:
        return []
    scheme = term.scheme
    present = scheme.cases.stage(case.stage)
    begins_at = None
    if case.begun_at is None and present.operation is not None:
        answer = term.ask(present.operation, case.waits_for, now, case.path)
        begins_at = getattr(answer, "next_opening", None)
    who = _titles(scheme, case.waits_for)
    found = [ComingStage(present.id, present.title, who, "now", _days(present), begins_at, case.due_at, _working_days(present))]
    seen, stage = {present.id}, _following(scheme, present)
    while stage is not None and stage.id not in seen:
        found.append(
            ComingStage(
                stage.id,
                stage.title,
                _who(scheme, case, stage),
                "ahead",
                _days(stage),
                within_working_days=_working_days(stage),
            )
        )
        seen.add(stage.id)
        stage = _following(scheme, stage)
    return found


def _following(scheme: Scheme, stage: Stage) -> Stage | None:
    action = next((one for one in stage.choices() if one.leads_to or one.outcome), None)
    return scheme.cases.stage(action.leads_to) if action and action.leads_to else None


def _days(stage: Stage) -> int | None:
    return stage.deadline.after.days if stage.deadline and stage.deadline.after else None


def _working_days(stage: Stage) -> int | None:
    return stage.deadline.after_working_days if stage.deadline else None


def _who(scheme: Scheme, case: Case, stage: Stage) -> str:
    try:
        kind = rules.kind_of(scheme, case)
        return _titles(scheme, rules.actors(scheme, stage, kind, case.before.level, case.before.author_role))
    except UnroutableError:
        return ""


def _titles(scheme: Scheme, roles: tuple[str, ...]) -> str:
    return "、".join("反馈人" if role == rules.COMPLAINANT else scheme.role_title(role) for role in roles)


def leads_to(scheme: Scheme, case: Case, stage: Stage, action: Action) -> str:
    """What an action leads to, as a sentence without a full stop, with what it needs."""
    parts = []
    if action.leads_to is not None:
        following = scheme.cases.stage(action.leads_to)
        order = [one.id for one in scheme.cases.stages]
        who = _who(scheme, case, following)
        back = order.index(following.id) < order.index(stage.id)
        parts.append(f"退回“{following.title}”，由{who}再处理" if back else f"转入“{following.title}”，由{who}办理")
    else:
        outcome = case.proposed if action.outcome == "proposed" else action.outcome
        parts.append(f"办结：{outcomes_of(case)[outcome]}" if outcome else "办结")
    parts += [_NEEDS[need] for need in lacking(case, action)]
    return "；".join(parts)


def outcomes_of(case: Case) -> dict[str, str]:
    """How a case may end, as people read it."""
    return RESULT_OUTCOMES if case.about == "result" else OUTCOMES


def lacking(case: Case, action: Action) -> list[str]:
    """What the action needs and is not there yet: an amendment may have been saved already."""
    return [need for need in action.needs if need != "amendment" or not case.amended]


def on_silence(scheme: Scheme, case: Case) -> str | None:
    """What happens if nobody acts until the deadline (X-08); None: the present stage has no deadline."""
    stage = scheme.cases.stage(case.stage)
    if case.closed_at is not None or stage.deadline is None:
        return None
    if stage.deadline.action is None:
        return "到期没有处理，会标为逾期" + ("，仍须办结" if stage.deadline.late else "")
    action = stage.action(stage.deadline.action)
    outcome = action.proposes or (action.outcome if action.outcome != "proposed" else case.proposed)
    as_what = f"按“{outcomes_of(case)[outcome]}”" if outcome else ""
    if action.leads_to is None:
        return f"到期没有处理，{as_what}办结"
    return f"到期没有处理，{as_what}转入“{scheme.cases.stage(action.leads_to).title}”"
