"""The public verification page: one HTML document that needs nothing else, in Chinese, for phones first (X-10).

Style and script stand in it as they are and are allowed by their hashes; every value is escaped.
"""

import base64
import hashlib
from datetime import datetime
from html import escape
from importlib.resources import files
from string import Template
from zoneinfo import ZoneInfo

from proof import fingerprint

from archive.views.verification import NewerView, VerificationView

_ROOM = files("archive.api.page")
_STYLE = (_ROOM / "page.css").read_text(encoding="utf-8")
_SCRIPT = (_ROOM / "page.js").read_text(encoding="utf-8")
_FRAME = Template((_ROOM / "page.html").read_text(encoding="utf-8"))
_KINDS = {"term": "综合素质评价学期档案", "career": "综合素质评价生涯档案"}


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_SCRIPT)}; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; context-ancestors 'none'"
)
_FORM = """
<form action="/verify" method="get">
<label for="code">核验码</label>
<input id="code" name="code" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="40" required
 placeholder="XXXX-XXXX-XXXX-XXXX-XXXX">
<button type="submit">查询</button>
</form>"""


def found(view: VerificationView, zone: str) -> str:
    """The page of a genuine archive. `zone` is the school's, for the time of sealing."""
    lines = [
        ("学校", view.school),
        *([("学期", view.term)] if view.term else []),
        ("学生", view.student),
        ("编号", view.document_no),
        ("版本", f"第 {view.version} 版"),
        ("签发时间", _time(view.sealed_at, zone)),
        ("核验码", view.code),
    ]
    proofs = [
        ("文件指纹（SHA-256）", view.pdf_sha256),
        (f"归档根值（共 {view.archives_under_root} 份）", view.root),
        ("签名密钥指纹", fingerprint(view.key_id)),
    ]
    old = _newer(view.superseded_by, zone) if view.superseded_by else ""
    lead = "<p class='lead'>请核对手中的档案与下列信息是否一致。为保护隐私，姓名只显示姓氏。</p>"
    newer = view.superseded_by
    state = "此档案由本平台签发，" + (f"但已被第 {newer.version} 版取代" if newer else "真实有效")
    more = f"<details><summary>供机构核对的数据</summary><dl class='mono'>{_list(proofs)}</dl></details>"
    body = f"{old}{lead}<h2 class='name'>{_KINDS[view.kind]}</h2><dl>{_list(lines)}</dl>{more}"
    return _page("old" if view.superseded else "good", state, body, _chooser("您手中的文件是否就是签发的那一份？"), view)


def _newer(newer: NewerView, zone: str) -> str:
    """What stands above a version that was replaced: it is genuine, and no longer the one that counts."""
    link = f'<a href="/verify/{escape(newer.code)}">第 {newer.version} 版</a>'
    when = f"（{_time(newer.sealed_at, zone)}）" if newer.sealed_at else ""
    return f'<p class="note">此版本已被{link}取代{when}，请以最新版本为准。</p>'


def unknown(typed: str) -> str:
    """The same page for a code that leads nowhere."""
    shown = escape(typed[:40])
    body = f"<p>没有核验码为 <b>{shown}</b> 的档案。请核对后重新输入；若扫码得到此页，该文件可能不是本平台签发的。</p>{_FORM}"
    return _page("bad", "没有找到这份档案", body, _chooser("也可以直接核验文件"), None)


def asking() -> str:
    """The same page without a code."""
    return _page(
        "ask",
        "核验一份档案",
        f"<p class='lead'>核验码印在档案每一页的左下角。</p>{_FORM}",
        _chooser("也可以直接核验文件"),
        None,
    )


def _chooser(title: str) -> str:
    return (
        f"<section id='check' hidden><h2>{title}</h2><p>选择 PDF 或 JSON 文件。文件不会上传，指纹在您的设备上计算。</p>"
        "<input id='file' class='away' type='file' accept='.pdf,.json,application/pdf,application/json'>"
        "<label class='pick' for='file'>选择要核验的文件</label><span id='chosen'></span>"
        "<p id='result' role='status' aria-live='polite'></p></section>"
        "<noscript><p class='note'>浏览器停用了 JavaScript，不能在此核对文件，只能按核验码查询。</p></noscript>"
    )


def _list(lines: list[tuple[str, str]]) -> str:
    return "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in lines)


def _time(at: datetime | None, zone: str) -> str:
    if at is None:
        return "—"
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.year} 年 {local.month} 月 {local.day} 日 {local:%H:%M}"


def _page(state: str, headline: str, body: str, chooser: str, view: VerificationView | None) -> str:
    return _FRAME.substitute(
        style=_STYLE,
        script=_SCRIPT,
        state=state,
        headline=escape(headline),
        body=body,
        chooser=chooser,
        pdf=escape(view.pdf_sha256) if view else "",
        json=escape(view.json_sha256) if view else "",
        newer=view.superseded_by.version if view and view.superseded_by else "",
        again='<a href="/verify">核验另一份档案</a>　' if view else "",
    )
