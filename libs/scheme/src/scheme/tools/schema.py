"""The JSON Schema of scheme files for editors, with Chinese descriptions: `schemes/scheme.schema.json`. Pure."""

import json
from typing import Any

from scheme import words
from scheme.checking.examples import Examples
from scheme.scheme import Scheme

FILE = "scheme.schema.json"


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
