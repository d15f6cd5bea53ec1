"""Bodies of the contact sheets' routes (SH-12)."""

from typing import Annotated

from contracts.base import OrgPath
from pydantic import BaseModel, Field, StringConstraints

from identity.domain.contacts import Contact, Sheet
from identity.views.requests import In

type Cell = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]


class ContactIn(In):
    """One line of the sheet; `main`: the main contact of this work. Empty texts: not filled in."""

    line: Annotated[str, StringConstraints(max_length=60)]
    name: Cell = ""
    post: Cell = ""
    phone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    qq: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)] = ""
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    main: bool = False

    def as_contact(self) -> Contact:
        """For the use case."""
        return Contact(**self.model_dump())


class ContactsIn(In):
    """The whole sheet; lines that are left out become empty."""

    contacts: Annotated[list[ContactIn], Field(max_length=50)]


class ContactView(BaseModel):
    """One line of the sheet with its title."""

    line: str
    line_title: str
    name: str
    post: str
    phone: str
    qq: str
    note: str
    main: bool


class ContactSheet(BaseModel):
    """The contact sheet of one school, every line in order."""

    path: OrgPath
    school: str
    title: str
    contacts: list[ContactView]

    @classmethod
    def of(cls, sheet: Sheet) -> "ContactSheet":
        """From the use case's sheet."""
        return cls(
            path=sheet.path,
            school=sheet.school,
            title=sheet.title,
            contacts=[
                ContactView(
                    line=one.line, line_title=title, name=one.name, post=one.post, phone=one.phone, qq=one.qq, note=one.note,
                    main=one.main,
                )
                for title, one in zip(sheet.titles, sheet.contacts, strict=True)
            ],
        )  # fmt: skip


class ExportOrder(In):
    """Of which organisation the sheets are exported; null: of the card's own."""

    path: OrgPath | None = None
