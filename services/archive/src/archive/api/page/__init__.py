"""The public verification page in Chinese, for phones first and without a script if need be (X-10).

Style and script are files of their own under `/verify/assets/`, so that the page allows nothing inline; every value is escaped.
"""

import hashlib
from datetime import datetime
from html import escape
from importlib.resources import files
from string import Template
from zoneinfo import ZoneInfo

from proof import fingerprint

from archive.domain.verification import Found
from archive.views.verification import NewerView, VerificationView

_FOLDER = files("archive.api.page")
_FRAME = Template((_FOLDER / "page.html").read_text(encoding="utf-8"))


def _named(name: str, ending: str) -> tuple[str, bytes]:
    """A file's address, which changes with its content, and the content."""
    content = (_FOLDER / f"{name}.{ending}").read_bytes()
    return f"{name}-{hashlib.sha256(content).hexdigest()[:12]}.{ending}", content


_STYLE, _SCRIPT = _named("page", "css"), _named("page", "js")
ASSETS = {_STYLE[0]: (_STYLE[1], "text/css"), _SCRIPT[0]: (_SCRIPT[1], "text/javascript")}
"""By name: content and media type."""
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_TICK = '<path d="m5 12.5 4.5 4.5L19 7"/>'
_SIGNS = {
    "issued": _TICK,
    "backfilled": _TICK,
    "superseded": '<path d="M12 6v7M12 17.5v.1"/>',
    "forged": '<path d="M6 6l12 12M18 6 6 18"/>',
}
_FORM = """
<form action="/verify" method="get">
<label for="code">核验码，印在档案每一页的左下角</label>
<input id="code" name="code" autocomplete="off" autocapitalize="characters" spellcheck="false" required
 placeholder="XXXX-XXXX-XXXX-XXXX-XXXX">
<button class="btn primary" type="submit">查询</button>
</form>
<div id="scan" hidden><input id="photo" class="away" type="file" accept="image/*">
<label class="btn" for="photo">用二维码的照片查询</label>
<p id="scanned" class="soft" role="status"></p></div>"""


def found(view: VerificationView, zone: str) -> str:
    """The page of a genuine archive. `zone` is the school's, for the time of sealing."""
    newer = view.superseded_by
    state = "superseded" if newer else "backfilled" if view.backfilled else "issued"
    headline = f"真实，但已被第 {newer.version} 版取代" if newer else "真实有效，由本平台签发"
    second = f"第 {view.version} 版，{_time(view.sealed_at, zone)} 封存"
    notes = [_newer(newer, zone)] if newer else []
    if view.backfilled:
        notes.append("<p class='notice'>这个学期在外省学校就读，档案由转入学校补录。</p>")
    lines = [
        ("学生", view.student + "（为保护隐私，只显示姓氏）"),
        ("学校", view.school),
        *([("学段", view.stage)] if view.stage else []),
        *([("学期", view.term)] if view.term else []),
        ("编号", view.document_no),
        ("核验码", view.code),
    ]
    proofs = [
        ("文件指纹（SHA-256）", view.pdf_sha256),
        (f"归档根值（共 {view.archives_under_root} 份）", view.root),
        ("签名密钥指纹", fingerprint(view.key_id)),
    ]
    body = (
        f"<section class='card'>{_badge(state, headline, second)}{''.join(notes)}"
        f"<div class='document'><p class='school'>{escape(view.school)}</p><h2>{escape(view.document)}</h2></div>"
        f"<p>请核对手中的档案与下列内容是否一致。</p><dl>{_list(lines)}</dl>"
        f"<details><summary>供机构核对的数据</summary><dl class='mono'>{_list(proofs)}</dl></details></section>"
    )
    return _page(state, headline, body, _chooser("手中的文件是不是原件"), view)


def _badge(state: str, headline: str, second: str) -> str:
    sign = f'<span class="seal" aria-hidden="true"><svg viewBox="0 0 24 24">{_SIGNS[state]}</svg></span>'
    return f"<div class='badge'>{sign}<div><h1>{escape(headline)}</h1><p class='soft'>{escape(second)}</p></div></div>"


def _newer(newer: NewerView, zone: str) -> str:
    """What stands above a version that was replaced: it is genuine, and no longer the one that counts."""
    link = f'<a href="/verify/{escape(newer.code)}">第 {newer.version} 版</a>'
    when = f"（{_time(newer.sealed_at, zone)}）" if newer.sealed_at else ""
    return f'<p class="notice">内容后来更正过，此版本已被{link}取代{when}，请以最新版本为准。</p>'


def unknown(typed: str) -> str:
    """The same page for a code that leads nowhere."""
    headline = "没有找到这份档案"
    shown = escape(typed[:40])
    body = (
        f"<section class='card'>{_badge('forged', headline, '本平台没有签发过这个核验码')}"
        f"<p>没有核验码为 <b>{shown}</b> 的档案。请核对后重新输入；"
        "如果是扫码得到此页，手中的档案可能是伪造的，请向学校核实。</p>"
        f"{_FORM}</section>"
    )
    return _page("forged", headline, body, _chooser("也可以直接核验文件"), None)


def asking(problem: str = "") -> str:
    """The same page without a code."""
    wrong = f"<p class='notice bad' role='alert'>{escape(problem)}</p>" if problem else ""
    body = (
        "<section class='card'><h1>核验一份档案</h1>"
        "<p class='soft'>用手机相机扫档案上的二维码，会直接打开结果；也可以输入核验码。</p>"
        f"{wrong}{_FORM}</section>"
    )
    return _page("ask", "核验一份档案", body, _chooser("也可以直接核验文件"), None)


def judged(verdict: Found, view: VerificationView | None, zone: str) -> str:
    """The page about a file that was sent here, for browsers without a script."""
    if verdict.state == "original" and view is not None:
        return found(view, zone)
    words = {
        "broken": ("文件不完整", "没有读到文件的结尾，可能是下载中断了。请重新下载后再核验。"),
        "altered": (
            "文件被改动过",
            "它自称是下面这份档案，但与签发的原件不同。请不要采信，并向学校索取原件。",
        ),
        "forged": ("伪造的文件", f"文件上写的核验码是 {verdict.code}，本平台没有签发过这份档案。请不要采信，并向学校核实。"),
    }
    headline, text = words.get(
        verdict.state, ("不是签发的原件", "这个文件不是本平台签发的，或内容被改动过。请向学校索取原件。")
    )
    claimed = ""
    if verdict.state == "altered" and view is not None:
        link = f'<a href="/verify/{escape(view.code)}">{escape(view.code)}</a>'
        claim = f"{escape(view.document)}，第 {view.version} 版"
        claimed = f"<dl><div><dt>自称</dt><dd>{claim}</dd></div><div><dt>核验码</dt><dd>{link}</dd></div></dl>"
    body = f"<section class='card'>{_badge('forged', headline, '文件核验结果')}<p>{escape(text)}</p>{claimed}{_FORM}</section>"
    return _page("forged", headline, body, _chooser("核验另一个文件"), None)


def _chooser(title: str) -> str:
    return (
        f"<section class='card' id='check'><h2>{title}</h2>"
        "<div class='scripted' hidden><p class='soft'>选择 PDF 或 JSON 文件。文件不会上传，只在您的设备上比对。</p>"
        "<input id='file' class='away' type='file' accept='.pdf,.json,application/pdf,application/json'>"
        "<label class='btn' for='file'>选择要核验的文件</label><span id='chosen'></span>"
        "<p id='result' role='status' aria-live='polite'></p></div>"
        "<form class='scriptless' action='/api/archive/verification/file' method='post' enctype='multipart/form-data'>"
        "<label for='sent'>选择 PDF 或 JSON 文件。文件只用来比对，不会保存</label>"
        "<input class='files' id='sent' name='file' type='file' required "
        "accept='.pdf,.json,application/pdf,application/json'>"
        "<button class='btn' type='submit'>核验这个文件</button></form></section>"
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
        style=_STYLE[0],
        script=_SCRIPT[0],
        state=state,
        headline=escape(headline),
        body=body,
        chooser=chooser,
        pdf=escape(view.pdf_sha256) if view else "",
        json=escape(view.json_sha256) if view else "",
        newer=view.superseded_by.version if view and view.superseded_by else "",
        again='<a href="/verify">核验另一份档案</a>　' if view else "",
    )
