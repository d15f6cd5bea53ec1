"""Education ids, login names, and how accounts are used for the first time (BJ-01, CS-03, CS-13)."""

import re
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from scheme.base import ContentError, Duration, Model

type StudentFact = Literal["name", "sex", "guardian_phone"]
"""What somebody who signs in for the first time says about the student; guardian_phone: a number that the school registered."""


class EducationId(Model):
    """The education id (教育ID): unique in the deployment, the login name of a student, never changes (BJ-01, JX-16).

    digits: its length. area: begins with the 6-digit code of the area, and the rest counts up there; without, it is random.
    check_digit: ends with an ISO 7064 MOD 11,10 digit. imported: the authority issues it, and rosters have a column for it;
    the platform makes one where a row has none. staff: teachers have one, too, with which they sign in as with their phone
    number. guardian_suffix: registered guardians of a student sign in with the student's id and this suffix, too.
    """

    digits: int = Field(default=13, ge=8, le=18)
    area: bool = True
    check_digit: bool = True
    imported: bool = False
    staff: bool = False
    guardian_suffix: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,3}$")] | None = None

    @property
    def running(self) -> int:
        """How many digits the running or random number has."""
        return self.digits - 6 * self.area - self.check_digit

    def fits(self, text: str) -> bool:
        """Has this text the length of such an id, with the right check digit?"""
        if re.fullmatch(rf"[0-9]{{{self.digits}}}", text) is None:
            return False
        return not self.check_digit or check_digit(text[:-1]) == text[-1]

    def make(self, number: int, area: str = "") -> str:
        """The id with this number, in this area if ids begin with one."""
        body = f"{area if self.area else ''}{number:0{self.running}d}"
        if not re.fullmatch(rf"[0-9]{{{self.digits - self.check_digit}}}", body):
            raise ValueError(f"an education id of {self.digits} digits cannot be made of area {area!r} and number {number}")
        return body + check_digit(body) if self.check_digit else body

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if self.digits == 11:
            raise ContentError(
                "education_id: 11 digits are a phone number", "11位数字会与手机号混淆", "请改用其他位数", "digits"
            )
        if self.running < 6:
            raise ContentError(
                "education_id: fewer than six digits are left for the number",
                "除去行政区划代码和校验位，只剩不到6位，不够编号",
                "请增加 digits，或删去 area、check_digit",
                "digits",
            )
        return self


def check_digit(digits: str) -> str:
    """ISO 7064 MOD 11,10: detects every single wrong digit and nearly every swap of neighbouring digits."""
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


class InitialPassword(Model):
    """An initial password that follows from the user name (`prefix`, its `last` characters, `suffix`, CS-13), or the student's
    birth date in eight digits, with which guardians sign in by the student's education id (BJ-01).

    Everybody can work it out, so such a password opens nothing by itself: it is good for one sign-in within `valid_for` after
    the account was created, needs the facts of `Accounts.first_sign_in`, and ends with the first slip that a school prints.
    roles: whose accounts have one. Staff are not among them: a card of staff opens other people's children, and needs a slip.
    """

    prefix: Annotated[str, StringConstraints(max_length=20)] = ""
    last: int | None = Field(default=None, ge=4, le=13)
    suffix: Annotated[str, StringConstraints(max_length=20)] = ""
    birth_date: bool = False
    roles: tuple[Literal["student", "guardian"], ...] = Field(min_length=1)
    valid_for: Duration = timedelta(days=30)

    def of(self, username: str, born: date | None = None) -> str | None:
        """The initial password of this user name; None where it is too short to have one, or the birth date is not known."""
        if self.birth_date:
            return None if born is None else f"{born:%Y%m%d}"
        if self.last is None or len(username) < self.last:
            return None
        return f"{self.prefix}{username[-self.last :]}{self.suffix}"

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.birth_date == (self.last is not None) or (self.birth_date and (self.prefix or self.suffix)):
            raise ContentError(
                "initial_password: either the last characters of the user name, or the birth date",
                "初始密码要么取自用户名（last），要么是出生日期（birth_date）",
                "请写 last，或只写 birth_date: true",
                "birth_date" if self.birth_date else "last",
            )
        return self


class Accounts(Model):
    """Login names and the first sign-in (BJ-01, CS-03). first_sign_in: the facts about the student that must be right before a
    new password is set. attempts: after so many wrong answers the initial password ends, and the school prints a slip."""

    education_id: EducationId = EducationId()
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

    @model_validator(mode="after")
    def _birth_date_of_guardians(self) -> Self:
        initial = self.initial_password
        if initial is None or not initial.birth_date:
            return self
        if initial.roles != ("guardian",) or self.education_id.guardian_suffix is None:
            raise ContentError(
                "accounts: a birth date is the initial password of guardians with a login name of their own only",
                "出生日期只能作家长的初始密码，家长须有专门的用户名",
                "请写 roles: [guardian]，并在 education_id 中写 guardian_suffix",
                "initial_password",
            )
        if "guardian_phone" not in self.first_sign_in:
            raise ContentError(
                "accounts: classmates know a birth date, so it needs `guardian_phone` in `first_sign_in`",
                "同学也知道出生日期，首次登录却不核对家长的手机号；几位家长也无法区分",
                "请在 first_sign_in 中写 guardian_phone",
                "first_sign_in",
            )
        return self
