"""Who sees an application for a change of enrolment and its statement, and who decides about it (BJ-04). Pure."""

from contracts.base import level_of, within
from scheme.enrolments import Side
from servicekit.auth import Actor
from servicekit.refusals import Refusal, require

from identity.domain.enrolment_applications import UNDER_WAY, Application, need_open

_LEVELS = {"district": "区县", "city": "市", "province": "省"}


def sides_of(actor: Actor, application: Application) -> frozenset[Side]:
    """The sides that a staff card belongs to: the school itself or an organisation above it."""
    found: set[Side] = set()
    if actor.covers(application.school):
        found.add("releasing")
    if application.other is not None and actor.covers(application.other):
        found.add("receiving")
    if application.decides is not None and actor.covers(application.decides):
        found.add("above")
    return frozenset(found)


def may_see(actor: Actor, application: Application) -> bool:
    """The family, both schools, and who stands above one of them."""
    if not actor.is_staff:
        return application.student_id in actor.students
    return bool(sides_of(actor, application))


def may_see_statement(actor: Actor, application: Application) -> bool:
    """The releasing side always; the receiving school once it was confirmed for it. The family has its own data."""
    if not actor.is_staff:
        return False
    sides = sides_of(actor, application)
    return "releasing" in sides or (bool(sides) and application.visible)


def may_see_evidence(actor: Actor, application: Application) -> bool:
    """The administrators of both schools and of the level that decides: at once whose side applied, the others when the
    releasing school has approved, or the approval is theirs. Neither the family nor anybody else above or below."""
    if not actor.is_staff or not actor.can("move_students"):
        return False
    if actor.path in (application.applied_by, application.school):
        return True
    return actor.path in (application.other, application.decides) and (application.visible or may_decide(actor, application))


def may_decide(actor: Actor, application: Application) -> bool:
    """The organisation that it waits for; once it is escalated also who stands above both schools."""
    if application.step is None or not actor.is_staff or not actor.can("move_students"):
        return False
    over = application.decides is not None and within(application.decides, actor.path)
    return actor.path == application.waits_for or (application.escalated and over)


def may_withdraw(actor: Actor, application: Application) -> bool:
    """The school that applied, while the change has not taken effect."""
    return application.state in UNDER_WAY and actor.is_staff and actor.path == application.applied_by


def need_decider(actor: Actor, application: Application) -> None:
    """Refuse whoever may not decide the next step."""
    require(may_see(actor, application), "not_found")
    need_open(application)
    if not may_decide(actor, application):
        step = application.step
        level = _LEVELS.get(level_of(application.decides)) if application.decides else None
        late = f"逾期后{level}管理员可以代为办理" if level else "请联系该单位办理"
        raise Refusal(
            "step_not_yours",
            rule=application.rule,
            help=f"现在等待的是“{'' if step is None else step.title}”，由该单位的管理员办理；{late}",
        )
