"""The HTML of the start page and the pages under `/docs`: pure functions."""

import json
import re
from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from stack import plan
from stack.docs_style import framed

type Json = dict[str, Any]

_NAV = (
    ("/", "综评"),
    ("/docs", "开发文档"),
    ("/docs/openapi", "接口"),
    ("/docs/asyncapi", "事件"),
    ("/docs/problems", "拒绝代码"),
)
_SWAGGER = (
    '<link rel="stylesheet" href="/docs/static/swagger-ui.css">'
    '<script defer src="/docs/static/swagger-ui-bundle.js"></script>'
    '<script defer src="/docs/static/swagger-ui-standalone-preset.js"></script>'
    '<script defer src="/docs/openapi.js"></script>'
)


def start_page() -> str:
    """The start page: what the platform is, with links."""
    cards = (
        ("/verify", "核验档案", "输入核验码或选择文件，确认一份学期档案、生涯档案是否由本平台签发、有没有被改动。无需登录。"),
        ("/docs", "开发文档", "各项服务的接口、服务之间的事件、每个拒绝代码的含义，供接入平台的开发人员查阅。"),
    )
    link_list = "".join(f'<li><a href="{to}"><b>{name}</b>{description}</a></li>' for to, name, description in cards)
    return framed(
        "综评 · 学生综合素质评价平台",
        '<main><header class="hero"><h1>学生综合素质评价平台</h1>'
        "<p>学生如实记录并附佐证，教师审核，学校公示，人人可以质疑；经得起公示的记录进入可离线核验的档案。</p></header>"
        f'<ul class="cards">{link_list}</ul>'
        '<p class="soft">这里是平台的服务端。师生与家长使用的网页端、手机端将在后续版本提供。</p></main>',
    )


def developer_page(services: Sequence[str], base: str) -> str:
    """The first page for developers: links to the documents, and how to send a first request. `base`: the gateway's URL."""
    rows = "".join(
        f'<tr><td><a href="/docs/openapi?urls.primaryName={quote(label(name))}">{_title(name)}</a></td>'
        f"<td>{plan.BY_NAME[name].about}</td>"
        f'<td><a href="{_document(name)}"><code>/api/{plan.BY_NAME[name].path}</code></a></td></tr>'
        for name in services
    )
    sign_in = (
        f"curl -s {escape(base)}/api/identity/sessions -H 'Content-Type: application/json' \\\n"
        '  -d \'{"username": "...", "password": "..."}\''
    )
    body = (
        "<h1>开发文档</h1>"
        "<h2>接口（OpenAPI 3.1）</h2>"
        "<table><thead><tr><th>服务</th><th>负责什么</th><th>地址（链接到 JSON）</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
        "<h2>第一次调用</h2><ol>"
        f"<li>登录，得到 <code>access_token</code>：<pre>{sign_in}</pre></li>"
        "<li>在接口页点 <b>Authorize</b> 填入它，或在请求中带上 <code>Authorization: Bearer …</code>；切换服务时不必重填。</li>"
        "<li>账号有多张身份卡时，先用 <code>POST /api/identity/sessions/card</code> 选定其中一张。</li>"
        "<li>写操作可带 <code>Idempotency-Key</code>，重试不会做两次；修改带版本的内容时用 <code>If-Match</code>。</li>"
        '<li>被拒绝时，回答里的 <code>code</code> 说明原因，含义见<a href="/docs/problems">拒绝代码</a>。</li></ol>'
        '<h2>服务之间的事件（AsyncAPI 3）</h2><p><a href="/docs/asyncapi">逐个查看</a>　'
        '<a href="/docs/asyncapi.json">JSON</a></p>'
    )
    return _page("综评 · 开发文档", "/docs", body)


def openapi_page() -> str:
    """The page that shows the OpenAPI document of one service at a time."""
    return framed("综评 · 接口", f'{_bar("/docs/openapi")}<div id="ui"></div>', _SWAGGER)


def openapi_script(services: Sequence[str]) -> str:
    """The script that starts Swagger UI with one entry per service; an entered token is valid for all services."""
    addresses = [{"name": label(name), "url": _document(name)} for name in services]
    options = {"urls": addresses, "dom_id": "#ui", "deepLinking": True, "layout": "StandaloneLayout"}
    presets = "presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset]"
    auth_plugin = '{statePlugins: {auth: {wrapActions: {restoreAuthorization: () => () => ({type: "kept"})}}}}'
    return (
        f"window.ui = SwaggerUIBundle(Object.assign({json.dumps(options)}, {{{presets}, plugins: [() => ({auth_plugin})]}}));\n"
    )


def events_page(document: Json) -> str:
    """The page with all events, their descriptions and schemas, by producer, from an AsyncAPI 3 document."""
    components: Json = document.get("components", {})
    schemas: Json = components.get("schemas", {})
    entries_by_producer: dict[str, list[str]] = {}
    message_schemas: set[str] = set()
    for name, channel in sorted(document.get("channels", {}).items()):
        message: Json = components.get("messages", {}).get(f"{name}:Message", {})
        payload = str(message.get("payload", {}).get("$ref", "")).rpartition("/")[2]
        message_schemas.add(payload)
        address = str(channel.get("address", name))
        entry = _entry(address, str(channel.get("description", "")), schemas.get(payload, {}))
        entries_by_producer.setdefault(address.partition(".")[0], []).append(entry)
    parts = "".join(f"<h2>{_title(producer)}</h2>{''.join(entries)}" for producer, entries in entries_by_producer.items())
    shared = "".join(
        _entry(f"schema-{name}", str(schema.get("description", "")), schema, link_list=name)
        for name, schema in sorted(schemas.items())
        if name not in message_schemas
    )
    intro = '<p class="soft">服务之间只传递已经发生的事实；名称中的 v1 是版本，形状一经发布不再改变。点开可见其结构。</p>'
    return _page("综评 · 事件", "/docs/asyncapi", f"<h1>事件</h1>{intro}{parts}<h2>共用的结构</h2>{shared}")


def problems_page(meanings: dict[str, tuple[int, str]]) -> str:
    """The page with all refusal codes: code → (HTTP status, Chinese sentence)."""
    rows = "".join(
        f'<tr id="{escape(code)}"><td><code>{escape(code)}</code></td><td>{status}</td><td>{escape(title)}</td></tr>'
        for code, (status, title) in meanings.items()
    )
    return _page(
        "综评 · 拒绝代码",
        "/docs/problems",
        '<h1>拒绝代码</h1><p class="soft">错误回答（RFC 9457）里的 <code>code</code> 是其中之一，含义不随措辞改变。</p>'
        f"<table><thead><tr><th>代码</th><th>HTTP</th><th>含义</th></tr></thead><tbody>{rows}</tbody></table>",
    )


def label(service: str) -> str:
    """A service's name in Swagger UI's list."""
    return f"{service} {plan.BY_NAME[service].title}"


def _title(service: str) -> str:
    return f"{plan.BY_NAME[service].title} {service}" if service in plan.BY_NAME else escape(service)


def _document(service: str) -> str:
    return f"/api/{plan.BY_NAME[service].path}/openapi.json"


def _entry(name: str, description: str, schema: Json, link_list: str = "") -> str:
    pretty = escape(json.dumps(schema, ensure_ascii=False, indent=2), quote=False)
    linked = re.sub(r"#/components/schemas/(\w+)", r'<a href="#schema-\1">\1</a>', pretty)
    head = f"<summary><code>{escape(link_list or name)}</code><span>{escape(description)}</span></summary>"
    return f'<details id="{escape(name)}">{head}<pre>{linked}</pre></details>'


def _page(title: str, address: str, body: str) -> str:
    return framed(title, f"{_bar(address)}<main>{body}</main>")


def _bar(address: str) -> str:
    links = "".join(f'<a href="{to}"{" aria-current=page" if to == address else ""}>{name}</a>' for to, name in _NAV)
    return f'<header class="bar"><nav aria-label="页面">{links}</nav></header>'
