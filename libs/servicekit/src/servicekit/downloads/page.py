"""What somebody sees in the place of a download that does not begin: a WebView has left the page that could tell it."""

import base64
import hashlib
from html import escape

from aiohttp import web

from servicekit.refusals import Refusal

_STYLE = (
    "body{font:18px/1.7 system-ui,sans-serif;max-width:30em;margin:15vh auto;padding:0 1.5em;color:#1f2328;background:#fff}"
    "h1{font-size:1.3em}"
)
_POLICY = f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
_PAGE = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>下载没有开始</title><style>{style}</style><h1>下载没有开始</h1><p>{why}</p>"
    "<p>请返回上一页，重新点击下载。</p></html>"
)


def page(refusal: Refusal) -> web.Response:
    """The refusal as a page."""
    why = escape(refusal.detail or refusal.meaning.title)
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    text = _PAGE.format(style=_STYLE, why=why)
    return web.Response(text=text, status=refusal.meaning.status, content_type="text/html", charset="utf-8", headers=headers)
