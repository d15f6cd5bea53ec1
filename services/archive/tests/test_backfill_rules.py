"""Backfilling without I/O: who may, which terms, what is lacking, and which values are refused (JX-15); and bundles."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from archive.domain import backfill, bundles
from archive.domain.backfill import Backfill, BackfilledEvaluation, BackfilledRecord, Missing
from archive.domain.bundles import BundleFile
from archive.domain.states import Collecting
from contracts.base import RecordSnapshot
from scheme import Scheme
from servicekit.testing import an_actor

from .rule_builders import (
    CLASS,
    JX,
    NOW,
    PUPIL,
    SCHOOL,
    TERM,
    a_file,
    a_student,
    a_term,
    an_archive,
    problem,
    reformed,
    refused,
    scheme,
)

ADMIN = an_actor("administrator", SCHOOL)
ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 9, 10)
TOLD = {"rule": "JX-15", "scheme": JX}
SERVICE = {
    "name": "敬老院志愿服务", "served": "老人", "starts_on": "2025-10-12", "ends_on": "2025-10-13", "hours": "4.5",
    "place": "养老院", "account": "和同学一起为老人读报、打扫房间，学会了耐心倾听，也更懂得尊重长辈。",
}  # fmt: skip


def a_backfill(**changed: Any) -> Backfill:
    """The first term of 2025-2026, spent in Hunan; the student came in August 2026."""
    values: dict[str, Any] = {
        "id": TERM, "student_id": PUPIL, "path": CLASS, "scheme_id": "jiangxi", "scheme_version": "2026.1",
        "time_zone": "Asia/Shanghai", "school_year": "2025-2026", "number": 1, "starts_on": date(2025, 9, 1),
        "ends_on": date(2026, 1, 20), "from_province": "湖南省", "from_school": "长沙一中", "transferred_on": date(2026, 8, 20),
        "made_by": UUID(int=9), "made_by_name": "校管理员", "made_at": NOW,
    }  # fmt: skip
    return Backfill(**(values | changed))


@pytest.mark.feature("JX-15")
def test_only_the_role_that_the_scheme_names_backfills() -> None:
    backfill.need_right(scheme(), ADMIN)
    for rules, actor in ((scheme(), an_actor("class_teacher", CLASS)), (reformed(backfill=None), ADMIN)):
        with refused("forbidden", **TOLD, detail="本方案没有由您进行的档案补录"):
            backfill.need_right(rules, actor)


@pytest.mark.feature("JX-15")
def test_a_career_archive_ends_backfilling_where_the_scheme_says_so() -> None:
    for state in (Collecting.SEALING, Collecting.SEALED):
        with refused("backfill_not_possible", **TOLD, detail="生涯档案已经生成，不能再补录", why="career"):
            backfill.need_no_career(scheme(), state)
    backfill.need_no_career(scheme(), Collecting.COLLECTING)
    career = scheme().archives.career
    assert career is not None
    backfill.need_no_career(reformed(career=career.model_copy(update={"blocks": ()})), Collecting.SEALED)


@pytest.mark.feature("JX-15")
def test_a_backfill_stays_as_it_is_once_sealing_began() -> None:
    backfill.need_open(a_backfill(), scheme())
    for state, says in ((Collecting.SEALING, "补录的档案正在生成"), (Collecting.SEALED, "补录的档案已经生成，不能再改动")):
        with refused("wrong_state", rule="JX-15", detail=says, state=state):
            backfill.need_open(a_backfill(state=state), scheme())


@pytest.mark.feature("JX-15")
@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("江西省", "江西"), ("江西", "江西"), ("上海市", "上海"), ("广西壮族自治区", "广西"), ("宁夏回族自治区", "宁夏"),
        ("新疆维吾尔自治区", "新疆"), ("西藏自治区", "西藏"), ("内蒙古自治区", "内蒙古"), ("香港特别行政区", "香港"),
        ("某省", "某省"), ("自治区", "自治区"),
    ],
)  # fmt: skip
def test_a_province_is_the_same_with_and_without_its_kind(title: str, name: str) -> None:
    assert backfill.province_name(title) == name


OURS = a_term(school_year="2025-2026", ends_on=date(2026, 8, 20))


@pytest.mark.feature("JX-15")
@pytest.mark.parametrize(
    ("changed", "why", "detail"),
    [
        ({"from_province": " 江西 "}, "same_province", "只有从外省转入的学生才能补录；江西省内转学的档案随学籍转来"),
        ({"transferred_on": date(2026, 9, 11)}, "not_yet", "转入日期不能晚于今天"),
        ({"starts_on": date(2026, 1, 20)}, "after_transfer", "只能补录转入之前的学期"),
        ({"starts_on": date(2026, 8, 20), "ends_on": date(2026, 8, 21)}, "after_transfer", "只能补录转入之前的学期"),
        ({"school_year": "2024-2025"}, "not_in_stage", "2024-2025学年不在该生本学段内"),
        ({"archived": True}, "archived", "2025-2026学年第一学期已有学期档案"),
        ({"ours": [OURS]}, "own_term", "2026-2027学年第一学期在本校就读，由本校正常归档"),
    ],
)
def test_only_a_term_spent_elsewhere_before_the_transfer_is_backfilled(changed: dict[str, Any], why: str, detail: str) -> None:
    ours, archived = changed.pop("ours", []), changed.pop("archived", False)
    with refused("backfill_not_possible", **TOLD, detail=detail, why=why):
        backfill.need_other_province(a_backfill(**changed), scheme(), scheme().schooling(), "江西省", ours, TODAY, archived)


@pytest.mark.feature("JX-15")
def test_a_term_at_the_edge_is_still_backfilled() -> None:
    for changed, home, ours in (
        ({}, "江西省", []),
        ({"from_province": "江西"}, "", []),
        ({"transferred_on": TODAY}, "江西省", []),
        ({"starts_on": date(2026, 1, 19)}, "江西省", []),
        ({"starts_on": date(2026, 8, 19), "ends_on": date(2026, 9, 19)}, "江西省", []),
        (
            {},
            "江西省",
            [replace(OURS, ends_on=date(2026, 8, 19)), replace(OURS, number=2), replace(OURS, school_year="2026-2027")],
        ),
    ):
        backfill.need_other_province(a_backfill(**changed), scheme(), scheme().schooling(), home, ours, TODAY, False)
    for year in ("2025-2027", "2025-2025", "2025-2024"):
        says = "学年应为相邻的两年，如2025-2026"
        with refused("invalid_input", **TOLD, detail=says, errors=[problem("school_year", says)]):
            backfill.need_other_province(
                a_backfill(school_year=year), scheme(), scheme().schooling(), "江西省", [], TODAY, False
            )


@pytest.mark.feature("JX-15")
def test_the_profile_fills_itself_in_as_far_as_it_is_known() -> None:
    one = a_backfill(profile={"ethnicity": "汉族", "name": "写错的名字", "guardian_name": "", "strange": "x"})
    assert backfill.profile_of(a_student(), one, scheme()) == {
        "name": "李晓雨", "sex": "female", "registry_number": "G360102200908170011", "school": "东湖实验中学",
        "class": "高二（1）班", "origin_school": "长沙一中", "ethnicity": "汉族",
    }  # fmt: skip
    assert "school" not in backfill.profile_of(a_student(school_title=""), a_backfill(), scheme())


def lacking(one: Backfill, positions: int = 1, rules: Scheme | None = None) -> list[Missing]:
    return backfill.missing(one, a_student(), positions, rules or scheme())


COMPLETE = {"birth_date": "2009-08-17", "ethnicity": "汉族", "political_status": "masses"}
RECORD = BackfilledRecord(UUID(int=50), "volunteer_service", "志愿服务", SERVICE, (a_file(),))


@pytest.mark.feature("JX-15")
def test_what_is_lacking_is_named_required_things_first() -> None:
    assert lacking(a_backfill(), 0) == [
        Missing("profile", "出生日期", True, "birth_date"), Missing("profile", "民族", True, "ethnicity"),
        Missing("profile", "政治面貌", True, "political_status"), Missing("positions", "任职情况", True),
        Missing("records", "写实记录", True, may_go_on=False), Missing("evaluations", "学期自评", False, "self_evaluation"),
        Missing("evaluations", "教师评语", False, "teacher_comment"),
    ]  # fmt: skip
    evaluations = (
        BackfilledEvaluation("self_evaluation", "好", "李晓雨"),
        BackfilledEvaluation("teacher_comment", "好", "王老师"),
    )
    assert lacking(a_backfill(profile=COMPLETE, records=(RECORD,), evaluations=evaluations)) == []
    assert lacking(a_backfill(profile=COMPLETE, records=(RECORD,), evaluations=evaluations[:1])) == [
        Missing("evaluations", "教师评语", False, "teacher_comment")
    ]


@pytest.mark.feature("JX-15")
def test_the_scheme_says_what_is_required() -> None:
    rule = scheme().archives.backfill
    assert rule is not None
    strict = reformed(
        backfill=rule.model_copy(update={"required": ("evaluations",), "optional_evaluations": ("teacher_comment",)})
    )
    found = lacking(a_backfill(), 0, strict)
    assert [(one.field or one.what, one.required) for one in found] == [
        ("self_evaluation", True), ("birth_date", False), ("ethnicity", False), ("political_status", False),
        ("positions", False), ("records", False), ("teacher_comment", False),
    ]  # fmt: skip
    assert not any(one.required for one in lacking(a_backfill(), 0, reformed(backfill=None)))
    first, second = scheme().evaluations
    without_texts = scheme().model_copy(
        update={"evaluations": (first.model_copy(update={"text": None}), second.model_copy(update={"in_term_archive": False}))}
    )
    assert lacking(a_backfill(profile=COMPLETE, records=(RECORD,)), 1, without_texts) == []


@pytest.mark.feature("JX-15")
def test_a_backfill_waits_for_what_is_required_and_never_goes_without_a_record() -> None:
    records = Missing("records", "写实记录", True, may_go_on=False)
    nation, comment = (
        Missing("profile", "民族", True, "ethnicity"),
        Missing("evaluations", "教师评语", False, "teacher_comment"),
    )
    expected = TOLD | {"help": "请补齐，或确认后不等待缺少的内容直接生成；写实记录至少一条"}
    both = [
        {"what": "profile", "title": "民族", "required": True, "field": "ethnicity", "may_go_on": True},
        {"what": "records", "title": "写实记录", "required": True, "field": None, "may_go_on": False},
    ]
    for anyway in (True, False):
        with refused("backfill_incomplete", **expected, detail="还缺：民族、写实记录", missing=both):
            backfill.need_complete([nation, records, comment], anyway, scheme())
    with refused("backfill_incomplete", **expected, detail="还缺：民族", missing=both[:1]):
        backfill.need_complete([nation, comment], False, scheme())
    backfill.need_complete([nation, comment], True, scheme())
    backfill.need_complete([comment], False, scheme())


@pytest.mark.feature("JX-15")
def test_a_backfilled_record_is_held_to_the_form_and_the_term() -> None:
    def clean(data: dict[str, Any], kind: str = "volunteer_service", files: int = 1, **changed: Any) -> dict[str, Any]:
        return backfill.clean_record(
            scheme(), scheme().schooling(), a_backfill(**changed), kind, data, ["image/jpeg"] * files, TODAY
        )

    kept = clean(SERVICE)
    assert (kept["name"], kept["starts_on"]) == ("敬老院志愿服务", date(2025, 10, 12))
    for first, last in (("2025-09-01", "2025-09-02"), ("2026-01-20", "2026-01-21")):
        assert clean(SERVICE | {"starts_on": first, "ends_on": last})["starts_on"] == date.fromisoformat(first)
    with refused("invalid_input", **TOLD, detail="没有这一类别", errors=[problem("kind", "没有这一类别")]):
        clean(SERVICE, "poem")
    wrong = [
        problem("data.name", "服务项目不能为空"),
        problem("data.ends_on", "结束日期不能晚于今天"),
        problem("evidence", "请至少上传1份佐证材料"),
    ]
    with refused("invalid_input", **TOLD, detail="服务项目不能为空", errors=wrong):
        clean({k: v for k, v in SERVICE.items() if k != "name"} | {"ends_on": "2026-09-11"}, files=0)
    for day in ("2025-08-31", "2026-01-21"):
        says = "开始日期不在2025-2026学年第一学期之内"
        with refused("invalid_input", **TOLD, detail=says, errors=[problem("data.starts_on", says)]):
            clean(SERVICE | {"starts_on": day, "ends_on": "2026-01-21"})


@pytest.mark.feature("JX-15")
def test_a_kind_that_is_not_archived_or_not_of_the_grade_is_not_backfilled() -> None:
    says = "“基础型课程成绩”不归入本学期的档案"
    expected = {
        "rule": scheme("baoshan").rule("backfill"),
        "scheme": "baoshan@2026.1",
        "detail": says,
        "errors": [problem("kind", says)],
    }

    def clean(rules: Scheme, path: str = f"{SCHOOL}.g2025.c01") -> dict[str, Any]:
        return backfill.clean_record(
            rules, rules.schooling(), a_backfill(path=path), "basic_course", {"name": "语文", "mark": "优"}, [], TODAY
        )

    old = scheme("baoshan")
    assert clean(old) == {"name": "语文", "mark": "优"}
    for changed in ({"archive": "never"}, {"grades": (9,)}):
        dimensions = tuple(
            it.model_copy(
                update={"kinds": tuple(k.model_copy(update=changed) if k.id == "basic_course" else k for k in it.kinds)}
            )
            for it in old.dimensions
        )
        with refused("invalid_input", **expected):
            clean(Scheme(**{name: getattr(old, name) for name in Scheme.model_fields} | {"dimensions": dimensions}))


@pytest.mark.feature("JX-15")
def test_a_backfilled_term_keeps_to_the_quota_of_a_term() -> None:
    rules = scheme("baoshan")
    expected = {"rule": rules.rule("backfill"), "scheme": "baoshan@2026.1", "kind": "sports_contest", "most": 2}
    one = BackfilledRecord(UUID(int=50), "sports_contest", "赛", {})
    data = {"name": "田径", "on_day": "2025-10-12"}
    for records in ((), (one,), (one, replace(one, kind="arts_activity"))):
        kept = backfill.clean_record(rules, rules.schooling(), a_backfill(records=records), "sports_contest", data, [], TODAY)
        assert kept["name"] == "田径"
    with refused("quota_exceeded", **expected, detail="“校级体育比赛”每学期最多2项"):
        backfill.clean_record(rules, rules.schooling(), a_backfill(records=(one, one)), "sports_contest", data, [], TODAY)


@pytest.mark.feature("JX-15", "JX-11")
def test_a_backfilled_position_is_held_to_the_form() -> None:
    good = {"level": "class", "title": "monitor", "since": "2025-09-10"}
    assert backfill.clean_position(scheme(), 0, good, TODAY, ZONE)["since"] == date(2025, 9, 10)
    says = "任职开始不能晚于今天"
    with refused("invalid_input", **TOLD, detail=says, errors=[problem("positions.3.since", says)]):
        backfill.clean_position(scheme(), 3, good | {"since": "2026-09-11"}, TODAY, ZONE)
    expected = {"rule": scheme("changsha").rule("backfill"), "scheme": "changsha@2026.1"}
    with refused("invalid_input", **expected, detail="本方案没有职务", errors=[problem("positions", "本方案没有职务")]):
        backfill.clean_position(scheme("changsha"), 0, good, TODAY, ZONE)


@pytest.mark.feature("JX-15")
def test_a_backfilled_profile_may_have_gaps_but_nothing_wrong_in_it() -> None:
    given = {"ethnicity": " 汉族 ", "birth_date": "2009年8月17日", "guardian_name": "", "guardian_phone": None}
    assert backfill.clean_profile(scheme(), given, TODAY, ZONE) == {"ethnicity": "汉族", "birth_date": date(2009, 8, 17)}
    errors = [problem("profile.shoe_size", "没有这一项"), problem("profile.birth_date", "出生日期不能晚于今天")]
    with refused("invalid_input", **TOLD, detail="没有这一项", errors=errors):
        backfill.clean_profile(scheme(), {"birth_date": "2026-09-11", "shoe_size": "43"}, TODAY, ZONE)


@pytest.mark.feature("JX-12")
def test_each_evaluation_is_given_once() -> None:
    backfill.need_each_once(scheme(), ["self_evaluation", "teacher_comment"])
    says = "这项评价已填写"
    with refused("invalid_input", **TOLD, detail=says, errors=[problem("evaluations.2.type", says)]):
        backfill.need_each_once(scheme(), ["self_evaluation", "teacher_comment", "self_evaluation"])


@pytest.mark.feature("JX-15")
def test_backfilled_records_enter_an_archive_as_entered_by_the_school() -> None:
    [made] = backfill.snapshots(a_backfill(records=(RECORD,)), a_student(), scheme())
    assert made == RecordSnapshot(
        record_id=UUID(int=50), term_id=TERM, student_id=PUPIL, student_name="李晓雨", path=CLASS, dimension="moral",
        kind="volunteer_service", title="志愿服务", data=SERVICE, evidence=(a_file(),), origin="entered", level="school",
        author_name="校管理员", version=1,
    )  # fmt: skip
    assert a_backfill(number=2).title == "2025-2026学年第二学期"


# --- bundles


AT = datetime(2027, 1, 21, tzinfo=UTC)
CODE = an_archive().code
PDF = BundleFile("高二（1）班/01-李晓雨-学期档案.pdf", "k.pdf", "a" * 64, 1, AT)
JSON = BundleFile("高二（1）班/01-李晓雨-学期档案.json", "k.json", "b" * 64, 2, AT)


@pytest.mark.feature("BJ-09")
def test_a_bundle_is_of_one_class_or_one_grade() -> None:
    for path in (CLASS, f"{SCHOOL}.g2025"):
        bundles.need_class_or_grade(path, a_term())
    says = "请选择一个班级或一个年级"
    for path in (SCHOOL, "jx.nc"):
        errors = [problem("path", says, "level", "query")]
        with refused("invalid_input", rule="JX-13", detail=says, field="path", errors=errors):
            bundles.need_class_or_grade(path, a_term())


@pytest.mark.feature("JX-13")
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("NUL", "_NUL"), ("prn", "_prn"), ("AUX.x", "_AUX.x"), ("com1", "_com1"), ("LPT9", "_LPT9"), ("COM0", "COM0"),
        ("COM10", "COM10"), ("CONN", "CONN"), ("..a. ", "a"), ('/\\:*?"<>|', "_" * 9), ("\n", "_"), ("", "_"),
        ("甲" * 61, "甲" * 60),
    ],
)  # fmt: skip
def test_a_part_of_a_name_can_be_kept_by_windows(name: str, kept: str) -> None:
    assert bundles.safe(name) == kept


@pytest.mark.feature("JX-13")
def test_a_bundle_numbers_its_files_class_by_class_and_names_corrected_versions() -> None:
    assert bundles.members([an_archive()], "both") == [PDF, JSON]
    assert bundles.members([an_archive()], "pdf") == [PDF]
    assert bundles.members([an_archive()], "json") == [JSON]
    three = [an_archive(), an_archive(version=2), an_archive(grade_title=None, class_title=None)]
    assert [m.name for m in bundles.members(three, "pdf")] == [
        "高二（1）班/01-李晓雨-学期档案.pdf", "高二（1）班/02-李晓雨-学期档案-第2版.pdf", "c01/01-李晓雨-学期档案.pdf",
    ]  # fmt: skip


@pytest.mark.feature("JX-13")
def test_the_list_of_a_bundle_names_each_file_with_its_hash_for_people_and_programs() -> None:
    archives = [an_archive(), an_archive(student_name="=1+1", grade_title=None, class_title=None, version=2)]
    files = bundles.members(archives, "both")
    as_csv, as_json = bundles.manifest(archives, files)
    assert as_csv.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(as_csv.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["班级", "姓名", "曾用名", "编号", "版本", "核验码", "文件", "SHA-256", "字节数"]
    assert rows[1] == ["高二（1）班", "李晓雨", "", "N-1", "1", CODE, PDF.name, "a" * 64, "1"]
    assert [row[6] for row in rows[1:]] == [m.name for m in files]
    assert [row[1] for row in rows[1:]] == ["李晓雨", "李晓雨", "'=1+1", "'=1+1"]
    assert as_csv.count(b"\r\n") == 5
    read = json.loads(as_json)
    assert read["term"] == "第一学期"
    assert read["files"][0] == {
        "class": "高二（1）班", "student": "李晓雨", "former_name": "", "document_no": "N-1", "version": 1, "code": CODE,
        "file": PDF.name, "sha256": "a" * 64, "size": 1,
    }  # fmt: skip
    assert (read["files"][3]["class"], read["files"][3]["student"]) == ("", "=1+1")
    assert "李晓雨" in as_json.decode()
    assert as_json.count(b"\n") > 8


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_the_list_is_a_formula(sign: str) -> None:
    archives = [an_archive(student_name=f"{sign}cmd")]
    as_csv, _ = bundles.manifest(archives, bundles.members(archives, "pdf"))
    assert f"'{sign}cmd" in as_csv.decode()


def test_the_same_files_are_the_same_bundle() -> None:
    assert bundles.tag([PDF, JSON]) == bundles.tag([PDF, replace(JSON, key="moved", size=9)])
    assert len(bundles.tag([PDF])) == 32
    others = [[JSON, PDF], [PDF], [PDF, replace(JSON, sha256="c" * 64)], [PDF, replace(JSON, made_at=NOW)]]
    assert bundles.tag([PDF, JSON]) not in {bundles.tag(files) for files in [*others, [PDF, replace(JSON, name="x")]]}


@pytest.mark.feature("JX-15")
def test_the_days_of_a_backfill_begin_at_midnight_at_the_school() -> None:
    west = a_backfill(time_zone="Asia/Urumqi")
    now = datetime(2026, 9, 10, 17, tzinfo=UTC)
    assert [one.today(now) for one in (a_backfill(), west)] == [date(2026, 9, 11), date(2026, 9, 10)]
