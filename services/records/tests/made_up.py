"""Jiangxi's scheme with kinds made up here, whose forms, quotas and points use what no deployment needs yet."""

from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[3] / "schemes"
LOG: dict[str, Any] = {
    "id": "reading_log",
    "title": "阅读记录",
    "title_field": "book",
    "date_field": "first",
    "form": {
        "fields": [
            {"id": "book", "title": "书名", "type": "text", "required": True, "max_length": 40, "listed": True},
            {"id": "first", "title": "开始日期", "type": "date", "required": True},
            {"id": "last", "title": "结束日期", "type": "date", "required": True},
            {
                "id": "days", "title": "天数", "type": "integer", "unit": "天", "listed": True, "public": True, "maximum": 60,
                "computed": {"days": ["first", "last"], "both_ends": True},
            },
            {"id": "hours_a_day", "title": "每天小时数", "type": "decimal", "minimum": 0, "maximum": 24, "required": True},
            {
                "id": "hours", "title": "小时数", "type": "decimal", "decimals": 1, "unit": "小时",
                "computed": {"product": ["days", "hours_a_day"]},
            },
            {"id": "shared", "title": "是否交流", "type": "boolean"},
            {"id": "shared_with", "title": "交流对象", "type": "text", "max_length": 40},
        ],
        "rules": [
            {"field": "shared_with", "then": "visible", "when": {"field": "shared", "equals": True}},
            {"field": "shared_with", "then": "required", "when": {"field": "shared", "equals": True},
             "says": "交流过的请写明和谁交流"},
            {"field": "hours", "then": "refused", "when": {"field": "hours", "above": 100}, "says": "总小时数不能超过100小时"},
        ],
    },
    "review": {"steps": [{"id": "class_teacher", "title": "班主任审核", "role": "class_teacher", "operation": "review"}]},
}  # fmt: skip


def a_log(**changed: Any) -> dict[str, Any]:
    """The data of a whole reading log: 3 days of 2.5 hours."""
    return {"book": "乡土中国", "first": "2026-09-12", "last": "2026-09-14", "hours_a_day": "2.5"} | changed


def made_up_schemes(folder: Path, *kinds: dict[str, Any], **more: Any) -> Path:
    """A folder with Jiangxi's scheme and these kinds in its first dimension; `more`: further keys of the scheme."""
    scheme = yaml.load((FOLDER / "jiangxi" / "2026.1.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    scheme["dimensions"][0]["kinds"] += kinds
    scheme |= more
    scheme["imports"] += [
        {"id": kind["id"], "title": kind["title"], "kind": kind["id"], "roles": ["class_teacher"], "same_by": ["book"]}
        for kind in kinds
        if any(field["id"] == "book" for field in kind["form"]["fields"])
    ]
    file = folder / "jiangxi" / "2026.1.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.dump(scheme, allow_unicode=True, Dumper=yaml.CSafeDumper), encoding="utf-8")
    return folder
