"""Claims: a school's roster names a student of another school; the level above both decides (L-10)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.base import level_of, within
from contracts.identity import ClaimOpenedV1, ClaimResolvedV1
from servicekit.auth import Actor
from servicekit.mapping import from_attributes
from servicekit.refusals import Refusal, require

type Outcome = Literal["moved", "stays", "withdrawn"]
type ClaimState = Literal["open"] | Outcome

_LEVELS = {"district": "区县", "city": "设区市", "province": "省级"}


@dataclass(frozen=True)
class Claim:
    """A claim. `school` claims the student for the class `path`; `held_by` is the student's school."""

    id: UUID
    student_id: UUID
    student_name: str
    registry_number: str
    """Masked."""
    student_version: int
    school: str
    school_title: str
    path: str
    class_title: str
    held_by: str
    held_by_title: str
    batch_id: UUID
    asked_at: datetime
    state: ClaimState
    resolved_at: datetime | None = None
    reason: str | None = None

    @property
    def decides(self) -> str:
        """The lowest organisation above both schools."""
        shared: list[str] = []
        for here, there in zip(self.school.split("."), self.held_by.split("."), strict=False):
            if here != there:
                break
            shared.append(here)
        return ".".join(shared)

    def opened(self) -> ClaimOpenedV1:
        """The event of a new claim."""
        return from_attributes(ClaimOpenedV1, self, claim_id=self.id, at=self.asked_at)

    def resolved(self, outcome: Outcome, reason: str, at: datetime) -> ClaimResolvedV1:
        """The event of its end."""
        return from_attributes(ClaimResolvedV1, self, claim_id=self.id, outcome=outcome, reason=reason, at=at)


def may_see(actor: Actor, claim: Claim) -> bool:
    """Administrators of both schools, and of the levels above one of them."""
    return actor.role == "administrator" and (within(claim.school, actor.path) or within(claim.held_by, actor.path))


def need_may_resolve(actor: Actor, claim: Claim) -> None:
    """Only an administrator above both schools decides."""
    require(may_see(actor, claim), "not_found")
    if not (within(claim.school, actor.path) and within(claim.held_by, actor.path)):
        level = _LEVELS.get(level_of(claim.decides))
        above = f"请由{level}管理员裁定" if level else "没有一个部门同时管辖两所学校，请由两校协商后由其中一校办理离校"
        raise Refusal("claim_not_yours", rule="L-10", help=above)
    require(claim.state == "open", "wrong_state", rule="L-10", state=claim.state)
