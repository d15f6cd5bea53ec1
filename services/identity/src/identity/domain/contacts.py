"""The contact sheet of a school: whom the district calls about its work with the platform (SH-12)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from people import display_name, read_phone
from scheme import Scheme
from servicekit.refusals import Refusal

_QQ = re.compile(r"[1-9][0-9]{4,11}")  # our assumption: QQ numbers have 5 to 12 digits


@dataclass(frozen=True)
class Contact:
    """One line of the sheet; `main`: the main contact of this work. Empty texts: not filled in."""

    line: str
    name: str = ""
    post: str = ""
    phone: str = ""
    qq: str = ""
    note: str = ""
    main: bool = False


@dataclass(frozen=True)
class Sheet:
    """The sheet of one school, a contact for every line of its scheme in order."""

    path: str
    school: str
    title: str
    titles: tuple[str, ...]
    contacts: tuple[Contact, ...]


def sheet_of(scheme: Scheme | None, path: str, school: str, found: Sequence[Contact]) -> Sheet | None:
    """The sheet of a school; None: its scheme has none."""
    if scheme is None or scheme.contacts is None:
        return None
    by_line = {contact.line: contact for contact in found}
    lines = scheme.contacts.lines
    return Sheet(
        path,
        school,
        scheme.contacts.title,
        tuple(line.title for line in lines),
        tuple(by_line.get(line.id, Contact(line.id)) for line in lines),
    )


def checked(scheme: Scheme, given: Sequence[Contact]) -> list[Contact]:
    """The contacts with names and numbers in one form. Refused with every wrong cell at once: lines that the scheme does not
    have or that occur twice, a telephone or QQ number that cannot be one, a line with anything but a name, more than one main
    contact."""
    known = {line.id for line in scheme.contacts.lines} if scheme.contacts else set()
    errors: list[dict[str, str]] = []

    def wrong(number: int, column: str, message: str) -> None:
        errors.append({"field": f"contacts.{number}.{column}", "message": message, "in": "body"})

    clean: list[Contact] = []
    for number, one in enumerate(given):
        phone = read_phone(one.phone) if one.phone else ""
        if one.line not in known or one.line in {other.line for other in clean}:
            wrong(number, "line", "联系信息表没有这一行，或这一行重复")
        if phone is None:
            wrong(number, "phone", "手机号不正确")
        if one.qq and not _QQ.fullmatch(one.qq):
            wrong(number, "qq", "QQ号应为 5 至 12 位数字")
        name = display_name(one.name)
        if not name and (one.post or one.phone or one.qq or one.note or one.main):
            wrong(number, "name", "请填写姓名")
        clean.append(replace(one, name=name, phone=phone or ""))
    if sum(one.main for one in clean) > 1:
        errors.append({"field": "contacts", "message": "主要联系人只能勾选一位", "in": "body"})
    if errors:
        raise Refusal("invalid_input", rule=scheme.rule("contacts"), errors=errors)
    return [one for one in clean if one.name]
