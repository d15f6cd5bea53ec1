"""Which template a workbook was made from: JSON in the first cell of a hidden sheet."""

import json

from importer.adapters.workbook.refused import WorkbookRefused
from importer.domain import normalise
from importer.domain.messages import message_of
from importer.domain.templates import Notice, Template

SHEET = "_zongping"
GUIDE = "填写说明"
SUMMARY = "导入结果"
LISTS = "_lists"
REASONS = "问题说明"
OURS = frozenset({SHEET, GUIDE, SUMMARY, LISTS})


def metadata_of(template: Template) -> str:
    """A template as the hidden cell holds it."""
    return json.dumps(
        {"template": template.id, "title": template.title, "version": template.version, "scheme": template.scheme},
        ensure_ascii=False,
    )


def compare(found: str | None, template: Template) -> list[Notice]:
    """Notices about the metadata found. Raises `WorkbookRefused` when they are another template's."""
    metadata = _parse(found)
    if metadata is None:
        return [Notice("not_our_template", message_of("not_our_template"))]
    if metadata.get("template") != template.id:
        other = normalise.line(str(metadata.get("title")).encode(errors="ignore").decode())[:40]
        raise WorkbookRefused("other_template", found=other, wanted=template.title)
    if metadata.get("version") != template.version or metadata.get("scheme") != template.scheme:
        text = message_of(
            "older_template",
            found=normalise.line(str(metadata.get("version")).encode(errors="ignore").decode())[:10],
            wanted=template.version,
        )
        return [Notice("older_template", text)]
    return []


def _parse(found: str | None) -> dict[str, object] | None:
    try:
        metadata = json.loads(found or "null")
    except ValueError:
        return None
    return metadata if isinstance(metadata, dict) and "template" in metadata else None
