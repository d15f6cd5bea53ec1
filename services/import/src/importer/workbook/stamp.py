"""The mark that says which template a workbook was made from: JSON in the first cell of a hidden sheet."""

import json

from importer.sheets import Notice, Template
from importer.texts import say
from importer.workbook import normal
from importer.workbook.refused import WorkbookRefused

SHEET = "_zongping"
GUIDE = "填写说明"
SUMMARY = "导入结果"
LISTS = "_lists"
REASONS = "问题说明"
OURS = frozenset({SHEET, GUIDE, SUMMARY, LISTS})


def stamp(template: Template) -> str:
    """The mark of a template."""
    return json.dumps(
        {"template": template.id, "title": template.title, "version": template.version, "scheme": template.scheme},
        ensure_ascii=False,
    )


def compare(found: str | None, template: Template) -> list[Notice]:
    """Notices about the mark found. Raises `WorkbookRefused` when it is another template's."""
    mark = _parse(found)
    if mark is None:
        return [Notice("not_our_template", say("not_our_template"))]
    if mark.get("template") != template.id:
        other = normal.line(str(mark.get("title")).encode(errors="ignore").decode())[:40]
        raise WorkbookRefused("other_template", found=other, wanted=template.title)
    if mark.get("version") != template.version or mark.get("scheme") != template.scheme:
        text = say(
            "older_template",
            found=normal.line(str(mark.get("version")).encode(errors="ignore").decode())[:10],
            wanted=template.version,
        )
        return [Notice("older_template", text)]
    return []


def _parse(found: str | None) -> dict[str, object] | None:
    try:
        mark = json.loads(found or "null")
    except ValueError:
        return None
    return mark if isinstance(mark, dict) and "template" in mark else None
