"""Initial passwords that follow from the user name, and the check of the student that makes up for it (CS-03, CS-13). Pure."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from people import same_name
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


@dataclass(frozen=True)
class StudentAnswer:
    """What somebody says about the student."""

    name: str
    sex: str | None = None


def accounts_rule(linked: Sequence[tuple[Link, Scheme | None]], username: str, typed: str) -> Accounts | None:
    """The rule by which `typed` is this account's initial password. Every school that has to do with the account must have
    chosen such passwords: one that hands out slips is not overruled by another (L-01)."""
    rules = [scheme.accounts if scheme is not None else Accounts() for _, scheme in linked]
    for (link, _), rule in zip(linked, rules, strict=True):
        initial = rule.initial_password
        expected = None if initial is None or link.role not in initial.roles else initial.of(username)
        if expected is None or not hmac.compare_digest(expected.encode(), typed.encode()):
            return None
    return min(rules, key=lambda rule: rule.attempts) if rules else None


def knows_student(answer: StudentAnswer, linked: Sequence[Link], rule: Accounts) -> bool:
    """Are these the facts of one of the students?"""
    return any(
        same_name(link.name, answer.name)
        and ("sex" not in rule.first_sign_in or (link.sex is not None and link.sex == answer.sex))
        for link in linked
    )
