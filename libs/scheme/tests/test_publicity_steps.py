"""Steps of the publicity of records in a scheme: their order, their length in the timetable, and what they name (X-09)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from scheme import Scheme, Schemes, Window
from scheme.timetable_check import check

SCHEMES = Schemes(Path(__file__).parents[3] / "schemes")
FIRST = {"id": "in_class", "title": "班级公示", "scope": "class", "working_days": 3}
LAST = {"id": "in_school", "title": "全校公示", "scope": "school", "working_days": 9}
pytestmark = pytest.mark.feature("X-09", "X-01")


def scheme_with(*steps: dict[str, Any], name: str = "jiangxi") -> Scheme:
    data = SCHEMES.latest(name).model_dump(mode="json")
    data["board"]["steps"] = steps
    return Scheme.model_validate(data)


@pytest.mark.parametrize(
    ("name", "steps", "says"),
    [
        ("jiangxi", (LAST, FIRST), "a step of publicity is narrower than the one before"),
        ("jiangxi", (FIRST, {**LAST, "id": "in_class"}), "in_class"),
        ("beijing", (FIRST,), "has steps, but nothing is published"),
        ("jiangxi", ({**FIRST, "shows": ["student_sex"]},), "which no rule of the board shows of records"),
        ("jiangxi", ({**FIRST, "cases": ["escalation"]},), "escalation"),
        ("changsha", ({**FIRST, "cases": ["appeal"]},), "which is not against published records"),
        ("jiangxi", ({**FIRST, "working_days": 0},), "working_days"),
    ],
)
def test_steps_that_cannot_be_do_not_load(name: str, steps: tuple[dict[str, Any], ...], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        scheme_with(*steps, name=name)


def test_the_window_of_publicity_has_room_for_all_steps() -> None:
    starts = datetime(2026, 9, 28, tzinfo=UTC)
    windows = [Window(operation="publicity", starts=starts, ends=datetime(2026, 10, 12, 8, tzinfo=UTC))]
    found = [one.message for one in check(scheme_with(FIRST, LAST), windows) if one.code == "publicity_too_short"]
    assert found == ["“校园公示”只有11个工作日，少于12个工作日"]
    assert not [one for one in check(scheme_with(FIRST), windows) if one.code == "publicity_too_short"]
