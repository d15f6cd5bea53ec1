"""New versions of a scheme: the migration file is checked in Chinese, applied to what is open, and old records keep theirs."""

from pathlib import Path

import pytest
from scheme import UnknownSchemeError
from scheme.calendars import CalendarYear, calendar_of
from scheme.cli import main
from scheme.compare import calendar_changes, diff
from scheme.files import Schemes
from scheme.migration import Migration, carry, order
from stack.next_version import MIGRATION, RETIRED, STAYS, schemes_with_next_version
from stack.next_year import BEIJING, BEIJING_MIGRATION, JIANGXI, JIANGXI_MIGRATION, NEW, schemes_of_next_year

pytestmark = pytest.mark.feature("X-01")


def problems(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What `zp scheme check` says about the folder, without the names of files."""
    main(["check", str(folder)])
    return [line for line in capsys.readouterr().err.splitlines() if line]


@pytest.mark.parametrize(
    ("line", "changed", "says"),
    [
        ("retired: [theme_education]\n", "", "新版本没有类别“theme_education”，却没有写明怎样处理"),
        ("retired: [theme_education]", "retired: [theme_education, misconduct]", "类别“misconduct”在新版本中仍然存在"),
        ("retired: [theme_education]", "retired: [theme_education, no_such]", "2026.1版没有类别“no_such”"),
        ("new: beneficiary", "new: account", "类型不同"),
        ("old: served, new: beneficiary", "old: server, new: beneficiary", "新版本没有类别“志愿服务”的字段“served”"),
        ("old: class_teacher, new: homeroom", "old: class_teacher, new: nobody", "新版本没有类别“党团活动”的审核步骤“nobody”"),
        ("retired:", "retierd:", "没有“retierd”这个键。是否应为“retired”？"),
        ('to_version: "2026.2"', 'to_version: "2026.9"', "没有从“2026.1”到“2026.9”的两个版本"),
    ],
)
def test_each_mistake_of_a_migration_file_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, changed: str, says: str
) -> None:
    assert MIGRATION.count(line) == 1
    found = problems(schemes_with_next_version(tmp_path, MIGRATION.replace(line, changed)), capsys)
    assert any(says in one for one in found), found


def test_a_breaking_version_without_a_migration_file_is_refused_and_a_sound_one_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = schemes_with_next_version(tmp_path)
    assert problems(folder, capsys) == []
    (folder / "jiangxi" / "migrations" / "2026.1-2026.2.yaml").unlink()
    [found] = problems(folder, capsys)
    assert "从2026.1到2026.2有影响进行中学期的改动，却没有换版说明" in found


def test_an_open_record_is_carried_over_all_migrations_between_and_a_retired_one_is_not() -> None:
    one = Migration.model_validate(
        {
            "scheme": "a", "from_version": "1", "to_version": "2",
            "kinds": [{"old": "walk", "new": "hike"}],
            "fields": [{"kind": "walk", "old": "to", "new": "goal"}, {"kind": "walk", "old": "shoes"}],
            "choices": [
                {"kind": "walk", "field": "with", "old": "dog", "new": "pet"},
                {"kind": "walk", "field": "with", "old": "nobody"},
            ],
            "steps": [{"old": "teacher", "new": "tutor"}, {"kind": "walk", "old": "teacher", "new": "guide"}],
        }
    )  # fmt: skip
    two = Migration(scheme="a", from_version="2", to_version="3", retired=("swim",))
    data = {"to": "山顶", "shoes": "布鞋", "with": ["dog", "nobody", "cat"], "name": "登山"}
    carried = carry([one, two], "walk", data, "teacher")
    assert carried is not None
    assert (carried.kind, carried.step) == ("hike", "guide")
    assert carried.data == {"goal": "山顶", "with": ["pet", "cat"], "name": "登山"}
    assert carry([one, two], "swim", {}, "teacher") is None
    assert order("2026.10") > order("2026.9")


def test_a_record_is_read_under_its_own_version_and_an_older_one_under_the_newest_that_knows_its_fields(tmp_path: Path) -> None:
    schemes = Schemes(schemes_with_next_version(tmp_path))
    new, old = schemes.get("jiangxi", "2026.2"), schemes.get("jiangxi", "2026.1")
    assert new.as_of("2026.1", STAYS) is old
    assert old.as_of("2026.2", STAYS) is new, "a career archive that an earlier term's version heads"
    with pytest.raises(UnknownSchemeError):  # the event is tried again until this process has the version
        new.as_of("2026.3", STAYS)
    assert new.as_of(None, RETIRED, ["theme"]) is old
    assert new.as_of(None, STAYS, ["served", "hours"]) is old
    assert new.as_of(None, STAYS, ["beneficiary"]) is new
    assert [one.to_version for one in new.migrations_from("2026.1")] == ["2026.2"]
    assert (new.migrations_from("2026.2"), old.migrations_from("2026.2")) == ([], [])
    assert schemes.is_released("jiangxi", "2026.2")
    (tmp_path / "jiangxi" / "2026.2.yaml").write_text((tmp_path / "jiangxi" / "2026.2.yaml").read_text() + "# x\n")
    assert not Schemes(tmp_path).is_released("jiangxi", "2026.2"), "it is no longer what was released"


def test_a_changed_calendar_is_a_difference_that_moves_deadlines(tmp_path: Path) -> None:
    def a_year(last: str, *workdays: str) -> CalendarYear:
        holiday = {"title": "国庆节", "first": "2026-10-01", "last": last, "workdays": workdays}
        return CalendarYear.model_validate({"region": "cn", "year": 2026, "source": "通知", "holidays": [holiday]})

    old, new = calendar_of([a_year("2026-10-07")]), calendar_of([a_year("2026-10-08", "2026-10-10")])
    [change] = calendar_changes(old, new)
    assert str(change).startswith("～ 校历 › 2026年：（无） → 10月8日放假、10月10日上班【影响进行中的学期】")
    assert calendar_changes(old, old) == []
    schemes = Schemes(schemes_with_next_version(tmp_path))
    before, after = (schemes.get("jiangxi", version) for version in ("2026.1", "2026.2"))
    assert not any(one.path[0] == "calendar" for one in diff(before, after))
    after.keep_calendar([a_year("2026-10-08")])
    assert {one.path for one in diff(before, after) if one.breaks and one.path[0] == "calendar"} > {("calendar", "2026")}


@pytest.mark.parametrize(
    ("line", "changed", "says"),
    [
        ("roles: [{old: principal, new: headmaster}]", "", "新版本没有角色“principal”"),
        ("new: headmaster", "new: class_teacher", "角色“校长”的任职层级，“班主任”不全有"),
        ("new: headmaster", "new: school_administrator", "各级管理员由平台设立，不能取消，也不能与其他角色对应"),
        ("stages: [{old: recheck, new: school_recheck}]", "", "新版本没有环节“recheck”"),
        ("dimensions: [{old: special, new: local}]", "dimensions: [{old: special, new: arts}]", "维度“arts”原来就有"),
        ("dimensions: [{old: special, new: local}]", "dimensions: [{old: moral, new: local}]", "维度“moral”在新版本中仍然存在"),
    ],
)
def test_next_years_file_is_not_released_before_its_migration_is_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, changed: str, says: str
) -> None:
    assert JIANGXI_MIGRATION.count(line) == 1
    folder = schemes_of_next_year(tmp_path, "jiangxi", JIANGXI, JIANGXI_MIGRATION.replace(line, changed))
    assert main(["release", str(folder / "jiangxi" / f"{NEW}.yaml")]) == 1
    assert says in capsys.readouterr().err
    assert NEW not in (folder / "released.yaml").read_text()


def test_a_version_is_released_with_the_migration_that_leads_to_it_and_both_are_frozen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = schemes_of_next_year(tmp_path, "beijing", BEIJING, None)
    file, migration = folder / "beijing" / f"{NEW}.yaml", folder / "beijing" / "migrations" / f"2026.1-{NEW}.yaml"
    assert main(["release", str(file)]) == 1
    assert "却没有换版说明" in capsys.readouterr().err
    migration.write_text(BEIJING_MIGRATION, encoding="utf-8")
    assert main(["release", str(file)]) == 0
    assert Schemes(folder).is_released("beijing", NEW)
    migration.write_text(BEIJING_MIGRATION + "# 事后改动\n", encoding="utf-8")
    assert not Schemes(folder).is_released("beijing", NEW), "what was promised to terms under way is no longer so"
    assert main(["check", str(folder)]) == 1
