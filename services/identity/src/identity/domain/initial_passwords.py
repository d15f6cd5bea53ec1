"""Initial passwords that follow from the user name, and the check of the student that makes up for it (CS-03, BJ-01). Pure."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from people import read_phone, same_name
from scheme import Scheme
from scheme.accounts import Accounts


@dataclass(frozen=True)
class Link:
    """A student with whom an account has to do, as the student or as a guardian whom the school registered."""

    role: str
    name: str
    sex: str | None
    """`male` or `female`; None: the school did not say it, so that nobody passes the check."""
    scheme_id: str | None
    scheme_version: str | None
    born: date | None = None
    eid: str = ""
    """The student's education id."""
    phones: tuple[str, ...] = ()
    """The phone numbers that the school registered: of a guardian's account its own, of a student's those of all guardians."""


@dataclass(frozen=True)
class StudentAnswer:
    """What somebody says about the student."""

    name: str
    sex: str | None = None
    guardian_phone: str | None = None


@dataclass(frozen=True)
class Matched:
    """A rule by which an initial password was typed, and the students about whom it asks."""

    rule: Accounts
    linked: tuple[Link, ...]


def accounts_rule(linked: Sequence[tuple[Link, Scheme | None]], username: str, typed: str) -> Matched | None:
    """The rule by which `typed` is this account's initial password. Every school that has to do with the account must have
    chosen such passwords: one that hands out slips is not overruled by another (L-01). A birth date is good together with the
    education id of the same student only (BJ-01)."""
    rules = [scheme.accounts if scheme is not None else Accounts() for _, scheme in linked]
    asked: list[Link] = []
    for (link, _), rule in zip(linked, rules, strict=True):
        initial = rule.initial_password
        if initial is None or link.role not in initial.roles:
            return None
        if initial.birth_date and username != f"{link.eid}{rule.education_id.guardian_suffix}":
            continue
        expected = initial.of(username, link.born)
        if expected is None or not hmac.compare_digest(expected.encode(), typed.encode()):
            return None
        asked.append(link)
    return Matched(min(rules, key=lambda rule: rule.attempts), tuple(asked)) if asked else None


def knows_student(answer: StudentAnswer, linked: Sequence[Link], rule: Accounts) -> bool:
    """Are these the facts of one of the students?"""
    phone = read_phone(answer.guardian_phone or "")
    return any(
        same_name(link.name, answer.name)
        and ("sex" not in rule.first_sign_in or (link.sex is not None and link.sex == answer.sex))
        and ("guardian_phone" not in rule.first_sign_in or (phone is not None and phone in link.phones))
        for link in linked
    )
