"""How accounts of students and guardians are used for the first time (CS-03, CS-13)."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from scheme.base import ContentError, Duration, Model

type StudentFact = Literal["name", "sex"]
"""What somebody who signs in for the first time says about the student."""


class InitialPassword(Model):
    """An initial password that follows from the user name: `prefix`, the `last` characters of the user name, `suffix` (CS-13).

    Everybody knows the rule, so such a password opens nothing by itself: it is good for one sign-in within `valid_for` after
    the account was created, needs the facts of `Accounts.first_sign_in`, and ends with the first slip that a school prints.
    roles: whose accounts have one. Staff are not among them: a card of staff opens other people's children, and needs a slip.
    """

    prefix: Annotated[str, StringConstraints(max_length=20)] = ""
    last: int = Field(ge=4, le=13)
    suffix: Annotated[str, StringConstraints(max_length=20)] = ""
    roles: tuple[Literal["student", "guardian"], ...] = Field(min_length=1)
    valid_for: Duration = timedelta(days=30)

    def of(self, username: str) -> str | None:
        """The initial password of this user name; None where it is too short to have one."""
        return f"{self.prefix}{username[-self.last :]}{self.suffix}" if len(username) >= self.last else None


class Accounts(Model):
    """The first sign-in (CS-03). first_sign_in: the facts about the student that must be right before a new password is set.
    attempts: after so many wrong answers the initial password ends, and the school prints a slip."""

    initial_password: InitialPassword | None = None
    first_sign_in: tuple[StudentFact, ...] = ()
    attempts: int = Field(default=5, ge=1, le=10)

    @model_validator(mode="after")
    def _needs_a_name(self) -> Self:
        if self.initial_password is not None and "name" not in self.first_sign_in:
            raise ContentError(
                "accounts: an initial password that everybody can guess needs `name` in `first_sign_in`",
                "初始密码人人可以推算，首次登录却不核对姓名",
                "请在 first_sign_in 中写 name",
                "first_sign_in",
            )
        return self
