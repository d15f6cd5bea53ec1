"""The frame and the style of the start page and of the pages under `/docs`: the colours of the printed archives."""

FRAME = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="{icon}">{head}<style>{style}</style></head>
<body>{body}</body></html>"""
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' "
    "rx='6' fill='%2323506b'/%3E%3Cpath d='M8 17l6 6 11-14' fill='none' stroke='%23fff' stroke-width='3.5'/%3E%3C/svg%3E"
)
STYLE = """
:root{--ink:#1d2733;--soft:#5f6b78;--line:#d5dbe0;--accent:#23506b;--wash:#f3f6f8;color-scheme:light}
*{box-sizing:border-box}
body{font:16px/1.7 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;margin:0;color:var(--ink)}
.bar{background:var(--accent);color:#fff}
.bar nav{max-width:64rem;margin:0 auto;padding:.5rem 1.25rem;display:flex;flex-wrap:wrap;gap:.25rem 1.5rem}
.bar a{color:#fff;text-decoration:none;padding:.25rem 0}
.bar a:first-child{font-weight:600;letter-spacing:.1em}
.bar a:hover,.bar a[aria-current]{text-decoration:underline;text-underline-offset:.4em}
main{max-width:64rem;margin:0 auto;padding:1rem 1.25rem 4rem}
main h1{font-size:1.75rem;line-height:1.4;margin:1rem 0 .5rem}
main h2{font-size:1.125rem;font-weight:600;color:var(--accent);margin:2.25rem 0 .75rem;padding-bottom:.35rem;
 border-bottom:1px solid var(--accent)}
main a{color:var(--accent)}
:focus-visible{outline:3px solid #f0b429;outline-offset:2px}
.soft{color:var(--soft)}
main code,main pre{font:.875rem/1.6 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
main pre{background:var(--wash);padding:.75rem;overflow:auto;margin:.5rem 0}
main table{border-collapse:collapse;width:100%}
main td,main th{text-align:left;padding:.45rem .75rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:top}
main th{font-weight:400;color:var(--soft);font-size:.875rem}
main tr:target td,main details:target{background:#fdf6e6}
main details{border-bottom:1px solid var(--line);padding:.45rem 0}
main summary{cursor:pointer}
main summary span{display:block;color:var(--soft)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(16rem,1fr));gap:1rem;padding:0;list-style:none}
.cards a{display:block;height:100%;padding:1.25rem;border:1px solid var(--line);border-top:3px solid var(--accent);
 text-decoration:none;color:var(--ink)}
.cards a:hover{background:var(--wash)}
.cards b{display:block;font-size:1.125rem;color:var(--accent)}
.hero{padding:4rem 0 1rem;text-align:center}
.hero p{max-width:38rem;margin:.75rem auto 0;color:var(--soft)}
main .hero h1{font:400 2rem/1.4 "Noto Serif SC","Songti SC","Noto Serif CJK SC",SimSun,serif;
 letter-spacing:.2em;margin:0 -.2em 0 0}
@media(max-width:40rem){
 main .hero{padding-top:2rem} main .hero h1{font-size:1.5rem;letter-spacing:.1em;margin-right:-.1em}
 main tr{display:block;border-bottom:1px solid var(--line);padding:.4rem 0}
 main td{display:block;border:0;padding:0} main thead{display:none}
}
.swagger-ui .info{margin:1.5rem 0}
.swagger-ui .scheme-container{padding:1rem 0}
.swagger-ui .topbar{background:var(--wash);padding:.5rem 0;border-bottom:1px solid var(--line)}
.swagger-ui .topbar .link{display:none}
.swagger-ui .topbar .download-url-wrapper .select-label{color:var(--ink);max-width:34rem;margin:0}
.swagger-ui .topbar .download-url-wrapper .select-label select{border:1px solid #7f8a95;box-shadow:none}
"""


def framed(title: str, body: str, head: str = "") -> str:
    """A whole document. `title` is plain text without markup."""
    return FRAME.format(title=title, icon=ICON, head=head, style=STYLE, body=body)
