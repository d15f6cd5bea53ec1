"""A made-up version of next year: what an official typically edits, by replacing text of a released file, and its migration."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from scheme.releases import release

from stack.next_version import SCHEMES

OLD, NEW = "2026.1", "2027.1"
type Edit = tuple[str, str]
"""Text of the file, and what stands there instead, wherever it stood."""

JIANGXI: Sequence[Edit] = (
    ("{id: served, title: 服务对象", "{id: beneficiary, title: 受益对象"),  # a field is renamed
    ("served: 敬老院老人", "beneficiary: 敬老院老人"),
    (
        "      - id: labour_practice\n        title: 劳动实践",
        "      - id: daily_labour\n        title: 日常劳动",
    ),  # a kind split
    ("id: principal, title: 校长", "id: headmaster, title: 校长"),  # a role is renamed
    ("school_administrator, principal]", "school_administrator, headmaster]"),
    ("unsealed_by: [principal]", "unsealed_by: [headmaster]"),
    ("role: principal, scope", "role: headmaster, scope"),
    ("          - {per: year, max: 1}", "          - {per: year, max: 2}"),  # a quota
    ("    - id: recheck\n", "    - id: school_recheck\n"),  # a stage of a case
    ("leads_to: recheck,", "leads_to: school_recheck,"),
    ("deadline: {after: P5D, action: overdue}", "deadline: {after: P7D, action: overdue}"),  # a deadline
    ('since: "2027-01-01 16:00", ends: "2027-01-06 16:00"', 'since: "2027-01-01 16:00", ends: "2027-01-08 16:00"'),
    ("学生有五天时间", "学生有七天时间"),
    ("  - id: special\n    title: 特色项目", "  - id: local\n    title: 地方特色"),  # the name of a dimension
    ("{id: class_teacher, title: 班主任审核", "{id: homeroom, title: 班主任初审"),  # the step of reviews
    ("{id: class_teacher, title: 班主任确认", "{id: homeroom, title: 班主任确认"),
)
JIANGXI_MIGRATION = """\
scheme: jiangxi
from_version: "2026.1"
to_version: "2027.1"
retired: [theme_education]
kinds: [{old: labour_practice, new: daily_labour}]
fields: [{kind: volunteer_service, old: served, new: beneficiary}]
steps: [{old: class_teacher, new: homeroom}]
stages: [{old: recheck, new: school_recheck}]
roles: [{old: principal, new: headmaster}]
dimensions: [{old: special, new: local}]
"""
BEIJING: Sequence[Edit] = (
    ("id: group, title: 小组评议", "id: council, title: 评议会"),  # a part of the score
    ("{id: department, title: 年级审核", "{id: grade_check, title: 年级复核"),  # who checks the scores
    ("    - {id: hand_over, title: 班主任提交, by: class_teacher, operation: teacher_evaluate}\n", ""),
    ("id: supervision_group, title: 班级评议小组", "id: class_council, title: 班级评议会"),
    ("[supervision_group", "[class_council"),
    (", group: ", ", council: "),
    ("parts: [group]", "parts: [council]"),
)
BEIJING_MIGRATION = """\
scheme: beijing
from_version: "2026.1"
to_version: "2027.1"
roles: [{old: supervision_group, new: class_council}]
parts: [{old: group, new: council}]
result_steps: [{old: hand_over}, {old: department, new: grade_check}]
"""


def schemes_of_next_year(
    folder: Path, scheme: str = "jiangxi", edits: Sequence[Edit] = JIANGXI, migration: str | None = JIANGXI_MIGRATION
) -> Path:
    """A folder for the setting `schemes`, with the released version of this scheme and that of next year, which is not
    released. Jiangxi's has a kind less (`theme_education`) and one more (`service_labour`)."""
    text = changed = (SCHEMES / scheme / f"{OLD}.yaml").read_text(encoding="utf-8")
    for old, new in ((f'version: "{OLD}"', f'version: "{NEW}"'), *edits):
        assert old in changed, old
        changed = changed.replace(old, new)
    if scheme == "jiangxi" and edits:
        changed = _without(changed, "theme_education")
        changed = _twice(changed, "daily_labour", "service_labour", "日常劳动", "服务性劳动")
    (folder / scheme / "migrations").mkdir(parents=True)
    for version, content in ((OLD, text), (NEW, changed)):
        (folder / scheme / f"{version}.yaml").write_text(content, encoding="utf-8")
    if migration is not None:
        (folder / scheme / "migrations" / f"{OLD}-{NEW}.yaml").write_text(migration, encoding="utf-8")
    shutil.copytree(SCHEMES / "calendars", folder / "calendars")
    release(folder / scheme / f"{OLD}.yaml")
    return folder


def released(folder: Path, scheme: str = "jiangxi") -> Path:
    """The same folder, with the version of next year released."""
    release(folder / scheme / f"{NEW}.yaml")
    return folder


def _without(text: str, kind: str) -> str:
    before, _, rest = text.partition(f"      - id: {kind}\n")
    return before + rest[rest.index("\n      - id: ") + 1 :]


def _twice(text: str, kind: str, other: str, title: str, other_title: str) -> str:
    before, first, rest = text.partition(f"      - id: {kind}\n")
    end = rest.index("\n      - id: ") + 1
    one = first + rest[:end]
    return before + one + one.replace(kind, other, 1).replace(title, other_title, 1) + rest[end:]
