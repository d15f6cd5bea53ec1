"""Shapes of confirmation forms: orders to print them, their codes' states, registering with a code (NR-01, NR-02)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.base import OrgPath
from pydantic import BaseModel

from identity.domain.form_codes import FormCode
from identity.results import PrintProgress, StudentForm
from identity.views.requests import In, Line, Name, Number, ReadPicture, Secret


class FormOrder(In):
    """The forms of a class, a grade or a school, or of one student of it."""

    path: OrgPath
    student_id: UUID | None = None


class FormPrintView(BaseModel):
    """How far an order is: rendered classes of all, and forms so far. It is kept for a day."""

    id: UUID
    title: str
    ready: int
    classes: int
    forms: int
    done: bool

    @classmethod
    def of(cls, found: PrintProgress) -> "FormPrintView":
        """From the use case's result."""
        order = found.order
        return cls(id=order.id, title=order.title, ready=found.ready, classes=order.classes, forms=found.forms, done=found.done)


class FormCodeView(BaseModel):
    """A code, without its text: when it was issued and printed, how often it was reset, and when a parent registered."""

    issued_at: datetime
    printed_at: datetime | None
    resets: int
    used_at: datetime | None

    @classmethod
    def of(cls, code: FormCode | None) -> "FormCodeView | None":
        """None: no form was printed yet."""
        if code is None:
            return None
        return cls(issued_at=code.issued_at, printed_at=code.printed_at, resets=code.serial - 1, used_at=code.used_at)


class StudentFormView(BaseModel):
    """A student with the states of both codes; `registered`: the name of who registered with the code."""

    student_id: UUID
    name: str
    path: OrgPath
    class_title: str
    registration: FormCodeView | None
    upload: FormCodeView | None
    registered: str | None

    @classmethod
    def of(cls, found: StudentForm) -> "StudentFormView":
        """From the use case's result."""
        student = found.student
        return cls(
            student_id=student.id,
            name=student.name,
            path=student.path,
            class_title=student.grade_title + student.class_title,
            registration=FormCodeView.of(found.registration),
            upload=FormCodeView.of(found.upload),
            registered=found.used_by,
        )


class FormCodeReset(In):
    """Which code, and why. `misused`: whoever registered with it is not the parent, and loses the card."""

    kind: Literal["registration", "upload"]
    reason: Line
    misused: bool = False


class Registration(In):
    """The code of the form, the child's name, and the parent's own name, phone number and password."""

    code: Number
    child_name: Name
    name: Name
    phone: Number
    password: Secret
    captcha: ReadPicture | None = None


class Registered(BaseModel):
    """The user name of the new account; the parent signs in with it and the password."""

    username: str


class ChildByCode(In):
    """The code of the form, and the child's name."""

    code: Number
    child_name: Name
