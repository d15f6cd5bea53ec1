"""Broken files are named by line and location; two versions are compared line by line."""

from pathlib import Path

import pytest
from scheme import SchemeError, diff, keys, load, load_all, loads
from scheme.cli import main

SCHEMES = Path(__file__).parents[3] / "schemes"
JIANGXI = (SCHEMES / "jiangxi" / "2026.1.yaml").read_text(encoding="utf-8")
SMALL = """\
id: tiny
version: "2026.1"
title: 小方案
school_stages: [{id: senior_secondary, lengths: [{years: 3, first_grade: 10}]}]
roles:
  - {id: student, title: 学生, at: class}
dimensions:
  - id: moral
    title: 思想品德
    kinds:
      - id: deed
        title: 好事
        title_field: name
        form:
          fields:
            - {id: name, title: 名称, type: text, max_length: 20}
profile: {form: {fields: []}}
timing:
  operations:
    - {id: report, title: 上报, roles: [student]}
    - {id: select, title: 遴选, roles: [student]}
archives:
  term:
    title: 档案
    sections: [{id: records, title: 记录, source: records}]
"""


DEED = "维度“思想品德” › 类别“好事”"


def test_the_small_scheme_is_sound() -> None:
    assert loads(SMALL).kind("deed").title == "好事"


@pytest.mark.feature("X-01")
@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        (
            "max_length: 20}",
            "max_lenght: 20}",
            f"x.yaml:16:49: {DEED} › 表单 › 字段“名称” › max_lenght：没有“max_lenght”这个键。是否应为“max_length”？",
        ),
        (
            ", max_length: 20}",
            "}",
            f"x.yaml:16:15: {DEED} › 表单 › 字段“名称”：文字字段没有写最多字数。请补上 max_length，如 max_length: 60",
        ),
        (
            "title_field: name",
            "title_field: nome",
            f"x.yaml:13:9: {DEED} › 标题字段（title_field）：表单中没有“nome”这个字段。请写表单中某个字段的 id：name",
        ),
        (
            "        title: 好事\n",
            "",
            "x.yaml:11:9: 维度“思想品德” › 类别“deed” › 名称（title）：缺少必须写的“名称”（title）。请补上 title",
        ),
        (
            "roles: [student]}",
            "roles: [teacher]}",
            "x.yaml:20:39: 时间安排 › 操作“上报” › 角色“teacher”：没有“teacher”这个角色。可以写：student",
        ),
        (
            "id: report",
            "id: hand_in",
            f"x.yaml:11:9: {DEED} › 所用操作（operation）：没有“report”这个操作。可以写：hand_in、select",
        ),
        (
            "title: 小",
            "title: title: 小",
            "x.yaml:3:13: 不是正确的 YAML：这里不能再有冒号（mapping values are not allowed in this context）。"
            "请检查缩进（只用空格）、冒号后的空格、括号与引号是否成对",
        ),
        (
            "title: 小方案\n",
            "title: 小方案\ntitle: 大方案\n",
            "x.yaml:4:1: 名称（title）：“title”写了两次（第3行已有）。请只留一处",
        ),
        (
            'version: "2026.1"',
            "version: 2026.1",
            'x.yaml:2:1: 版本（version）：应是文字，“2026.1”不是。请加上引号，如 "2026.1"',
        ),
        (
            "source: records}",
            "source: records, kinds: [good]}",
            "x.yaml:25:66: 档案 › 学期档案 › 栏目“记录” › 类别“good”：没有“good”这个类别。可以写：deed",
        ),
        (
            "timing:\n",
            "time_zone: Asia/Nanchang\ntiming:\n",
            "x.yaml:18:1: 时区（time_zone）：没有“Asia/Nanchang”这个时区。请写 Asia/Shanghai",
        ),
        (
            "title_field: name",
            "title_field: name\n        quotas: [{per: week, max: 1}]",
            f"x.yaml:14:19: {DEED} › 限制“week” › 期间（per）：不能写“week”。可以写：career_archive、stage、term、year",
        ),
    ],
)
def test_a_broken_file_is_named_by_line_and_location(good: str, bad: str, problem: str) -> None:
    assert good in SMALL
    with pytest.raises(SchemeError) as broken:
        loads(SMALL.replace(good, bad, 1), "x.yaml")
    assert problem in broken.value.problems


@pytest.mark.feature("X-01")
@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ("leads_to: recheck", "leads_to: rechek", "没有“rechek”这个环节。是否应为“recheck”？"),
        (
            "{type: complaint, stage: student_handling}",
            "{type: complaint, stage: recheck}",
            "没有任何入口或动作通向环节“学生处理”",
        ),
        ("kinds: [exam_scores]", "kinds: [special_projects]", "类别“special_projects”同时属于两个栏目"),
        ("same_by: [exam, subject]", "same_by: [exam, topic]", "类别“考试成绩”没有“topic”这个字段"),
        ("{dimension: arts, full: 4}", "{dimension: art, full: 4}", "没有“art”这个维度。是否应为“arts”？"),
        ("id: research_study", "id: volunteer_service", "标识“volunteer_service”重复"),
        ("deadline: {after: P5D, action: overdue}", "deadline: {after: 5}", "时长没有写单位"),
    ],
)
def test_a_contradiction_in_a_real_scheme_is_found(good: str, bad: str, problem: str) -> None:
    assert good in JIANGXI
    with pytest.raises(SchemeError, match=problem):
        loads(JIANGXI.replace(good, bad, 1))


def test_a_file_must_lie_where_it_says(tmp_path: Path) -> None:
    (tmp_path / "jiangxi").mkdir()
    path = tmp_path / "jiangxi" / "2027.1.yaml"
    path.write_text(JIANGXI, encoding="utf-8")
    with pytest.raises(SchemeError, match="与文件的位置不一致"):
        load(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SchemeError, match="不是 UTF-8"):
        load_all(tmp_path)
    with pytest.raises(SchemeError, match="文件夹中没有方案"):
        load_all(tmp_path / "jiangxi")


@pytest.mark.feature("X-01")
def test_two_versions_are_compared_by_the_ids_of_their_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = JIANGXI.replace('"2026.1"', '"2026.2"', 1).replace("max_per_kind: 2", "max_per_kind: 3")
    new = new.replace("  - {id: duplicate, title: 重复上报, used_for: [record, position]}\n", "")
    lines = [str(change) for change in diff(loads(JIANGXI), loads(new))]
    assert lines == [
        "～ 版本：2026.1 → 2026.2",
        "－ 退回原因“重复上报”：重复上报",
        "～ 档案 › 生涯档案 › 每类最多：2 → 3",
    ]
    path = tmp_path / "jiangxi" / "2026.2.yaml"
    path.parent.mkdir()
    path.write_text(new, encoding="utf-8")
    assert main(["diff", str(SCHEMES / "jiangxi" / "2026.1.yaml"), str(path)]) == 1
    assert capsys.readouterr().out.splitlines() == lines
    assert main(["diff", str(path), str(path)]) == 0


@pytest.mark.feature("X-01")
def test_the_command_checks_folders_and_names_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(SCHEMES)]) == 0
    assert "jiangxi 2026.1 江西省普通高中学生综合素质评价方案：20个类别" in capsys.readouterr().out
    path = tmp_path / "tiny" / "2026.1.yaml"
    path.parent.mkdir()
    path.write_text(SMALL.replace("at: class", "at: moon"), encoding="utf-8")
    assert main(["check", str(path)]) == 1
    assert f"{path}:6:30: 角色“学生” › 任职层级（at）：不能写“moon”" in capsys.readouterr().err


@pytest.mark.feature("X-01")
def test_the_command_rejects_a_key_that_no_service_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tiny" / "2026.1.yaml"
    path.parent.mkdir()
    path.write_text(SMALL.replace("title_field: name", "title_field: name\n        nothing_to_report: true"), encoding="utf-8")
    assert main(["check", str(path)]) == 0, "it waits for a later deployment"
    monkeypatch.setattr(keys, "WAITING", keys.WAITING - {"Kind.nothing_to_report"})
    monkeypatch.setattr(keys, "READ", keys.READ - {"Field.max_length"})
    assert main(["check", str(path)]) == 1
    dead = "系统没有任何功能读取"
    assert capsys.readouterr().err.splitlines() == [
        f"{path}:14:9: {DEED} › 可声明无此项（nothing_to_report）：{dead}“nothing_to_report”（Kind.nothing_to_report），"
        "写了也不起作用。请删去",
        f"{path}:17:49: {DEED} › 表单 › 字段“名称” › 最多字数（max_length）：{dead}“max_length”（Field.max_length），"
        "写了也不起作用。请删去",
    ]


@pytest.mark.parametrize("text", ["", "- 1", "just words"])
def test_what_is_no_mapping_is_no_scheme(text: str) -> None:
    with pytest.raises(SchemeError) as broken:
        loads(text, "x.yaml")
    assert broken.value.problems == ["x.yaml:1:1: 方案应由“键: 值”组成。请参照 schemes 中的其他文件"]


def test_a_duration_has_its_unit() -> None:
    with pytest.raises(SchemeError) as broken:
        loads(JIANGXI.replace("{after: P5D,", "{after: 5,", 1), "x.yaml")
    [problem] = broken.value.problems
    assert problem.endswith(
        "质疑与申诉 › 环节“学生处理” › 处理期限 › 期限（after）：时长没有写单位。3天写 P3D，12小时写 PT12H；如 P5D"
    )
