"""The home screen of a card: its own data of identity, in few statements."""

from contracts.base import level_of
from scheme import Question
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.home import Counter, Todo

from identity.actions import counts as counting
from identity.actions import enrolment_applications, resets
from identity.deps import IdentityDeps
from identity.domain import home as domain
from identity.domain import notices
from identity.results import IdentityHome
from identity.store import counts, home, organisations

RESETS_SHOWN = 50
_ABOVE_SCHOOLS = ("province", "city", "district")
MANY_TITLES = 5


async def of(deps: IdentityDeps, actor: Actor) -> IdentityHome:
    """The home screen of this card."""
    async with deps.db.reading() as tx:
        own = await home.waiting(tx, actor.account_id)
        children = await home.children(tx, actor.account_id) if actor.can("act_as_guardian") else []
        todos, counters = await _organisation(tx, actor)
        applications, until = await enrolment_applications.waiting(tx, actor)
    newest = None if own.notice is None else notices.text(own.notice, own.notice_by)
    first = [
        *domain.todo("security_notices", "账号安全提醒", own.notices, detail=newest),
        *domain.todo("cards_to_take", "待领取的身份卡", own.offers),
        *await _resets(deps, actor),
        *domain.todo("enrolments_to_decide", "学籍异动待审批", applications, until=until),
    ]
    return IdentityHome([*first, *todos], counters, children)


async def help_of(deps: IdentityDeps, actor: Actor) -> tuple[list[Question], list[str]]:
    """What people with this card's role ask in the deployment of its organisation, and whom they ask (NR-06)."""
    async with deps.db.reading() as tx:
        found = (await organisations.named(tx, [actor.path])).get(actor.path)
    texts = None if found is None or found.scheme_id is None else deps.schemes.help.get(found.scheme_id)
    return ([], []) if texts is None else (texts.for_roles(actor.roles), texts.contacts_for(actor.roles))


async def _resets(deps: IdentityDeps, actor: Actor) -> list[Todo]:
    """Forgotten passwords for which the actor may give a code."""
    if not actor.can("help_accounts", "run_platform", "act_as_guardian"):
        return []
    found, _ = await resets.open_resets(deps, actor, None, RESETS_SHOWN)
    until = min((reset.until for reset in found), default=None)
    return domain.todo("password_resets", "有人忘记密码，等您发放重置码", len(found), until=until)


async def _organisation(tx: Tx, actor: Actor) -> tuple[list[Todo], list[Counter]]:
    if actor.level == "class" and actor.can("help_families"):
        found = await counts.classes(tx, actor.path)
        numbers = counting.total(found)
        return domain.class_todos(numbers), domain.counters(numbers, actor.path)
    if not actor.can("decide_claims"):
        return [], []
    claims = await home.open_claims(tx, actor.path)
    todos = domain.todo("claims_to_decide", "学籍争议待裁定", claims.to_decide)
    if level_of(actor.path) in _ABOVE_SCHOOLS:
        return todos, domain.region_counters(await counts.region(tx, actor.path), actor.path)
    found = await counts.classes(tx, actor.path)
    numbers, staff = counting.total(found), await home.staff_of_school(tx, actor.path)
    without = domain.classes_without_teacher(found)
    todos += [
        *domain.todo("claims_of_school", "与外校有争议的学生", claims.of_its_schools, detail="由上一级管理员裁定"),
        *domain.todo("classes_without_teacher", "班级没有班主任", len(without), detail=_few(without)),
        *domain.todo("staff_cards_waiting", "教职工还没有领取身份卡", staff.get("waiting", 0)),
        *domain.class_todos(numbers),
    ]
    teachers = Counter(
        id="classes_with_teacher",
        title="班级已有班主任",
        done=sum(1 for one in found if one.counts.students and one.class_teachers),
        of=sum(1 for one in found if one.counts.students),
        path=actor.path,
    )
    return todos, [teachers, *domain.counters(numbers, actor.path), *domain.class_counters(found)] if found else []


def _few(titles: list[str]) -> str:
    shown = "、".join(titles[:MANY_TITLES])
    return shown if len(titles) <= MANY_TITLES else f"{shown} 等 {len(titles)} 个班"
