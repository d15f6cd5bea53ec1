"""A made-up next version of a scheme, with the file that leads from one to the other."""

import shutil
from pathlib import Path

from scheme.releases import release

from stack.files import REPOSITORY

SCHEMES = REPOSITORY / "schemes"
RETIRED, STAYS = "theme_education", "volunteer_service"
MIGRATION = """\
scheme: jiangxi
from_version: "2026.1"
to_version: "2026.2"
retired: [theme_education]
fields: [{kind: volunteer_service, old: served, new: beneficiary}]
steps: [{old: class_teacher, new: homeroom}]
"""


def schemes_with_next_version(folder: Path, migration: str = MIGRATION, *, released: bool = True) -> Path:
    """A folder for the setting `schemes`: Jiangxi's 2026.1, and a made-up 2026.2 without the kind `RETIRED`, with a field of
    `STAYS` and the step of reviews under other ids; both are released."""
    text = (SCHEMES / "jiangxi" / "2026.1.yaml").read_text(encoding="utf-8")
    before, _, rest = text.partition(f"      - id: {RETIRED}\n")
    changed = before + rest[rest.index("\n      - id: ") + 1 :]
    for old, new in (
        ('version: "2026.1"', 'version: "2026.2"'),
        ("{id: served, title: 服务对象", "{id: beneficiary, title: 受益对象"),
        ("served: 敬老院老人", "beneficiary: 敬老院老人"),
        ("{id: class_teacher, title: 班主任审核", "{id: homeroom, title: 班主任初审"),
        ("{id: class_teacher, title: 班主任确认", "{id: homeroom, title: 班主任确认"),
    ):
        assert old in changed, old
        changed = changed.replace(old, new, 1)
    (folder / "jiangxi" / "migrations").mkdir(parents=True)
    for version, content in (("2026.1", text), ("2026.2", changed)):
        (folder / "jiangxi" / f"{version}.yaml").write_text(content, encoding="utf-8")
        if released:
            release(folder / "jiangxi" / f"{version}.yaml")
    (folder / "jiangxi" / "migrations" / "2026.1-2026.2.yaml").write_text(migration, encoding="utf-8")
    shutil.copytree(SCHEMES / "calendars", folder / "calendars")
    return folder
