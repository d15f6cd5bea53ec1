"""Fields that only some roles write or read: values that a card may not read never leave the service (BJ-05)."""

from typing import Any

import pytest
from records.domain.access import readable
from records.domain.record import RecordContent, need_version
from records.domain.state import State
from records.domain.writing import mend, submit
from records.views.finals import MaterialLine
from records.views.records import RecordLine, RecordView
from scheme import Form
from servicekit.auth import Actor
from servicekit.refusals import Refusal
from servicekit.testing import an_actor

from .builders import CLASS, NOW
from .rule_builders import a_card, a_record, a_term, reshaped, student

SECRET = "家访时谈到的情况"
WRITTEN = {"name": "拾金不昧", "on_day": "2026-09-10", "account": "在操场捡到钱包交给老师"}
DATA = WRITTEN | {"teacher_note": SECRET}
READERS = ("student", "guardian", "subject_teacher", "class_teacher", "department_head")
BJ = a_term("beijing")


def a_deed(state: State = State.RETURNED, **changed: Any) -> Any:
    given = {"dimension": "morality", "kind": "moral_deed", "title": "拾金不昧", "data": DATA, "evidence": ()}
    return a_record(state, **(given | changed))


def a_reader(role: str) -> Actor:
    return student() if role == "student" else a_card(role, CLASS, deployment="beijing")


def with_listed_note(read_by: tuple[str, ...]) -> Any:
    """The rules with the teacher's note in lists, for these readers."""
    form = BJ.kind("moral_deed").form
    fields = tuple(
        f.model_copy(update={"listed": True, "read_by": read_by}) if f.id == "teacher_note" else f for f in form.fields
    )
    return reshaped(BJ, "moral_deed", form=Form(fields=fields))


@pytest.mark.feature("BJ-05")
@pytest.mark.parametrize("role", [one.id for one in BJ.scheme.roles if one.id != "guardian"])
def test_a_record_is_sent_with_the_values_that_the_role_may_read_and_no_others(role: str) -> None:
    sent = RecordView.of(BJ, a_deed(), reader=a_reader(role))
    assert (SECRET in sent.model_dump_json()) == (role in READERS)
    assert WRITTEN.items() <= sent.data.items()


@pytest.mark.feature("BJ-05")
def test_lists_and_what_is_chosen_for_a_final_submission_hide_it_too() -> None:
    term = with_listed_note(("class_teacher",))
    for role, seen in (("class_teacher", True), ("student", False), ("student_office", False)):
        line = RecordLine.in_list(term, a_deed(), "1班", reader=a_reader(role))
        assert (SECRET in line.model_dump_json()) is seen, role
        assert (SECRET in MaterialLine.material(term, a_deed(), a_reader(role)).model_dump_json()) is seen, role


@pytest.mark.feature("BJ-05")
def test_the_refusal_of_an_old_version_tells_no_hidden_value() -> None:
    office = a_reader("student_office")
    with pytest.raises(Refusal) as refused:
        need_version(readable(BJ, a_deed(), office), 1)
    assert refused.value.details["current"]["data"] == WRITTEN


@pytest.mark.feature("BJ-05")
def test_a_writer_keeps_what_others_wrote_and_cannot_change_it() -> None:
    pupil, record = student(), a_deed()
    changed = WRITTEN | {"account": "在操场捡到钱包，交给了值班老师"}
    for sent in (changed, changed | {"teacher_note": SECRET}):
        assert mend(BJ, record, RecordContent(None, sent, ()), pupil, NOW).record.data == changed | {"teacher_note": SECRET}
    with pytest.raises(Refusal) as refused:
        mend(BJ, record, RecordContent(None, changed | {"teacher_note": "表现优秀"}, ()), pupil, NOW)
    assert [one["message"] for one in refused.value.details["errors"]] == ["您的身份不能填写教师点评"]
    assert submit(BJ, record, pupil, NOW, {}).record.data == DATA


@pytest.mark.feature("BJ-05")
def test_a_kind_without_restricted_fields_is_not_copied() -> None:
    record = a_deed(data=WRITTEN)
    assert readable(BJ, record, an_actor("student_office", CLASS)) is record
