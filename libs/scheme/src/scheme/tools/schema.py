"""The JSON Schema of scheme files for editors, with Chinese descriptions, and the page with the same words. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from scheme import words
from scheme.checking.examples import Examples
from scheme.scheme import Scheme

FILE = "scheme.schema.json"
"""In the folder of the schemes."""
PAGE = "scheme_keys.md"
"""In `docs`, beside the folder of the schemes."""


def schema() -> dict[str, Any]:
    """The schema of a scheme file: the models with the words of `words.yaml`, and the keys that only people read."""
    whole, examples = (model.model_json_schema(ref_template="#/$defs/{model}") for model in (Scheme, Examples))
    definitions: dict[str, Any] = whole["$defs"] | examples["$defs"]
    for name, one in [("Scheme", whole), *definitions.items()]:
        for key, value in one.get("properties", {}).items():
            title, says = words.name(key, name), words.says(key, name)
            value.pop("title", None)
            value["description"] = f"{title}：{says}" if says else title
        one.pop("description", None)
        one.pop("title", None)
    whole["properties"] |= {
        "shared": {"type": "object", "description": "共用：只放锚点（&名称），供下文用 *名称 引用"},
        "examples": examples["properties"]["examples"] | {"description": "验证用例：谁在何时做什么、应得什么结果；检查时运行"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "综合素质评价方案",
        **whole,
        "$defs": dict(sorted(definitions.items())),
    }


def text() -> str:
    """The file's text."""
    return json.dumps(schema(), ensure_ascii=False, indent=1, sort_keys=False) + "\n"


def keys_table() -> str:
    """The page docs/scheme_keys.md: every key of a scheme file, by part."""
    whole = schema()
    lines = [
        "# 方案文件的键",
        "",
        "由 `make generate` 从程序生成，不要手工修改。怎样写方案见[评价方案怎么写](schemes.md)。带 * 的必须写。",
    ]
    for name, one in [("Scheme", whole), *whole["$defs"].items()]:
        properties: dict[str, Any] = one.get("properties", {})
        if not properties:
            continue
        used = "、".join(dict.fromkeys(_users(whole, name)))
        lines += ["", f"## {name}", "", *([f"用在：{used}", ""] if used else []), "| 键 | 说明 | 写法 |", "|---|---|---|"]
        for key, value in properties.items():
            star = "*" if key in one.get("required", ()) else ""
            lines.append(f"| `{key}`{star} | {value['description']} | {_kind(value)} |".replace("\n", " "))
    return "\n".join(lines) + "\n"


def _users(whole: dict[str, Any], name: str) -> Iterator[str]:
    """The keys whose values are of this part."""
    reference = json.dumps({"$ref": f"#/$defs/{name}"})[1:-1]
    for owner, one in [("Scheme", whole), *whole["$defs"].items()]:
        for key, value in one.get("properties", {}).items():
            if reference in json.dumps(value):
                yield f"{words.name(key, owner)}（`{key}`）"


_KINDS = {"string": "文字", "integer": "整数", "number": "数字", "boolean": "true 或 false", "null": "", "object": "键: 值"}


def _kind(value: dict[str, Any]) -> str:
    """How a value is written, in Chinese; parts by the name of their table."""
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return "、".join(f"`{one}`" for one in value["enum"])
    if value.get("type") == "array":
        return f"列表：{_kind(value['items'])}" if isinstance(value.get("items"), dict) else "列表"
    for several in ("anyOf", "oneOf"):
        if several in value:
            return " 或 ".join(dict.fromkeys(found for one in value[several] if (found := _kind(one))))
    return _KINDS.get(str(value.get("type")), "")
