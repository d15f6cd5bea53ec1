"""What is wrong with a request, in Chinese, by the error types of pydantic: forms show it beside the field."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

_SENTENCES: Mapping[str, str] = {
    "missing": "不能为空",
    "extra_forbidden": "没有这一项",
    "string_too_short": "至少{min_length}个字",
    "string_too_long": "最多{max_length}个字",
    "string_pattern_mismatch": "格式不正确",
    "string_type": "请填写文字",
    "string_unicode": "含有无法显示的字符",
    "greater_than_equal": "不能小于{ge}",
    "greater_than": "应大于{gt}",
    "less_than_equal": "不能大于{le}",
    "less_than": "应小于{lt}",
    "int_type": "请填写整数",
    "int_parsing": "请填写整数",
    "int_from_float": "请填写整数",
    "float_type": "请填写数字",
    "float_parsing": "请填写数字",
    "decimal_parsing": "请填写数字",
    "bool_type": "请填写“是”或“否”",
    "bool_parsing": "请填写“是”或“否”",
    "literal_error": "请从给出的选项中选择",
    "enum": "请从给出的选项中选择",
    "uuid_type": "编号不正确",
    "uuid_parsing": "编号不正确",
    "date_type": "日期格式不正确，请写成 2026-03-01 这样",
    "date_parsing": "日期格式不正确，请写成 2026-03-01 这样",
    "date_from_datetime_parsing": "日期格式不正确，请写成 2026-03-01 这样",
    "date_from_datetime_inexact": "日期格式不正确，请写成 2026-03-01 这样",
    "datetime_type": "时间格式不正确",
    "datetime_parsing": "时间格式不正确",
    "datetime_from_date_parsing": "时间格式不正确",
    "timezone_aware": "时间要带时区",
    "list_type": "应为列表",
    "dict_type": "内容格式不正确",
    "model_type": "内容格式不正确",
    "model_attributes_type": "内容格式不正确",
    "json_invalid": "内容不是有效的 JSON",
    "too_short": "至少{min_length}项",
    "too_long": "最多{max_length}项",
    "url_parsing": "网址不正确",
    "url_scheme": "网址不正确",
}
"""By the type of the error, with the limits that pydantic names; what has no sentence here is `_OTHER`."""
_OTHER = "填写不正确"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def errors_of(fault: ValidationError, location: str) -> Iterator[dict[str, Any]]:
    """Every invalid field with a sentence, without the values that were sent. `location`: body or query."""
    for error in fault.errors(include_url=False, include_input=False):
        field = ".".join(str(part) for part in error["loc"]) or location
        yield {"field": field, "message": sentence(error["type"], error["msg"], error.get("ctx", {})), "type": error["type"],
               "in": location}  # fmt: skip


def sentence(type: str, message: str, limits: Mapping[str, Any]) -> str:
    """The sentence of one error. A validator's own Chinese message is kept."""
    own = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if _CHINESE.search(own):
        return own
    if type in ("string_too_short", "too_short") and limits.get("min_length") == 1:
        return _SENTENCES["missing"]
    return _SENTENCES.get(type, _OTHER).format_map(limits)
