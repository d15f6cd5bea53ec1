"""Which addresses a card holds, and where a role is reached. No I/O."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from contracts.base import Role
from contracts.records import PositionSubmittedV1
from notify.domain import address_for, addresses_of, notification_rules, place_at
from notify_builders import (
    CLASS,
    PSEUDONYM,
    SCHOOL,
    SCHOOL_ADDRESS,
    STUDENT,
    TEACHER_ADDRESS,
    a_term,
    case_closed,
    case_opened,
    position_event,
)
from scheme import Chain, Scheme, Schemes
from servicekit.directory import Term
from servicekit.ids import new_id
from servicekit.testing import an_actor

SCHEMES = Schemes(Path(__file__).parents[3] / "schemes")
GRADE = "jx.nc.dh.s1.g2025"
UP_TO_SCHOOL = ["everyone@jx.nc.dh.s1", "everyone@jx.nc.dh", "everyone@jx.nc", "everyone@jx", "everyone@"]
UP_TO_CLASS = [f"everyone@{CLASS}", f"everyone@{GRADE}", *UP_TO_SCHOOL]
FIRST, SECOND = sorted((new_id(), new_id()), key=str)

HOLDS: list[tuple[Role, str, tuple[UUID, ...], list[str]]] = [
    ("student", CLASS, (FIRST,), [f"student:{FIRST}", *UP_TO_CLASS]),
    ("guardian", CLASS, (FIRST, SECOND), [f"student:{FIRST}", f"student:{SECOND}", *UP_TO_CLASS]),
    ("class_teacher", CLASS, (), [f"class_class_teacher@{CLASS}", f"class_teacher@{CLASS}", *UP_TO_CLASS]),
    ("subject_teacher", GRADE, (), [f"grade_subject_teacher@{GRADE}", f"subject_teacher@{GRADE}", *UP_TO_CLASS[1:]]),
    ("administrator", SCHOOL, (), [f"administrator@{SCHOOL}", f"school_administrator@{SCHOOL}", *UP_TO_SCHOOL]),
    ("principal", SCHOOL, (), [f"principal@{SCHOOL}", f"school_principal@{SCHOOL}", *UP_TO_SCHOOL]),
    ("auditor", "jx.nc.dh", (), ["auditor@jx.nc.dh", "district_auditor@jx.nc.dh", *UP_TO_SCHOOL[1:]]),
    ("operator", "", (), ["country_operator@", "operator@", "everyone@"]),
]

REACHED = [
    ("jiangxi", "student", f"student:{STUDENT}"),
    ("jiangxi", "author", f"student:{STUDENT}"),
    ("jiangxi", "complainant", f"mark:{PSEUDONYM}"),
    ("jiangxi", "class_teacher", f"class_teacher@{CLASS}"),
    ("jiangxi", "school_administrator", f"school_administrator@{SCHOOL}"),
    ("jiangxi", "district_administrator", "district_administrator@jx.nc.dh"),
    ("changsha", "publicity_panel", f"publicity_panel@{SCHOOL}"),
    ("baoshan", "district_auditor", "district_auditor@jx.nc.dh"),
]


@pytest.mark.parametrize(("role", "path", "students", "wanted"), HOLDS, ids=[row[0] for row in HOLDS])
def test_a_card_holds_its_account_its_students_its_roles_and_everyone_above(
    role: Role, path: str, students: tuple[UUID, ...], wanted: list[str]
) -> None:
    actor = an_actor(role, path, students=students)
    assert addresses_of(actor, PSEUDONYM) == [f"account:{actor.account_id}", f"mark:{PSEUDONYM}", *wanted]


@pytest.mark.parametrize(("scheme", "role", "wanted"), REACHED, ids=[f"{scheme}-{role}" for scheme, role, _ in REACHED])
def test_a_role_is_reached_where_the_scheme_seats_it(scheme: str, role: str, wanted: str) -> None:
    assert address_for(role, SCHEMES.latest(scheme), CLASS, STUDENT, PSEUDONYM) == wanted


def test_a_role_that_the_scheme_does_not_know_is_an_error() -> None:
    with pytest.raises(LookupError, match="headmaster"):
        address_for("headmaster", SCHEMES.latest("jiangxi"), CLASS, STUDENT)


def test_places_made_later_stand_above_a_moment() -> None:
    assert place_at(datetime.now(UTC)) < new_id()
    assert place_at(datetime(2100, 1, 1, tzinfo=UTC)) > new_id()


@pytest.mark.feature("JX-08", "JX-11")
def test_the_scheme_says_who_reviews_a_position_and_who_is_told_of_a_case() -> None:
    scheme = SCHEMES.latest("jiangxi")
    assert scheme.positions is not None
    submitted, opened, closed = position_event(PositionSubmittedV1), case_opened(), case_closed()

    def notified(scheme: Scheme) -> list[str]:
        term = Term.from_event(a_term(), scheme)
        rules = (
            notification_rules.position_submitted(submitted, term),
            notification_rules.case_opened(opened, term),
            notification_rules.case_closed(closed, term),
        )
        return [
            notification.address
            for rule in rules
            for notification in rule.new
            if not notification.address.startswith(("student:", "mark:"))
        ]

    assert notified(scheme) == [TEACHER_ADDRESS] * 3
    [step] = scheme.positions.review.steps
    review = Chain(steps=(step.model_copy(update={"role": "school_administrator"}),))
    positions = scheme.positions.model_copy(update={"review": review})
    [complaint] = scheme.cases.types
    cases = scheme.cases.model_copy(update={"types": (complaint.model_copy(update={"notify_roles": ("principal",)}),)})
    changed = scheme.model_copy(update={"positions": positions, "cases": cases})
    assert notified(changed) == [SCHOOL_ADDRESS, f"principal@{SCHOOL}", f"principal@{SCHOOL}"]
    assert notified(SCHEMES.latest("changsha")) == [TEACHER_ADDRESS] * 2, "it has no positions"
