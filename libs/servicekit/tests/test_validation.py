"""Validation errors of bodies and queries, in Chinese and by field."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from servicekit.http.validation import errors_of


def _even(value: int) -> int:
    if value % 2:
        raise ValueError("只能是偶数")
    return value


def _even_in_english(value: int) -> int:
    if value % 2:
        raise ValueError("must be even")
    return value


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=3)] = "一"
    reason: Annotated[str, StringConstraints(min_length=2)] = "一二"
    count: Annotated[int, Field(ge=1, le=9)] = 1
    part: Annotated[float, Field(gt=0, lt=1)] = 0.5
    day: date = date(2026, 3, 1)
    at: AwareDatetime | None = None
    local: datetime | None = None
    how: Literal["a", "b"] = "a"
    id: UUID | None = None
    code: Annotated[str, StringConstraints(pattern="^[A-Z]+$")] = "A"
    yes: bool = True
    items: Annotated[list[int], Field(min_length=1, max_length=2)] = Field(default=[1])
    even: Annotated[int, AfterValidator(_even)] = 2
    odd: Annotated[int, AfterValidator(_even_in_english)] = 2


def sentences(data: dict[str, Any], model: type[BaseModel] = Body) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as fault:
        model.model_validate(data)
    return [(error["field"], error["message"]) for error in errors_of(fault.value, "body")]


@pytest.mark.feature("X-13")
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "  ", "不能为空"),
        ("title", "一二三四", "最多3个字"),
        ("title", 3, "请填写文字"),
        ("reason", "一", "至少2个字"),
        ("count", 0, "不能小于1"),
        ("count", 10, "不能大于9"),
        ("count", "x", "请填写整数"),
        ("count", 1.5, "请填写整数"),
        ("part", 0, "应大于0.0"),
        ("part", 1, "应小于1.0"),
        ("part", "x", "请填写数字"),
        ("day", "明天", "日期格式不正确，请写成 2026-03-01 这样"),
        ("at", "2026-03-01T08:00:00", "时间要带时区"),
        ("local", "早上", "时间格式不正确"),
        ("how", "c", "请从给出的选项中选择"),
        ("id", "x", "编号不正确"),
        ("code", "a", "格式不正确"),
        ("yes", "perhaps", "请填写“是”或“否”"),
        ("items", [], "不能为空"),
        ("items", [1, 2, 3], "最多2项"),
        ("items", 1, "应为列表"),
        ("even", 3, "只能是偶数"),
        ("odd", 3, "填写不正确"),
        ("unknown", 1, "没有这一项"),
    ],
)
def test_an_error_is_told_in_chinese(field: str, value: object, sentence: str) -> None:
    assert sentences({field: value}) == [(field, sentence)]


def test_every_field_is_named_at_once_with_its_place_and_without_its_value() -> None:
    class Outer(BaseModel):
        name: str
        inner: list[Body]

    assert sentences({"inner": [{}, {"count": 0, "title": ""}]}, Outer) == [
        ("name", "不能为空"), ("inner.1.title", "不能为空"), ("inner.1.count", "不能小于1"),
    ]  # fmt: skip
    with pytest.raises(ValidationError) as fault:
        Body.model_validate({"title": "秘密的内容"})
    assert "秘密" not in str(list(errors_of(fault.value, "body")))
