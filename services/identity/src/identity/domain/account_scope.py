"""Who may help with an account: reset its password, give a code, print a slip, disable, enable or rename it (L-01).

The account is judged by its *active* cards. Who offers a card to an account gains no right over it.
"""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from contracts.base import Role, ancestor, level_of, within
from scheme.roles import platform_granters
from servicekit.auth import Actor
from servicekit.refusals import Refusal, require

from identity.domain.authority import may_grant

_HELP = "请联系学校管理员或上一级管理员"
_OFFERED = (
    "此账号的持有人尚未领取本校的身份卡。请由其本人用自己的密码登录后领取；忘记密码的，由其正在使用的学校或上级教育部门办理"
)
_LEVELS = {"school": "学校", "district": "区县教育部门", "city": "设区市教育部门", "province": "省级教育部门"}


@dataclass(frozen=True)
class HeldCard:
    """A card of an account, as far as rights are concerned. `path`: of students and guardians the student's class."""

    id: UUID | None
    """None: the student or guardian is registered, and the card not taken."""
    account_id: UUID
    role: Role
    path: str
    student_id: UUID | None = None
    granted_by: frozenset[str] | None = None
    """Of a staff card: the roles that grant it; None: as the platform says (`granters`)."""

    @property
    def granters(self) -> frozenset[str]:
        """The roles that may grant this staff card."""
        return platform_granters(self.role, level_of(self.path)) if self.granted_by is None else self.granted_by


class Help(Enum):
    """How far an actor may help with an account."""

    NONE = "none"
    SLIP = "slip"
    """Only with a slip of one's own: several organisations offer a card, and nobody has proved one yet."""
    SUSPENDING = "suspending"
    """Only if the cards out of the actor's organisation are suspended until they are proved again."""
    FULL = "full"


@dataclass(frozen=True)
class AccountScope:
    """Everything that an account gives access to, and what is only offered to it."""

    active: tuple[HeldCard, ...] = ()
    """Active cards, and the holder's own enrolments."""
    offers: tuple[HeldCard, ...] = ()
    """Offered and suspended cards, and registered children whose card was not taken."""

    @property
    def own(self) -> tuple[HeldCard, ...]:
        """The holder's own enrolments."""
        return tuple(card for card in self.active if card.role == "student")

    @property
    def paths(self) -> tuple[str, ...]:
        """The org_paths of all active cards; of an account without any, those that offer."""
        return tuple(sorted({card.path for card in self.active or self.offers}))

    @property
    def common(self) -> str:
        """The lowest organisation above all active cards."""
        labels = [path.split(".") if path else [] for path in {card.path for card in self.active}]
        shared: list[str] = []
        for parts in zip(*labels, strict=False):
            if len(set(parts)) > 1:
                break
            shared.append(parts[0])
        return ".".join(shared)

    @property
    def spread(self) -> bool:
        """Do the active cards lie in more than one school or unit?"""
        schools = {ancestor(card.path, "school") for card in self.active}
        return len(schools) > 1


def has_right(actor: Actor, card: HeldCard) -> bool:
    """Is this card in the actor's scope and role? Staff cards: whoever may grant them. Others: whoever may help
    families, such as the class teacher and the school's administrator; of a student's own card also the guardian."""
    match card.role:
        case "student" if actor.role == "guardian":
            return card.student_id in actor.students
        case "student" | "guardian":
            return actor.can("help_families") and actor.covers(card.path)
        case _:
            return may_grant(actor, card.path, card.granters)


def help_of(actor: Actor, scope: AccountScope) -> Help:
    """How far this actor may help with an account.

    `FULL`: every active card is in scope (without any active card: every offered and suspended one); or the actor
    administers an organisation above all of them, and more than one school there has to do with the account: so a holder
    whom one school lets down has somebody to turn to.
    `SLIP`: without any active card, whoever offered one; a class teacher not where the school also offers a staff card.
    `SUSPENDING`: a class teacher or a school's administrator with some of the cards in scope, none of the others in the
    same school, and none of them of staff of a level above the actor.
    """
    judged = scope.active or scope.offers
    mine = [card for card in judged if has_right(actor, card)]
    if judged and len(mine) == len(judged):
        return Help.FULL
    if actor.can("manage_accounts") and _several_schools(actor, scope) and all(within(c.path, actor.path) for c in judged):
        return Help.FULL
    if not scope.active:
        return Help.SLIP if _may_help_unproved(actor, scope.offers) else Help.NONE
    others = [card for card in scope.active if card not in mine]
    school = ancestor(actor.path, "school")
    above = any(card.student_id is None and within(school, card.path) for card in others)
    inside = any(within(card.path, school) for card in others)
    if mine and actor.can("help_families") and not above and not inside:
        return Help.SUSPENDING
    return Help.NONE


def _several_schools(actor: Actor, scope: AccountScope) -> bool:
    """Do cards or offers of this account lie in more than one school or unit of the actor's?"""
    seen = (*scope.active, *scope.offers)
    return len({ancestor(card.path, "school") for card in seen if within(card.path, actor.path)}) > 1


def _may_help_unproved(actor: Actor, offers: tuple[HeldCard, ...]) -> bool:
    mine = [card for card in offers if has_right(actor, card)]
    if actor.level == "class":
        school = ancestor(actor.path, "school")
        return bool(mine) and all(has_right(actor, card) for card in offers if within(card.path, school))
    return bool(mine)


def cards_to_suspend(actor: Actor, scope: AccountScope) -> tuple[HeldCard, ...]:
    """The active cards out of the actor's scope, which a reset by this actor suspends. None where the help is full."""
    if help_of(actor, scope) is Help.FULL:
        return ()
    return tuple(card for card in scope.active if not has_right(actor, card) and card.id is not None)


def require_full(actor: Actor, scope: AccountScope) -> None:
    """Refuse an actor who may not help with the whole account (see `require_help`)."""
    require_help(actor, scope, suspend_elsewhere=False)


def require_help(actor: Actor, scope: AccountScope, *, suspend_elsewhere: bool) -> None:
    """Refuse with `not_found` if the account is outside the actor's organisation; with `account_shared` if it has active cards
    elsewhere, naming the level that can help (L-01); else with `account_not_yours`."""
    found = help_of(actor, scope)
    if found is Help.FULL or (found is Help.SUSPENDING and suspend_elsewhere):
        return
    seen = (*scope.active, *scope.offers)
    in_sight = actor.is_staff and not actor.can("run_platform") and any(within(card.path, actor.path) for card in seen)
    require(in_sight, "not_found")
    if not any(within(card.path, actor.path) for card in scope.active):
        raise Refusal("account_not_yours", rule="L-01", help=_OFFERED)
    if not scope.spread:
        raise Refusal("account_not_yours", rule="JX-16", help=_HELP)
    level = level_of(scope.common)
    title = _LEVELS.get(level)
    above = f"可由{title}的管理员办理" if title else "没有一个部门同时管辖这些身份卡"
    own = "；也可在停用其他单位身份卡的前提下由您办理，停用的身份卡由本人重新验证后恢复" if found is Help.SUSPENDING else ""
    raise Refusal(
        "account_shared", rule="L-01", help=f"{above}{own}", level=level, may_suspend_elsewhere=found is Help.SUSPENDING
    )
