"""The codes of confirmation forms, and who becomes a parent by one (NR-01, NR-02). Pure."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity.domain.form_codes import FormCode, Registrant, form_page, need_unused, registered_guardian
from identity.domain.students import Guardian, Student
from scheme import Schemes
from servicekit.form_codes import ALPHABET, digest, new_code, read_code, written
from servicekit.refusals import Refusal
from servicekit.settings import Settings

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def a_student() -> Student:
    return Student(
        uuid4(), uuid4(), uuid4(), "李晓雨", "female", date(2012, 3, 4), "G110101****0001", "sealed", b"", "7", "11010100",
        "bj.d.d.s.g.c", "enrolled", "实验中学", "初一", "（1）班", None, None, 1, "resident_id",
    )  # fmt: skip


def a_guardian(student: Student) -> Guardian:
    return Guardian(student.id, uuid4(), "李建国", "父亲", "13800000001")


@pytest.mark.feature("NR-02")
def test_a_code_is_read_in_every_spelling_and_the_two_kinds_are_never_mixed_up() -> None:
    upload, registration = new_code("upload"), new_code("registration")
    assert upload != registration
    assert not set("01ILO") & set(upload + registration)
    for typed in (upload, written(upload), written(upload).lower(), f" {written(upload)} ".replace("-", " ")):
        assert read_code(typed) == ("upload", upload)
    assert read_code(registration) == ("registration", registration)
    assert digest(upload) != digest(registration)


@pytest.mark.feature("NR-02")
@given(st.integers(0, 15), st.sampled_from(ALPHABET), st.integers(0, 14))
def test_one_wrong_character_or_two_swapped_ones_are_noticed(at: int, other: str, swap: int) -> None:
    code = new_code("upload")
    wrong = code[:at] + other + code[at + 1 :]
    swapped = code[:swap] + code[swap + 1] + code[swap] + code[swap + 2 :]
    assert wrong == code or read_code(wrong) is None
    assert swapped == code or read_code(swapped) is None


def refused(code: str, student: Student, guardians: list[Guardian], child: str, by: Registrant) -> None:
    with pytest.raises(Refusal) as caught:
        registered_guardian(student, guardians, child, by)
    assert caught.value.code == code


@pytest.mark.feature("NR-02", "L-01")
def test_a_code_makes_a_parent_only_of_whom_the_school_registered_by_name_and_number() -> None:
    student = a_student()
    known = a_guardian(student)
    father = Registrant("李建国", frozenset({"13800000001"}))
    assert registered_guardian(student, [known], "李晓雨", father) == known
    refused("person_mismatch", student, [known], "王小明", father)
    refused("person_mismatch", student, [known], "李晓雨", replace(father, name="路人"))
    refused("guardian_unknown", student, [known], "李晓雨", replace(father, phones=frozenset({"13900000009"})))


@pytest.mark.feature("NR-02")
def test_a_pupil_cannot_become_their_own_parent_and_where_nobody_is_registered_the_code_is_the_proof() -> None:
    student = a_student()
    stranger = Registrant("李建国", frozenset({"13900000009"}))
    assert registered_guardian(student, [], "李晓雨", stranger) is None
    refused("person_mismatch", student, [], "李晓雨", replace(stranger, person_id=student.person_id))
    refused("person_mismatch", student, [], "李晓雨", replace(stranger, name="李晓雨"))


@pytest.mark.feature("NR-02")
def test_one_code_registers_one_parent() -> None:
    account = uuid4()
    code = FormCode(uuid4(), "registration", "sealed", 1, NOW)
    need_unused(code, None)
    need_unused(replace(code, used_by=account), account)
    for other in (None, uuid4()):
        with pytest.raises(Refusal) as caught:
            need_unused(replace(code, used_by=account), other)
        assert caught.value.code == "registration_code_used"


@pytest.mark.feature("NR-01")
def test_a_form_shows_what_the_scheme_names_and_the_notice_not_to_print_it_elsewhere() -> None:
    scheme = Schemes(Settings.model_fields["schemes"].default).get("beijing", "2026.1")
    assert scheme.verification is not None
    student = a_student()
    codes = {"upload": new_code("upload"), "registration": new_code("registration")}
    numbers = {"id_number": "110101201203040027", "registry_number": "G110101201203040027"}
    page = form_page(scheme, student, [a_guardian(student)], numbers, codes, "https://example.org")
    assert [line["title"] for line in page["lines"]] == [line.title for line in scheme.verification.lines]
    assert {"李晓雨", "女", "2012-03-04", "居民身份证", "110101201203040027"} <= {line["value"] for line in page["lines"]}
    assert page["guardians"][0]["phone"] == "13800000001"
    assert any("学校外打印" in notice for notice in page["notices"])
    assert page["upload"]["qr"] == codes["upload"]
    assert page["registration"]["qr"] == f"https://example.org/register#{codes['registration']}"
