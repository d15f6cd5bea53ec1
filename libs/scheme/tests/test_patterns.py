"""Regular expressions that take for ever are told apart from those that do not (X-01)."""

import pytest
from pydantic import ValidationError
from scheme.checking import patterns
from scheme.layouts import ColumnGroup

pytestmark = pytest.mark.feature("X-01")


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+", "(a*)*", "(a|a)*", r"(\w+\s?)*", "(a|ab|b)*c", r"(\d{1,20}){1,20}", "(x+x+)+y", "(a?b?)*", r"(\d+|\d+\.\d*)+",
        r"([\u4e00-\u9fa5]+·?)+", "((a{0,30}){0,30})", "(?=a)b", r"(a)\1", "(.*a){10}", "a" * 500, "(|a|)*",
    ],
)  # fmt: skip
def test_a_pattern_that_may_take_for_ever_is_told(pattern: str) -> None:
    assert patterns.problem(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d{8}", "(a|b)*", r"(\w+\s)*", "[a-z]+[0-9]+", "(a|ab)*c", r"\d{1,400}", "[^a]*a", r"\d{17}[\dXx]", "(ab?){2,3}",
        r"^[A-Z]{1,3}-\d{2}$", "(a{2,4}b){3}", r"[\u4e00-\u9fa5]{2,10}(·[\u4e00-\u9fa5]{1,10})*", "(?i:ab)+", r"\D+\S\W", "(",
    ],
)  # fmt: skip
def test_a_pattern_that_ends_soon_is_not(pattern: str) -> None:
    assert patterns.problem(pattern) is None


def test_a_workbook_layout_with_such_a_pattern_is_refused() -> None:
    with pytest.raises(ValidationError, match="may take for ever"):
        ColumnGroup.model_validate({"id": "guardian", "heading": r"(\d+)+人"})
    assert ColumnGroup.model_validate({"id": "guardian", "heading": r"监护人\d*"}).heading
