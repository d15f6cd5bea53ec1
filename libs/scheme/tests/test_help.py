"""The check of a deployment's help: each role has some, and every role and operation it names is the scheme's (NR-06)."""

from pathlib import Path

import pytest
from scheme.files import HELP, problems_of_help

SCHEMES = Path(__file__).parents[3] / "schemes"


def checked(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    """What the check says of Beijing's help after these changes."""
    folder = tmp_path / "beijing"
    (folder / HELP).parent.mkdir(parents=True)
    (folder / "2026.1.yaml").write_bytes((SCHEMES / "beijing" / "2026.1.yaml").read_bytes())
    text = (SCHEMES / "beijing" / HELP).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / HELP).write_text(text, encoding="utf-8")
    return [str(problem) for problem in problems_of_help(folder)]


@pytest.mark.feature("NR-06")
@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("roles: [supervision_group]", "roles: [class_teacher]", "没有为“班级评议小组”"),
        ("roles: [student_office]", "roles: [student_offices]", "没有“student_offices”这个角色"),
        ("operation: lock", "operation: seal", "没有这项操作"),
        ("operation: peer_evaluate", "operation: parent_evaluate", "都不做这项操作"),
        ("    answer: 不是必填", "    anwser: 不是必填", "anwser"),
    ],
)
def test_a_mistake_in_the_help_is_told_with_its_line(tmp_path: Path, old: str, new: str, why: str) -> None:
    assert any(why in text and "questions.yaml:" in text for text in checked(tmp_path, (old, new)))


@pytest.mark.feature("NR-06")
def test_the_help_as_it_is_has_no_problem_and_a_deployment_may_have_none(tmp_path: Path) -> None:
    assert checked(tmp_path) == []
    assert problems_of_help(tmp_path) == []
