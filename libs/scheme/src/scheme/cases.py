"""The route of complaints and appeals as a table: stages, who acts, where each action leads (JX-09, CS-10, SH-10)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from scheme.base import (
    CaseTypeId,
    ContentError,
    Duration,
    Id,
    Level,
    Model,
    OperationId,
    Ref,
    RoleId,
    Text,
    WorkingDays,
    find,
    need_one_length,
    need_unique_ids,
)
from scheme.kinds import Evidence
from scheme.operations import Edge

type Outcome = Literal["keep", "amend", "exclude", "void"]
type Need = Literal["reason", "text", "amendment", "evidence", "grades"]

PARTIES = ("student", "author", "complainant")
"""Actors that are parties of the case: whose record it is, who entered it, who complained."""

RoleOrParty = Annotated[Id, Ref("role or party")]

ActorName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(@level)?$"), Ref("role or party")]
"""A party, a role of the scheme, or `auditor@level`: the auditor of the record's data level (SH-10)."""


class Limits(Model):
    """The length of a text in characters."""

    min: int = Field(default=1, ge=0)
    max: int = Field(ge=1)

    def problem(self, text: str) -> str | None:
        """A Chinese sentence when the text (without surrounding space) is too short or too long, else None."""
        length = len(text.strip())
        if length < self.min:
            return f"请至少填写{self.min}个字"
        return f"最多{self.max}个字，现有{length}个字" if length > self.max else None


class CaseReason(Model):
    """What somebody objects to. missing: not to an entry, but that something is missing in a report; whoever may enter it
    does so in the course of the case (SH-08)."""

    id: Id
    title: Text
    missing: bool = False


class CaseType(Model):
    """A type of case: `complaint`, `appeal`, or one that a scheduled job opens.

    against: a `published` record, a published `result`, the `outcome` of another case, `own` data (wrong, surplus or
    missing), or `unmended` data. within_working_days: how long one may appeal against an outcome, from the day after it.
    others_too: not only the student and their guardians may object to a result, but whoever sees it published. follows: the
    case type and outcomes that it appeals against (CS-11). one_open: one open case per person and record. unsealed_by: the
    roles that may learn who complained, each time with a reason that is kept; the student never does (X-08). own_too: one
    may object to one's own published record (SH-08). by_clock: a scheduled job opens it. notify_roles: the roles that are
    notified when a case opens and closes, besides the parties and the actor. complainant: `sealed` (X-08), or
    `named_to_decider`: the staff who decide the case learn who filed it, which is logged; the student whose record it is
    never does. told_after: a decision takes effect and is told at this edge (CS-11).
    """

    id: Id
    title: Text
    button: Text | None = None
    operation: OperationId | None = None
    against: Literal["published", "result", "outcome", "own", "unmended"]
    opened_by: tuple[RoleOrParty, ...] = ()
    unsealed_by: tuple[RoleOrParty, ...] = ()
    follows: CaseTypeId | None = None
    follows_outcomes: tuple[Outcome, ...] = ()
    within_working_days: WorkingDays | None = None
    others_too: bool = False
    reasons: tuple[CaseReason, ...] = ()
    text: Limits = Limits(max=500)
    evidence: Evidence = Evidence(max=0)
    one_open: bool = True
    own_too: bool = False
    by_clock: bool = False
    notify_roles: tuple[RoleOrParty, ...] = ()
    complainant: Literal["sealed", "named_to_decider"] = "sealed"
    told_after: Edge | None = None


class Action(Model):
    """What an actor may do at a stage: it leads to a stage (`leads_to`) or ends the case (`outcome`).

    proposes: an outcome that a later stage may accept with outcome `proposed`. needs: required input.
    by_clock: taken only by a deadline. bulk: possible for many cases at once (JX-10). malicious: the complaint is
    rejected as malicious (SH-08). Of needs, `grades` are the bands that a result gets instead, by dimension.
    """

    id: Id
    title: Text
    leads_to: Id | None = None
    outcome: Literal["keep", "amend", "exclude", "void", "proposed"] | None = None
    proposes: Outcome | None = None
    needs: tuple[Need, ...] = ()
    by_clock: bool = False
    bulk: bool = False
    malicious: bool = False

    @model_validator(mode="after")
    def _has_one_target(self) -> Self:
        if (self.leads_to is None) == (self.outcome is None):
            raise ContentError(
                f"action {self.id!r}: needs either leads_to or outcome",
                "动作要么转入下一环节（leads_to），要么结束（outcome）",
                "请只写 leads_to 或只写 outcome",
                "outcome" if self.outcome else "",
            )
        if self.malicious and (self.outcome != "keep" or {"reason", "text"}.isdisjoint(self.needs)):
            raise ContentError(
                f"action {self.id!r}: `malicious` is for an action that keeps the record and needs a reason or text",
                "只有维持原记录、并须写原因或说明的动作，才能认定恶意举报",
                "请写 outcome: keep，并在 needs 中写 reason 或 text",
                "malicious",
            )
        return self

    def lacking(self, given: Iterable[str]) -> tuple[Need, ...]:
        """What the action needs and was not given."""
        present = frozenset(given)
        return tuple(need for need in self.needs if need not in present)


class Deadline(Model):
    """How long a stage may take: `after` it began, or so many working days after that day, or without both until the window
    of its operation ends (SH-09).

    `action` is taken then; without it the case is only marked overdue. late: its actions stay possible afterwards, although
    the window is closed, so that no case is lost.
    """

    after: Duration | None = None
    after_working_days: WorkingDays | None = None
    action: Id | None = None
    late: bool = False

    @model_validator(mode="after")
    def _has_one_length(self) -> Self:
        return need_one_length(self)

    @property
    def by_window(self) -> bool:
        """Whether it is the end of a window."""
        return self.after is None and self.after_working_days is None


class Stage(Model):
    """A stage of a case: who acts, in which operation's window, with which actions."""

    id: Id
    title: Text
    actor: ActorName
    operation: OperationId | None = None
    deadline: Deadline | None = None
    actions: tuple[Action, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        need_unique_ids(self.actions, "action", "actions")
        return self

    def action(self, name: str) -> Action:
        """The action with this id. Raises `UnknownError`."""
        return find(self.actions, name, "action")

    def choices(self) -> tuple[Action, ...]:
        """The actions that people may take at this stage, in order."""
        return tuple(action for action in self.actions if not action.by_clock)


class MaliciousComplaints(Model):
    """What follows from malicious complaints (SH-08): after `limit` of them in a term, the complainant can object to nobody's
    records any more until the term ends. lifted_by: the roles that may take such a finding back, with a reason.
    """

    limit: int = Field(ge=1, le=20)
    lifted_by: tuple[RoleId, ...] = Field(min_length=1)


class Entry(Model):
    """The first stage of a case type, for these data levels (empty: for all)."""

    type: Id
    stage: Id
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """The result of an action: the next stage, or the outcome that ends the case. `proposed` stays with the case."""

    next: Stage | None
    outcome: Outcome | None
    proposed: Outcome | None


class Route(Model):
    """The case types and the table of stages. level_roles: which role `auditor@level` is at each data level (SH-10)."""

    types: tuple[CaseType, ...] = ()
    level_roles: dict[Id, dict[Level, RoleId]] = Field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    stages: tuple[Stage, ...] = ()
    malicious: MaliciousComplaints | None = None

    def type(self, name: str) -> CaseType:
        """The case type with this id. Raises `UnknownError`."""
        return find(self.types, name, "case type")

    def stage(self, name: str) -> Stage:
        """The stage with this id. Raises `UnknownError`."""
        return find(self.stages, name, "stage")

    def start(self, type: str, level: Level = "student") -> Stage:
        """The first stage of a case of this type about data of this level. Raises `UnknownError` or `UnroutableError`."""
        self.type(type)
        for entry in self.entries:
            if entry.type == type and (not entry.levels or level in entry.levels):
                return self.stage(entry.stage)
        raise UnroutableError(type, level)

    def act(self, stage: str, action: str, proposed: Outcome | None = None) -> Step:
        """Take an action; `proposed` is the outcome proposed so far. Raises `UnknownError` for what the table does not have."""
        chosen = self.stage(stage).action(action)
        proposal = chosen.proposes or proposed
        if chosen.leads_to is not None:
            return Step(self.stage(chosen.leads_to), None, proposal)
        if chosen.outcome == "proposed":
            if proposal is None:
                raise ValueError(f"stage {stage!r}, action {action!r}: nothing was proposed")
            return Step(None, proposal, proposal)
        return Step(None, chosen.outcome, proposal)

    def reachable(self, type: str, level: Level = "student") -> tuple[Stage, ...]:
        """The stages that a case of this type about data of this level may come to, in the order of the table.

        Raises `UnknownError` or `UnroutableError`.
        """
        found, todo = set[str](), [self.start(type, level).id]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += [action.leads_to for action in self.stage(name).actions if action.leads_to is not None]
        return tuple(stage for stage in self.stages if stage.id in found)

    def actor(self, stage: str, level: Level = "student") -> str:
        """Who acts there: a party (`student`, `author`, `complainant`) or a role id, with `@level` resolved."""
        name, at, _ = self.stage(stage).actor.partition("@")
        if not at:
            return name
        try:
            return self.level_roles[name][level]
        except KeyError:
            raise UnroutableError(name, level) from None

    def actors(self, level: Level) -> frozenset[str]:
        """Who acts at the stages that cases about data of this level reach, with `@level` resolved."""
        entries = [entry.type for entry in self.entries if not entry.levels or level in entry.levels]
        stages = {stage.id: stage.actor.partition("@") for type in entries for stage in self.reachable(type, level)}
        named = (self.level_roles[name].get(level) if at else name for name, at, _ in stages.values())
        return frozenset(role for role in named if role)

    def moves(self) -> Iterator[tuple[Stage, Action]]:
        """Every action of the table with its stage."""
        return ((stage, action) for stage in self.stages for action in stage.actions)


class UnroutableError(LookupError):
    """The route has no such case type or actor at this data level."""

    def __init__(self, what: str, level: str) -> None:
        super().__init__(f"the route has no {what!r} for data of level {level!r}")
        self.what = what
        self.level = level
