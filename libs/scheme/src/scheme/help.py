"""Questions that users of a deployment ask, with the answers of its authority, by role: `schemes/<id>/help/questions.yaml`."""

from collections.abc import Collection
from typing import Self

from pydantic import Field, model_validator

from scheme.base import Id, Model, Text, need_unique_ids


class Question(Model):
    """A question and its answer. roles: names that identity cards answer to, as in `roles` of a scheme; empty: everybody."""

    id: Id
    roles: tuple[Id, ...] = ()
    question: Text
    answer: Text


class Help(Model):
    """The questions of one deployment, in the order in which they are shown."""

    questions: tuple[Question, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> Self:
        need_unique_ids(self.questions, "question", "questions")
        return self

    def for_roles(self, roles: Collection[str]) -> list[Question]:
        """The questions for a card that answers to these names."""
        return [one for one in self.questions if not one.roles or not set(one.roles).isdisjoint(roles)]
