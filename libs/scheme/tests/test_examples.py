"""The examples of a scheme are run on its rules, and one that comes out otherwise is named (X-01)."""

from pathlib import Path

import pytest
from scheme.checking import Document, check

FOLDER = Path(__file__).parents[3] / "schemes"
pytestmark = pytest.mark.feature("X-01")


@pytest.mark.parametrize(
    ("name", "good", "bad", "says"),
    [
        ("jiangxi", "allowed: true", "allowed: false", "可以进行（allowed）：结果与规则不符：可以进行"),
        ("jiangxi", "because: 尚未开放", "because: 已经结束", "“质疑反馈”尚未开放，2026-12-17 08:00开始"),
        ("jiangxi", "refused: 至少上传1份", "refused: 最多9份", "被拒绝：请至少上传1份佐证材料"),
        ("jiangxi", "2026-10-01, ends_on", "2026-10-11, ends_on", "开始日期不能晚于今天"),
        ("jiangxi", "ends: void", "ends: keep", "第3步之后结束，结果是 void"),
        ("jiangxi", "ends: student_handling", "ends: recheck", "走到了环节“学生处理”（student_handling）"),
        ("jiangxi", 'ends: "2027-01-06', 'ends: "2027-01-07', "期限是2027-01-06 16:00"),
        ("jiangxi", "insist, agree", "insist, agre", "方案中没有“agre”"),
        ("baoshan", "left: 0", "left: 1", "还可以填0条"),
        ("baoshan", "used: {term: 30}", "used: {term: 30}, left: 3", "不限数量"),
        ("baoshan", "role: student, operation: appeal", "role: nobody, operation: appeal", "方案中没有“nobody”"),
        ("baoshan", '"2022-02-28 08:00"', '"2022-02-30 08:00"', "没有这一天"),
        ("baoshan", "actions: [accept", "actoins: [accept", "没有“actoins”这个键。是否应为“actions”？"),
        ("beijing", "band: A", "band: B", "得分82.0，等级A"),
        ("changsha", "operation: final_submit, starts", "operation: final, starts", "没有“final”这个操作"),
    ],
)
def test_an_example_that_comes_out_otherwise_is_named_in_its_line(name: str, good: str, bad: str, says: str) -> None:
    text = (FOLDER / name / "2026.1.yaml").read_text(encoding="utf-8")
    at = text.index(good, text.index("\nexamples:"))
    found = check(Document.read(text[:at] + bad + text[at + len(good) :], name))
    assert len(found) == 1, "\n".join(map(str, found))
    assert found[0].line == text[:at].count("\n") + 1 or "“agre”" in says
    assert says in str(found[0])


def test_a_changed_rule_breaks_the_example_that_states_it() -> None:
    text = (FOLDER / "jiangxi" / "2026.1.yaml").read_text(encoding="utf-8")
    changed = text.replace("after: P5D", "after: P4D").replace(
        "title: 复核不通过，作废, outcome: void", "title: 作废, outcome: keep"
    )
    found = check(Document.read(changed, "jiangxi"))
    assert ["期限是2027-01-05 16:00" in str(found[1]), "结果是 keep" in str(found[0])] == [True, True], "\n".join(
        map(str, found)
    )
