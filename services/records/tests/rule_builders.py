"""Builders for the rules of records, without I/O: schemes with their usual windows, records in any state, cards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from contracts.base import EvidenceRef, Window
from records.domain.record import Record
from records.domain.scheduling import Plan, windows_for
from records.domain.state import State
from records.domain.term import Term
from scheme import Scheme, Schemes
from scheme.roles import held_as
from servicekit.auth import Actor
from servicekit.ids import new_id
from servicekit.refusals import Refusal
from servicekit.testing import an_actor

from .builders import CLASS, NOW, SCHOOL, TERM_BEGINS

SCHEMES = Schemes(Path(__file__).parents[3] / "schemes")
STUDENT, AUTHOR, TERM = (UUID(int=n) for n in (1, 2, 3))
EARLIER = NOW - timedelta(days=2)
HOURS = {
    "name": "社区敬老院志愿服务", "served": "敬老院老人", "starts_on": "2026-09-12", "ends_on": "2026-09-13", "hours": "4.5",
    "place": "东湖区敬老院", "account": "和同学一起为老人读报、打扫房间，学会了耐心倾听，也更懂得尊重长辈。",
}  # fmt: skip
"""Whole data of `volunteer_service`, as JSON holds it."""


@cache
def scheme(name: str) -> Scheme:
    return SCHEMES.get(name, "2026.1")


def a_card(role: str, path: str, *, deployment: str = "baoshan", name: str = "某人") -> Actor:
    """A card as identity makes it: its role without the level, and the capabilities that the deployment gives the role."""
    [named] = [one for one in scheme(deployment).roles if one.id == role]
    return replace(an_actor(held_as(role, named.at), path, name=name), capabilities=frozenset(named.may or ()))


@contextmanager
def refused(code: str, **values: Any) -> Iterator[None]:
    """What is inside is refused with this code, and tells exactly this."""
    with pytest.raises(Refusal) as no:
        yield
    expected = no.value.details | ({} if no.value.detail is None else {"detail": no.value.detail})
    assert (no.value.code, expected) == (code, values), f"{no.value.code} {expected}"


def a_plan(**changed: Any) -> Plan:
    values: dict[str, Any] = {
        "title": "2026-2027学年第一学期", "school_year": "2026-2027", "number": 1, "starts_on": TERM_BEGINS,
        "ends_on": date(2027, 1, 31), "windows": None,
    }  # fmt: skip
    return Plan(**(values | changed))


def a_window(operation: str, first: datetime, last: datetime, **changed: Any) -> Window:
    return Window(operation=operation, starts=first, ends=last, **changed)


def a_term(name: str = "jiangxi", *windows: Window, **changed: Any) -> Term:
    """The rules of a term that began on TERM_BEGINS, with the scheme's usual windows unless some are given."""
    known = scheme(name)
    values: dict[str, Any] = {
        "id": TERM, "path": SCHOOL, "title": "2026-2027学年第一学期", "school_year": "2026-2027", "number": 1,
        "time_zone": "Asia/Shanghai", "starts_on": TERM_BEGINS,
        "ends_on": date(2027, 1, 31), "version": 1, "scheme": known,
        "windows": windows or windows_for(known, TERM_BEGINS, None, ZoneInfo("Asia/Shanghai")),
    }  # fmt: skip
    return Term(**(values | changed))


def reshaped(term: Term, kind: str, **changed: Any) -> Term:
    """The same rules, with this kind of the scheme changed."""
    old = term.scheme
    dimensions = [
        it.model_copy(update={"kinds": tuple(k.model_copy(update=changed) if k.id == kind else k for k in it.kinds)})
        for it in old.dimensions
    ]
    return replace(term, scheme=rebuilt(old, dimensions=dimensions))


def rebuilt(old: Scheme, **changed: Any) -> Scheme:
    """The scheme with these parts changed, and validated again."""
    return Scheme(**{name: getattr(old, name) for name in Scheme.model_fields} | changed)


def a_record(state: State = State.SUBMITTED, **changed: Any) -> Record:
    """A student's report of volunteer service; submitted, it waits for the class teacher."""
    waits = state is State.SUBMITTED
    values: dict[str, Any] = {
        "id": new_id(), "term_id": TERM, "student_id": STUDENT, "student_name": "李晓雨", "path": CLASS,
        "dimension": "moral", "kind": "volunteer_service", "title": "社区敬老院志愿服务", "data": HOURS,
        "evidence": (a_file(),), "state": state, "origin": "reported", "level": "student", "visibility": "private",
        "author_id": AUTHOR, "author_name": "李晓雨", "author_role": "student", "version": 3, "created_at": EARLIER,
        "step": "class_teacher" if waits else None, "reviewer_role": "class_teacher" if waits else None,
        "submitted_at": EARLIER, "waits_since": EARLIER,
    }  # fmt: skip
    return Record(**(values | changed))


def a_file(**changed: Any) -> EvidenceRef:
    values: dict[str, Any] = {
        "evidence_id": UUID(int=9), "name": "证明.png", "media_type": "image/png", "size": 1000, "sha256": "0" * 64,
        "public_key": "k",
    }  # fmt: skip
    return EvidenceRef(**(values | changed))


def student(**changed: Any) -> Actor:
    values: dict[str, Any] = {"name": "李晓雨", "students": (STUDENT,), "account_id": AUTHOR}
    return an_actor("student", CLASS, **(values | changed))


def teacher(path: str = CLASS) -> Actor:
    return an_actor("class_teacher", path, name="陈老师")


def admin(path: str = SCHOOL) -> Actor:
    return an_actor("administrator", path, name="校管理员")


def days(number: float) -> datetime:
    """So many days after 8:00 at the school on the term's first day; its usual windows begin at 8:00 and end at 16:00."""
    return datetime(2026, 9, 1, tzinfo=UTC) + timedelta(days=number)


def problem(field: str, message: str, type: str | None = None, rule: str | None = None) -> dict[str, Any]:
    """One of a refusal's `errors`: a rule of ours, or (with `type`) one of the scheme's validator."""
    values = {"field": field, "message": message}
    return values if type is None else values | {"type": type, "rule": rule}
