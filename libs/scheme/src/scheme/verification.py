"""The verification of the basic data of every student, with a form that the parent signs (NR-01 to NR-04)."""

from typing import Literal

from pydantic import Field

from scheme.base import Model, OperationId, RoleId, Text

type RegisteredDatum = Literal[
    "name", "sex", "birth_date", "document_type", "id_number", "registry_number", "student_number", "education_id", "school",
    "class",
]  # fmt: skip
"""What the platform has registered of every student, whatever the profile of the scheme shows."""


class FormLine(Model):
    """A line of the form: what is printed, and what it is called there."""

    of: RegisteredDatum
    title: Text


class Verification(Model):
    """Every student gets a printed form with the registered data; a parent signs it, photographs it and uploads it.

    form: what the printed form is called. lines: what is printed, in this order; guardians: also those whom the school
    registered. operation: in whose window forms are uploaded. uploaded_by: who may upload them. most_photos: of one form.
    notices: sentences on the form for whoever prints it and whoever signs it.
    """

    title: Text
    form: Text
    lines: tuple[FormLine, ...] = Field(min_length=1)
    guardians: bool = False
    operation: OperationId
    uploaded_by: tuple[RoleId, ...] = Field(min_length=1)
    most_photos: int = Field(default=3, ge=1, le=9)
    notices: tuple[Text, ...] = ()
