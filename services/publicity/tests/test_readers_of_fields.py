"""Publicity and cases show a record to people of every role: never a field that only some may read (BJ-05)."""

from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from publicity.views import fields_of
from scheme import Field

from .publicity_builders import a_record


@pytest.mark.feature("BJ-05")
def test_neither_the_board_nor_a_case_shows_a_field_that_only_some_roles_read() -> None:
    record = a_record(UUID(int=1), data={"served": "老人", "note": "家访时谈到的情况"})
    fields = [Field(id="served", title="对象", type="text", max_length=20)]
    for read_by, shown in (((), ["served", "note"]), (("class_teacher",), ["served"])):
        note = Field(id="note", title="点评", type="text", max_length=20, read_by=read_by)
        assert [one.id for one in fields_of([*fields, note], record, ZoneInfo("Asia/Shanghai"))] == shown
