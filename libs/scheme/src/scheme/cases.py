"""The route of complaints and appeals as a table: stages, who acts, what each action leads to (JX-09, CS-10, SH-10).

One engine for every province. Time, people and texts come from the caller.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field as Given
from pydantic import StringConstraints, model_validator

from scheme.base import Duration, Id, Level, Model, Text, find, no_twins
from scheme.forms import Choice
from scheme.kinds import Evidence

type Outcome = Literal["keep", "amend", "exclude", "void"]
type Need = Literal["reason", "text", "amendment", "evidence"]

PARTIES = ("student", "author", "complainant")
"""Actors that are people of the case: whose record it is, who entered it, who complained."""

ActorName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(@level)?$")]
"""A party, a role of the scheme, or `auditor@level`: the auditor of the record's data level (SH-10)."""


class Limits(Model):
    """The length of a text in characters."""

    min: int = Given(default=1, ge=0)
    max: int = Given(ge=1)

    def problem(self, text: str) -> str | None:
        """A Chinese sentence when the text (without surrounding space) is too short or too long, else None."""
        length = len(text.strip())
        if length < self.min:
            return f"请至少填写{self.min}个字"
        return f"最多{self.max}个字，现有{length}个字" if length > self.max else None


class CaseType(Model):
    """A way to object: `complaint`, `appeal`, or one that opens by itself.

    against: a `published` thing, the `outcome` of another case, `own` data (wrong, surplus or missing), or
    `unmended` data. follows: the case type and outcomes it answers (CS-11). one_open: one open case per person and
    record; the complained-of never learns who complained (X-08); unsealed_by: the roles that may all the same open
    the seal of a case, each time with a reason that stays on record. own_too: what is `published` of one's own may
    be objected to as well (SH-08). by_clock: opens by itself. told: the roles that learn when a case opens and how it ends,
    besides the parties and whoever is to act.
    """

    id: Id
    title: Text
    button: Text | None = None
    operation: Id | None = None
    against: Literal["published", "outcome", "own", "unmended"]
    opened_by: tuple[Id, ...] = ()
    unsealed_by: tuple[Id, ...] = ()
    follows: Id | None = None
    follows_outcomes: tuple[Outcome, ...] = ()
    reasons: tuple[Choice, ...] = ()
    text: Limits = Limits(max=500)
    evidence: Evidence = Evidence(max=0)
    one_open: bool = True
    own_too: bool = False
    by_clock: bool = False
    told: tuple[Id, ...] = ()


class Action(Model):
    """What an actor may do at a stage: exactly one of `leads_to` (a stage) and `outcome` (the end).

    proposes: the outcome that a later stage may agree to with outcome `proposed`. needs: what must come with it.
    by_clock: only time takes it. bulk: many at once (JX-10).
    """

    id: Id
    title: Text
    leads_to: Id | None = None
    outcome: Literal["keep", "amend", "exclude", "void", "proposed"] | None = None
    proposes: Outcome | None = None
    needs: tuple[Need, ...] = ()
    by_clock: bool = False
    bulk: bool = False

    @model_validator(mode="after")
    def _goes_one_way(self) -> Self:
        if (self.leads_to is None) == (self.outcome is None):
            raise ValueError(f"action {self.id!r}: say either leads_to or outcome")
        return self

    def lacking(self, given: Iterable[str]) -> tuple[Need, ...]:
        """What the action needs and was not given."""
        have = frozenset(given)
        return tuple(need for need in self.needs if need not in have)


class Deadline(Model):
    """How long a stage may take. `action` is what time then does; without it the case is only marked overdue."""

    after: Duration
    action: Id | None = None


class Stage(Model):
    """A station of a case: who acts, under which operation's window, what they may do."""

    id: Id
    title: Text
    actor: ActorName
    operation: Id | None = None
    deadline: Deadline | None = None
    actions: tuple[Action, ...] = Given(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        no_twins(self.actions, "action")
        return self

    def action(self, name: str) -> Action:
        """The action with this id. Raises `UnknownError`: what is not in the table is not possible."""
        return find(self.actions, name, "action")

    def choices(self) -> tuple[Action, ...]:
        """The actions that people may take here, in order."""
        return tuple(action for action in self.actions if not action.by_clock)


class Entry(Model):
    """Where a case of this type starts; levels: data levels it holds for, empty means all."""

    type: Id
    stage: Id
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """Where an action led: the next stage, or the outcome that ends the case. `proposed` goes with the case."""

    next: Stage | None
    outcome: Outcome | None
    proposed: Outcome | None


class Route(Model):
    """The case types and the table of stages. level_roles: who `auditor@level` is at each data level (SH-10)."""

    types: tuple[CaseType, ...] = ()
    level_roles: dict[Id, dict[Level, Id]] = Given(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    stages: tuple[Stage, ...] = ()

    def type(self, name: str) -> CaseType:
        """The case type with this id. Raises `UnknownError`."""
        return find(self.types, name, "case type")

    def stage(self, name: str) -> Stage:
        """The stage with this id. Raises `UnknownError`."""
        return find(self.stages, name, "stage")

    def start(self, type: str, level: Level = "student") -> Stage:
        """The first stage of a case of this type about data of this level. Raises `UnknownError`."""
        self.type(type)
        for entry in self.entries:
            if entry.type == type and (not entry.levels or level in entry.levels):
                return self.stage(entry.stage)
        raise UnroutableError(type, level)

    def act(self, stage: str, action: str, proposed: Outcome | None = None) -> Step:
        """One move. `proposed` is what the case carries so far. Raises `UnknownError` for a move outside the table."""
        taken = self.stage(stage).action(action)
        carried = taken.proposes or proposed
        if taken.leads_to is not None:
            return Step(self.stage(taken.leads_to), None, carried)
        if taken.outcome == "proposed":
            if carried is None:
                raise ValueError(f"stage {stage!r}, action {action!r}: nothing was proposed")
            return Step(None, carried, carried)
        return Step(None, taken.outcome, carried)

    def actor(self, stage: str, level: Level = "student") -> str:
        """Who acts there: a party (`student`, `author`, `complainant`) or a role id, with `@level` resolved."""
        name, at, _ = self.stage(stage).actor.partition("@")
        if not at:
            return name
        try:
            return self.level_roles[name][level]
        except KeyError:
            raise UnroutableError(name, level) from None

    def moves(self) -> Iterator[tuple[Stage, Action]]:
        """The whole table, row by row."""
        for stage in self.stages:
            for action in stage.actions:
                yield stage, action


class UnroutableError(LookupError):
    """The route has no way for this at this data level."""

    def __init__(self, what: str, level: str) -> None:
        super().__init__(f"the route has no {what!r} for data of level {level!r}")
        self.what = what
        self.level = level
