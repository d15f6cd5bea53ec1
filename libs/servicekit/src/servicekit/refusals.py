"""Expected errors: each has a stable code, an HTTP status and a Chinese sentence (X-13).

A service adds its own codes with `declare`; house tests check that each code that is raised is declared once.
"""

import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Meaning:
    """The meaning of a code: HTTP status, the sentence shown, and the package that declares it."""

    status: int
    title: str
    package: str = field(compare=False)


_MEANINGS: dict[str, Meaning] = {}
MEANINGS: Mapping[str, Meaning] = MappingProxyType(_MEANINGS)


def declare(code: str, status: int, title: str) -> None:
    """Declare a code. ValueError if it is declared with another meaning."""
    meaning = Meaning(status, title, sys._getframe(1).f_globals["__name__"].partition(".")[0])
    if _MEANINGS.setdefault(code, meaning) != meaning:
        raise ValueError(f"refusal code {code!r} is declared twice")


class Refusal(Exception):  # noqa: N818  an expected answer, not a fault
    """An expected error. `rule` is the id in the feature list, `window` and `scheme` are what was applied, `help` says who
    can help; these and all other details are members of the problem document."""

    def __init__(
        self,
        code: str,
        *,
        detail: str | None = None,
        rule: str | None = None,
        field: str | None = None,
        window: Mapping[str, Any] | None = None,
        scheme: str | None = None,
        help: str | None = None,
        errors: list[dict[str, Any]] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(code if detail is None else f"{code}: {detail}")
        self.code = code
        self.meaning = _MEANINGS[code]
        self.detail = detail
        details |= {"rule": rule, "field": field, "window": window, "scheme": scheme, "help": help, "errors": errors}
        self.details = {name: value for name, value in details.items() if value is not None}


def busy(least: int = 1, most: int = 5) -> Refusal:
    """503 with a `Retry-After` between `least` and `most` seconds, by chance, so that not all callers return at once."""
    return Refusal("busy", retry_after=random.SystemRandom().randint(least, most))


def require(condition: bool, code: str, **details: Any) -> None:
    """Refuse with `code` unless `condition` holds."""
    if not condition:
        raise Refusal(code, **details)


for _code, _status, _title in (
    ("invalid_input", 422, "提交的内容有误，请按提示修改"),
    ("malformed", 400, "请求格式不正确"),
    ("number_in_address", 400, "身份证件号和学籍号不能写在网址里，请在查询框中输入（由系统以 POST 提交）"),
    ("search_by_post", 400, "查询内容不能写在网址里，请改用 POST 提交"),
    ("unauthenticated", 401, "请先登录"),
    ("forbidden", 403, "当前身份不能进行此操作"),
    ("not_found", 404, "没有找到，或您无权查看"),
    ("method_not_allowed", 405, "不支持的请求方式"),
    ("conflict", 409, "与现有内容冲突"),
    ("already_applied", 409, "此操作已经生效，请刷新后查看"),
    ("in_progress", 409, "同一操作正在处理中，请稍候"),
    ("idempotency_mismatch", 422, "同一幂等键用于了不同的内容"),
    ("stale_version", 412, "内容已被他人更新，请刷新后重试"),
    ("version_required", 428, "缺少版本号（If-Match）"),
    ("too_large", 413, "提交的内容过大"),
    ("unsupported_media", 415, "不支持的内容类型"),
    ("too_many_requests", 429, "操作过于频繁，请稍后再试"),
    ("window_closed", 409, "不在规定的时间段内"),
    ("no_verification", 409, "这里没有开展信息核查"),
    ("quota_exceeded", 409, "已达到数量上限"),
    ("wrong_state", 409, "当前状态下不能进行此操作"),
    ("reason_required", 422, "请选择或填写原因"),
    ("not_participating", 409, "该生本学期不参与填报"),
    ("file_missing", 409, "文件尚未上传"),
    ("file_refused", 422, "文件未通过检查"),
    ("no_pages", 409, "此文件不能逐页显示，请下载后查看"),
    ("download_ended", 410, "下载地址已失效：一个地址只能下载一次，并须在一分钟内开始"),
    ("busy", 503, "服务繁忙，请稍后重试"),
    ("fault", 500, "系统出现故障，已记录"),
):
    declare(_code, _status, _title)
