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
stage: senior_secondary
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
last_grade: 12
"""


PERIODS = "'term', 'year', 'stage' or 'career_archive'"
DEED = "dimensions › moral › kinds › deed"


def test_the_small_scheme_is_sound() -> None:
    assert loads(SMALL).kind("deed").title == "好事"


@pytest.mark.feature("X-01")
@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        (
            "max_length: 20}",
            "max_lenght: 20}",
            f"x.yaml:16: {DEED} › form › fields › name › max_lenght: unknown key",
        ),
        (", max_length: 20}", "}", f"x.yaml:16: {DEED} › form › fields › name: field 'name': text needs a max_length"),
        (
            "title_field: name",
            "title_field: nome",
            f"x.yaml:11: {DEED}: kind 'deed': title_field names 'nome', which is not in the form",
        ),
        ("        title: 好事\n", "", f"x.yaml:11: {DEED} › title: missing key"),
        ("roles: [student]}", "roles: [teacher]}", "x.yaml: timing › operations › report › roles: there is no role 'teacher'"),
        ("id: report", "id: hand_in", "x.yaml: dimensions › moral › kinds › deed › operation: there is no operation 'report'"),
        ("stage: senior", "stage: stage: senior", "x.yaml:4: this is not YAML: mapping values are not allowed in this context"),
        ("title: 小方案\n", "title: 小方案\ntitle: 大方案\n", "x.yaml:3: this is not YAML: key 'title' occurs twice"),
        ('version: "2026.1"', "version: 2026.1", "x.yaml:2: version: Input should be a valid string"),
        (
            "source: records}",
            "source: records, kinds: [good]}",
            "x.yaml: archives › term › sections › records › kinds: there is no kind 'good'",
        ),
        ("timing:\n", "time_zone: Asia/Nanchang\ntiming:\n", "x.yaml:18: time_zone: there is no time zone 'Asia/Nanchang'"),
        (
            "title_field: name",
            "title_field: name\n        quotas: [{per: week, max: 1}]",
            f"x.yaml:14: {DEED} › quotas › item 1 › per: Input should be {PERIODS}",
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
        ("leads_to: recheck", "leads_to: rechek", "leads to 'rechek', which is no stage"),
        ("{type: complaint, stage: student_handling}", "{type: complaint, stage: recheck}", "unreachable"),
        ("kinds: [exam_scores]", "kinds: [special_projects]", "kind 'special_projects' is in two sections"),
        ("same_by: [exam, subject]", "same_by: [exam, topic]", "kind 'exam_scores' has no field 'topic'"),
        ("{dimension: arts, full: 4}", "{dimension: art, full: 4}", "there is no dimension 'art'"),
        ("id: research_study", "id: volunteer_service", "kind 'volunteer_service' occurs twice"),
        ("deadline: {after: P5D, action: overdue}", "deadline: {after: 5}", "write a duration with its unit"),
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
    with pytest.raises(SchemeError, match="unlike its path"):
        load(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SchemeError, match="is not UTF-8"):
        load_all(tmp_path)
    with pytest.raises(SchemeError, match="contains no scheme"):
        load_all(tmp_path / "jiangxi")


@pytest.mark.feature("X-01")
def test_two_versions_are_compared_by_the_ids_of_their_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = JIANGXI.replace('"2026.1"', '"2026.2"', 1).replace("max_per_kind: 2", "max_per_kind: 3")
    new = new.replace("  - {id: duplicate, title: 重复上报, used_for: [record, position]}\n", "")
    lines = [str(change) for change in diff(loads(JIANGXI), loads(new))]
    assert lines == [
        "~ version: 2026.1 → 2026.2",
        "- return_reasons › duplicate: 重复上报",
        "~ archives › career › max_per_kind: 2 → 3",
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
    assert "jiangxi 2026.1 江西省普通高中学生综合素质评价方案" in capsys.readouterr().out
    path = tmp_path / "tiny" / "2026.1.yaml"
    path.parent.mkdir()
    path.write_text(SMALL.replace("at: class", "at: moon"), encoding="utf-8")
    assert main(["check", str(path)]) == 1
    assert f"{path}:6: roles › student › at:" in capsys.readouterr().err


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
    assert capsys.readouterr().err.splitlines() == [
        f"tiny 2026.1: {DEED} › nothing_to_report: no service reads this key (Kind.nothing_to_report)",
        f"tiny 2026.1: {DEED} › form › fields › name › max_length: no service reads this key (Field.max_length)",
    ]


@pytest.mark.parametrize("text", ["", "- 1", "just words"])
def test_what_is_no_mapping_is_no_scheme(text: str) -> None:
    with pytest.raises(SchemeError) as broken:
        loads(text, "x.yaml")
    assert broken.value.problems == ["x.yaml: a scheme is a mapping of keys to values"]


def test_a_duration_has_its_unit() -> None:
    with pytest.raises(SchemeError) as broken:
        loads(JIANGXI.replace("{after: P5D,", "{after: 5,", 1), "x.yaml")
    [problem] = broken.value.problems
    assert problem.endswith(
        "cases › stages › student_handling › deadline › after: "
        "write a duration with its unit, such as P3D (3 days) or PT12H (12 hours)"
    )
