"""Objections to published results: who may file one, and appeals against how they ended (X-15)."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from scheme import CaseType
from scheme.result_publicity import is_about_results
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal

from publicity.actions import case_engine, malicious, published_results
from publicity.deps import Deps
from publicity.domain.appeals import appeal_until
from publicity.domain.case_engine import CaseEngine
from publicity.domain.cases import Case, new_result_case, rule_of
from publicity.domain.published_results import PublishedResult, objection_type, objection_types
from publicity.domain.rounding import rounded
from publicity.domain.terms import Term
from publicity.store import cases
from publicity.store import published_results as store


@dataclass(frozen=True)
class Filing:
    """A case that somebody may file: not opened yet, and without who files it. rule: what its refusals cite."""

    engine: CaseEngine
    term: Term
    case_type: CaseType
    rule: str
    case: Case
    missing: bool = False


async def begin(deps: Deps, tx: Tx, actor: Actor, result_id: UUID, asked: str | None, text: str) -> Filing:
    """The case about a result that this actor may file now; refuses with the reason why they may not."""
    engine = await case_engine.load(deps, tx, result_ids=[result_id])
    engine.round_to(rounded(engine.now, deps.settings.complaint_seconds))
    result = engine.results.get(result_id)
    if result is None:
        raise Refusal("not_found")
    term = engine.terms[result.term_id]
    case_type = _case_type(deps, term, actor, result, asked)
    rule = rule_of(term.scheme, case_type, "complaint.open")
    if case_type.against == "outcome":
        follows = await _need_appeal(deps, tx, actor, term, result, case_type, rule)
    else:
        await published_results.find_open(deps, tx, actor, result_id)
        follows = None
    _need_role(deps, actor, term, result, case_type, rule)
    if result.student_id not in actor.students:
        await malicious.need_not_blocked(deps, tx, actor, term)
    case = new_result_case(
        uuid4(), case_type, term, result, await store.name_of(tx, result.student_id), text, engine.now, follows
    )  # fmt: skip
    return Filing(engine, term, case_type, rule, case)


def _case_type(deps: Deps, term: Term, actor: Actor, result: PublishedResult, asked: str | None) -> CaseType:
    """The case type asked for, if it is about results; without one, the one by which this actor objects, else the first."""
    if asked is None:
        mine = objection_type(term, actor, result.student_id, deps.now(), result.path)
        found = mine or next(iter(objection_types(term)), None)
    else:
        known = (one for one in term.scheme.cases.types if one.id == asked and not one.by_clock)
        found = next((one for one in known if is_about_results(term.scheme, one)), None)
    if found is None:
        raise term.refusal("invalid_input", errors=[{"field": "case_type", "message": "本方案没有针对评价结果的这种反馈"}])
    return found


def _need_role(deps: Deps, actor: Actor, term: Term, result: PublishedResult, case_type: CaseType, rule: str) -> None:
    """Refuse roles that the scheme does not name, others than the student's family unless it admits them, closed windows."""
    others = case_type.others_too and case_type.against == "result"
    if (case_type.opened_by and not actor.is_(*case_type.opened_by)) or not (others or result.student_id in actor.students):
        raise term.refusal("forbidden", rule)
    if case_type.operation is not None:
        term.need_open(case_type.operation, actor.roles, deps.now(), result.path, rule)


async def _need_appeal(
    deps: Deps, tx: Tx, actor: Actor, term: Term, result: PublishedResult, case_type: CaseType, rule: str
) -> UUID:
    """The closed case whose outcome is appealed against: once, and within the working days that the scheme gives."""
    if result.student_id not in actor.students:
        raise Refusal("not_found")
    last = await cases.last_outcome(tx, result.id, case_type.follows or "")
    closed = await cases.find(tx, last[0]) if last is not None else None
    if last is None or closed is None or last[1] not in case_type.follows_outcomes:
        detail = f"须先有“{term.scheme.cases.type(case_type.follows or '').title}”的处理结果，才能提出“{case_type.title}”"
        raise term.refusal("wrong_state", rule, detail=detail)
    if last[2]:
        raise term.refusal("appealed_already", rule)
    until = appeal_until(term, closed)
    if until is not None and until < deps.now():
        days = case_type.within_working_days
        raise term.refusal("window_closed", rule, detail=f"已超过处理结果告知后{days}个工作日的期限")
    return last[0]
