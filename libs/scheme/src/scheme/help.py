"""Help of a deployment by role: steps, common questions, and whom to ask: `schemes/<id>/help/questions.yaml` (NR-06)."""

from collections.abc import Collection, Iterator, Sequence
from typing import Self

from pydantic import Field, model_validator

from scheme.base import ContentError, Id, Model, Step, Text, need_unique_ids
from scheme.scheme import Scheme


class Question(Model):
    """A question and its answer, or the steps to take. roles: names that identity cards answer to, as in `roles` of a scheme;
    empty: everybody. operation: the operation of the scheme that it is about."""

    id: Id
    roles: tuple[Id, ...] = ()
    operation: Id | None = None
    question: Text
    answer: Text | None = None
    steps: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _answers(self) -> Self:
        if self.answer is None and not self.steps:
            raise ContentError(f"question {self.id!r} has no answer", "问题没有回答", "请写 answer 或 steps", "answer")
        return self


class HelpContact(Model):
    """Whom people with these roles ask; empty: everybody."""

    roles: tuple[Id, ...] = ()
    text: Text


class Help(Model):
    """The help of one deployment, in the order in which it is shown."""

    contacts: tuple[HelpContact, ...] = ()
    questions: tuple[Question, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> Self:
        need_unique_ids(self.questions, "question", "questions")
        return self

    def for_roles(self, roles: Collection[str]) -> list[Question]:
        """The questions for a card that answers to these names."""
        return [one for one in self.questions if not one.roles or not set(one.roles).isdisjoint(roles)]

    def contacts_for(self, roles: Collection[str]) -> list[str]:
        """Whom a card that answers to these names asks."""
        return [one.text for one in self.contacts if not one.roles or not set(one.roles).isdisjoint(roles)]


def help_problems(help: Help, schemes: Sequence[Scheme]) -> Iterator[ContentError]:
    """What is wrong with a deployment's help, given the versions of its scheme: roles and operations that none of them has, and
    roles of the newest version for which nobody wrote anything (NR-06)."""
    roles = {role.id for scheme in schemes for role in scheme.roles}
    operations = {one.id: set(one.roles) for scheme in schemes for one in scheme.timing.operations}
    named = {
        "questions": [one.roles for one in help.questions],
        "contacts": [one.roles for one in help.contacts],
    }
    for key, lists in named.items():
        for number, written in enumerate(lists):
            for index, role in enumerate(written):
                if role not in roles:
                    at: tuple[Step, ...] = (key, number, "roles", index)
                    yield ContentError(f"{role!r} is no role", f"方案没有“{role}”这个角色", "请改正，或删去", *at)
    for number, one in enumerate(help.questions):
        if one.operation is None:
            continue
        acting = operations.get(one.operation)
        if acting is None or (one.roles and acting.isdisjoint(one.roles)):
            says = "方案没有这项操作" if acting is None else "这些角色都不做这项操作"
            correction = "请写 timing.operations 中某项操作的 id，并使 roles 与它一致"
            yield ContentError(
                f"{one.operation!r}: no such operation of these roles", says, correction, "questions", number, "operation"
            )
    for role_of in schemes[-1].roles if schemes else ():
        if not any(role_of.id in one.roles for one in help.questions):
            says = f"没有为“{role_of.title}”（{role_of.id}）写帮助"
            yield ContentError(f"no question for {role_of.id!r}", says, "请至少写一个问题，roles 中包含这个角色", "questions")
