"""What the pages under `/docs` look like: pure functions from documents to HTML."""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

type Json = dict[str, Any]

_SHELL = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>{head}<style>
body{{font:16px/1.6 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:0;color:#1d2733}}
main{{max-width:60rem;margin:0 auto;padding:1.5rem}} code,pre{{font-family:ui-monospace,monospace;font-size:.875rem}}
pre{{background:#f4f6f8;padding:.75rem;overflow:auto}} table{{border-collapse:collapse;width:100%}}
td,th{{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #dde3ea;vertical-align:top}}
details{{border-bottom:1px solid #dde3ea;padding:.4rem 0}} summary{{cursor:pointer}} nav a{{margin-right:1rem}}
</style></head><body>{body}</body></html>"""
_NAV = (
    '<nav><a href="/docs">首页</a><a href="/docs/openapi">接口</a>'
    '<a href="/docs/asyncapi">事件</a><a href="/docs/problems">拒绝代码</a></nav>'
)
_SWAGGER = (
    '<link rel="stylesheet" href="/docs/static/swagger-ui.css">'
    '<script defer src="/docs/static/swagger-ui-bundle.js"></script>'
    '<script defer src="/docs/static/swagger-ui-standalone-preset.js"></script>'
    '<script defer src="/docs/openapi.js"></script>'
)
OPENAPI = _SHELL.format(title="综评 · 接口", head=_SWAGGER, body='<div id="ui"></div>')


def start(services: Sequence[str]) -> str:
    """The first page: where everything is."""
    rows = "".join(f'<tr><td><a href="/docs/openapi?urls.primaryName={name}">{name}</a></td></tr>' for name in services)
    body = (
        "<h1>综评 · 综合素质评价平台</h1>"
        f"<h2>接口 (OpenAPI 3.1)</h2><table>{rows}</table>"
        '<h2>服务之间的事件 (AsyncAPI)</h2><p><a href="/docs/asyncapi">网页</a> · '
        '<a href="/docs/asyncapi.json">JSON</a></p>'
        '<h2>拒绝代码</h2><p><a href="/docs/problems">每个代码的含义</a></p>'
    )
    return _page("综评", body)


def script(addresses: list[dict[str, str]]) -> str:
    """Starts the viewer with one entry per service: {name, url}."""
    options = {"urls": addresses, "dom_id": "#ui", "deepLinking": True, "layout": "StandaloneLayout"}
    presets = "presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset]"
    return f"window.ui = SwaggerUIBundle(Object.assign({json.dumps(options)}, {{{presets}}}));\n"


def facts(document: Json) -> str:
    """Every fact with its description and schema, from an AsyncAPI 3 document."""
    components: Json = document.get("components", {})
    schemas = "".join(
        f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"<p>{escape(str(schema.get('description', '')))}</p><pre>{_pretty(schema)}</pre></details>"
        for name, schema in sorted(components.get("schemas", {}).items())
    )
    channels = "".join(
        f"<tr><td><code>{escape(str(channel.get('address', name)))}</code></td>"
        f"<td>{escape(str(channel.get('description', '')))}</td></tr>"
        for name, channel in sorted(document.get("channels", {}).items())
    )
    return _page("综评 · 事件", f"<h1>事件</h1><table>{channels}</table><h2>结构</h2>{schemas}")


def problems(meanings: dict[str, tuple[int, str]]) -> str:
    """Every refusal: code → (HTTP status, sentence)."""
    rows = "".join(
        f'<tr id="{escape(code)}"><td><code>{escape(code)}</code></td><td>{status}</td><td>{escape(title)}</td></tr>'
        for code, (status, title) in meanings.items()
    )
    return _page("综评 · 拒绝代码", f"<h1>拒绝代码</h1><table><tr><th>代码</th><th>HTTP</th><th>含义</th></tr>{rows}</table>")


def _page(title: str, body: str) -> str:
    return _SHELL.format(title=title, head="", body=f"<main>{_NAV}{body}</main>")


def _pretty(value: Any) -> str:
    return escape(json.dumps(value, ensure_ascii=False, indent=2))
