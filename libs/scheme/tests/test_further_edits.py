"""What officials would get wrong in two further schemes is told once, in its line, with a correction (X-01)."""

from pathlib import Path

import pytest
from scheme.checking import Document, check

SCHEMES = Path(__file__).parents[3] / "tests" / "journeys" / "schemes"
pytestmark = pytest.mark.feature("X-01")

GRADE_SHARE = "{bands: [A], at_most: 0.25, of: grade, dimensions: *graded}"
FIRST_RULE = "{band: A, least: {A: 3}, most: {C: 0, D: 0}}"

# The scheme, what stands there, what an official writes instead, what they read.
EDITS = [
    ("zhijiang", "at_least: 85, points: 95", "at_least: 85, points: 105", "请写不低于85、不高于100的数"),
    ("zhijiang", "at_least: 0, points: 20", "at_least: 10, points: 20", "最后一级“不合格”不从0开始，低于10分的没有等级"),
    ("zhijiang", "dimensions: [conduct]}", "dimensions: [conducts]}", "没有“conducts”这个维度。是否应为“conduct”？"),
    ("zhijiang", "dimensions: [conduct]}", "dimension: [conduct]}", "没有“dimension”这个键。是否应为“dimensions”？"),
    ("zhijiang", "terms: not_last}", "terms: notlast}", "不能写“notlast”。是否应为“not_last”？"),
    ("zhijiang", "overall: none", "overall: mean", "各维度的等级不同，不能取平均作总评"),
    ("zhijiang", "overall: none", "overall: counted", "才写 overall_rules，而且必须写"),
    ("zhijiang", GRADE_SHARE, GRADE_SHARE.replace("0.25", "25%"), "应是数字，“25%”不是"),
    ("zhijiang", GRADE_SHARE, GRADE_SHARE.replace("*graded", "[conduct]"), "维度“品德表现”没有等级“A”。请写它的等级：E、P"),
    ("zhijiang", "{bands: [E], by: committee,", "{bands: [F], by: committee,", "“F”不是本结果的等级"),
    ("zhijiang", "{bands: [E], by: committee,", "{bands: [E], by: homeroom,", "不允许角色“班主任”（homeroom）进行"),
    ("zhijiang", "years: {10: 0.4, 11: 0.4, 12: 0.2}", "years: {7: 0.4, 8: 0.4, 9: 0.2}", "7、8、9年级没有以前的结果"),
    ("zhijiang", "years: {10: 0.4, 11: 0.4, 12: 0.2}", "years: {10: 40, 11: 40, 12: 20}", "各学年的权重之和不等于1"),
    ("zhijiang", "follows: reconsider", "follows: reconsideration", "没有“reconsideration”这个案件类型"),
    ("zhijiang", "within_working_days: 5\n", "within_working_days: -5\n", "“-5”太小。不能小于1"),
    ("jinguan", FIRST_RULE, FIRST_RULE.replace("{A: 3}", "{优秀: 3}"), "“优秀”不是本结果的等级。请写 bands 中的 id"),
    ("jinguan", FIRST_RULE, FIRST_RULE.replace("{A: 3}", "{A: 6}"), "要求6个维度，方案只有5个"),
    ("jinguan", FIRST_RULE, FIRST_RULE.replace("{C: 0", "{A: 2"), "“A”的 least 大于 most，不会有人符合"),
    ("jinguan", FIRST_RULE, FIRST_RULE.replace("{A: 3}", "{A: -3}"), "“-3”太小。不能小于0"),
    ("jinguan", FIRST_RULE, "{band: A}", "这一条没有条件，以后各条都用不上"),
    ("jinguan", "{band: D}\n", "{band: D, most: {D: 9}}\n", "都不符合时没有总评"),
    ("jinguan", "with_this_term: true, terms: last", "with_this_term: true, weight: 0.5, terms: last", "请删去 weight"),
    ("jinguan", "with_this_term: true, terms: last", "with_this_term: true", "只有毕业学期才连同本学期合成各学年"),
    ("jinguan", "with_this_term: true, terms: last", "terms: last", "“三年综合”没有权重，不计入结果"),
    ("jinguan", "minimum: -60, maximum: 0", "minimum: 0, maximum: -60", "最低分不小于最高分"),
    ("jinguan", "{by: moral_office, operation: lock, unlocked", "{by: tutor, operation: lock, unlocked", "不允许角色"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "before", "after", "says"), EDITS)
def test_a_mistake_in_a_result_of_further_rules_is_told_once_in_its_line(name: str, before: str, after: str, says: str) -> None:
    text = (SCHEMES / name / "2026.1.yaml").read_text(encoding="utf-8")
    line = text[: text.index(before)].count("\n") + 1
    [problem] = check(Document.read(text.replace(before, after, 1), "it"))
    assert says in str(problem)
    assert problem.line == line


@pytest.mark.parametrize("name", ["zhijiang", "jinguan"])
def test_the_schemes_themselves_have_no_mistake(name: str) -> None:
    text = (SCHEMES / name / "2026.1.yaml").read_text(encoding="utf-8")
    assert check(Document.read(text, "it")) == []
