"""The page of a growth handbook: HTML that any browser opens, without network and without a script (BJ-09). Pure.

Everything that people wrote is escaped, and names of files in addresses are quoted.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from html import escape
from itertools import groupby
from urllib.parse import quote

from archive.domain.content import ByClassmates, DimensionRecords, Evaluated, Misconduct, Position, Summary, Table, TermContent
from archive.domain.handbooks import HELP, Attachment, Handbook, HandbookArchive, HandbookRecord

_STYLE = """
body{font:16px/1.7 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;color:#1d2733}
body{max-width:52rem;margin:0 auto;padding:1rem 1rem 3rem}
h1{font-size:1.7rem;margin:.5rem 0}h2{font-size:1.35rem;color:#23506b;border-bottom:2px solid #23506b;margin-top:2.4rem}
h3{font-size:1.12rem;color:#23506b;margin:1.4rem 0 .3rem}h4{font-size:1rem;margin:1rem 0 .2rem}
a{color:#23506b}.soft{color:#5f6b78;font-size:.9rem}ul{padding-left:1.2rem}
table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.6rem 0}caption{text-align:left;font-weight:600}
th,td{border:1px solid #b9c2ca;padding:.3rem .5rem;text-align:left;vertical-align:top}th{background:#eef3f6}
.wide{overflow-x:auto}article{border-top:1px solid #d5dbe0;padding:.6rem 0}
img{max-width:100%;max-height:40rem;height:auto;margin:.4rem 0;display:block}
p{margin:.3rem 0;white-space:pre-line;overflow-wrap:anywhere}
@media print{body{max-width:none}h2{break-before:page}article,table{break-inside:avoid}}
"""


def page(book: Handbook, missing: Collection[str]) -> str:
    """The page of a handbook. missing: names of files that could not be read; the page says so."""
    school = book.archives[-1].content.school_and_class
    stages = list(dict.fromkeys([*(one.stage for one in book.archives), *(one.stage for one in book.records)]))
    parts = [
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(book.title)} {escape(book.name)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(book.title)}</h1>",
        f"<p><b>{escape(book.name)}</b>　{escape(school.school)}　{escape(school.class_name)}</p>",
        '<p class="soft">本手册不联网即可阅读，可以复制或刻录保存。'
        f'正式档案在“档案”文件夹中，<a href="{quote(HELP)}">怎样核验</a>。</p>',
    ]
    for stage in stages:
        heading = stage if len(stages) > 1 else ""
        archives = [one for one in book.archives if one.stage == stage]
        parts += _archives(f"{heading}档案", archives, book.terms.get(stage, 0), missing)
        for one in archives:
            if isinstance(one.content, TermContent):
                parts += _term(one.content, heading)
        parts += _records(f"{heading}成长记录", [one for one in book.records if one.stage == stage], missing)
    return "".join([*parts, "</body></html>"])


def _archives(title: str, archives: Sequence[HandbookArchive], terms: int, missing: Collection[str]) -> Iterator[str]:
    if archives:
        sealed = sum(isinstance(one.content, TermContent) for one in archives)
        count = f'<p class="soft">共{terms}个学期，已归档{sealed}个</p>' if terms else ""
        yield f"<h2>{escape(title)}</h2>{count}<ul>"
        yield from (_link(one, missing) for one in archives)
        yield "</ul>"


def _link(one: HandbookArchive, missing: Collection[str]) -> str:
    a = one.archive
    if one.pdf.name in missing:
        return f"<li>{escape(one.title)}：文件缺失，请重新下载</li>"
    data = "" if one.json.name in missing else f'，<a href="{quote(one.json.name)}">签名数据</a>'
    return (
        f'<li><a href="{quote(one.pdf.name)}">{escape(one.title)}（PDF）</a><br>'
        f'<span class="soft">编号 {escape(a.document_no)}，核验码 {escape(a.code)}{data}</span></li>'
    )


def _term(content: TermContent, stage: str) -> Iterator[str]:
    """One term: positions, results, tables, evaluations and misconduct; its records follow with those of the other terms."""
    parts = [
        *(_table(table, "评价结果") for table in content.scores),
        *_verdict(content),
        *_positions(content.positions),
        *(
            f"<h3>{escape(group.title)}</h3>"
            + "".join(_table(table, table.title if table.title != group.title else "") for table in group.tables)
            for group in content.groups
            if group.tables
        ),
        *_summaries(content.dimensions),
        *(part for evaluated in content.evaluations for part in _evaluated(evaluated)),
        *_misconduct(content.misconduct),
    ]
    yield f"<h2>{escape(stage)}{escape(content.term)}</h2>"
    yield from parts or ['<p class="soft">这个学期没有评价和评语。</p>']


def _verdict(content: TermContent) -> Iterator[str]:
    given = content.result
    if given is not None:
        reason = f"<p>{escape(given.reason)}</p>" if given.reason else ""
        yield f"<h3>{escape(given.title)}</h3><p><b>{escape(given.verdict)}</b></p>{reason}{_by(given.author, given.given_on)}"


def _positions(positions: Sequence[Position]) -> Iterator[str]:
    if positions:
        rows = tuple((one.name, one.scope, one.period, one.duties) for one in positions)
        yield "<h3>任职情况</h3>" + _rows(("职务", "范围", "时间", "职责"), rows)


def _summaries(dimensions: Sequence[DimensionRecords]) -> Iterator[str]:
    """What somebody wrote or chose for each dimension, as one table."""
    by_title: dict[str, list[tuple[str, Summary]]] = {}
    for dimension in dimensions:
        for one in dimension.summaries:
            by_title.setdefault(one.title, []).append((dimension.dimension, one))
    for title, found in by_title.items():
        rows = tuple((dimension, "　".join(part for part in (one.choice, one.text) if part)) for dimension, one in found)
        yield f"<h3>{escape(title)}</h3>{_rows(('维度', '评价'), rows)}"
        yield from dict.fromkeys(_by(one.author, one.written_on) for _, one in found)


def _evaluated(evaluated: Evaluated) -> Iterator[str]:
    parts = [
        f"<p>{escape('　'.join(part for part in (one.choice, one.text) if part))}</p>{_by(one.author, one.written_on)}"
        for one in evaluated.statements
    ]
    parts += [part for group in evaluated.by_classmates for part in _by_classmates(group)]
    yield f"<h3>{escape(evaluated.title)}</h3>{''.join(parts) or '<p class="soft">未填写</p>'}"


def _by_classmates(group: ByClassmates) -> Iterator[str]:
    """How often classmates made each choice, and what they wrote; never who."""
    if group.note:
        yield f'<p class="soft">{escape(group.note)}</p>'
        return
    yield f'<p class="soft">{group.evaluators} 名同学评价</p>'
    if group.dimensions and group.choices:
        named = any(one.dimension for one in group.dimensions)
        rows = tuple((*([one.dimension] if named else []), *map(str, one.counts)) for one in group.dimensions)
        yield _rows((*(["项目"] if named else []), *group.choices), rows)
    yield from (f"<p>{escape(text)}</p>" for text in group.texts)


def _misconduct(found: Sequence[Misconduct]) -> Iterator[str]:
    if found:
        yield "<h3>违纪情况</h3>"
    for one in found:
        release = f"已于{_day(one.release.released_on)}解除：{one.release.reason}" if one.release else ""
        parts = [_day(one.happened_on), one.measure]
        yield f'<p>{escape(one.what)}</p><p class="soft">{escape("　".join(part for part in parts if part))}</p>'
        yield f"<p>{escape(release)}</p>" if release else ""


def _by(author: str, on: date | None) -> str:
    return f'<p class="soft">{escape("　".join(part for part in (author, _day(on)) if part))}</p>'


def _day(on: date | None) -> str:
    return f"{on.year}年{on.month}月{on.day}日" if on else ""


def _table(table: Table, title: str) -> str:
    note = f'<p class="soft">{escape(table.note)}</p>' if table.note else ""
    return _rows(table.columns, table.rows, title) + note


def _rows(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> str:
    caption = f"<caption>{escape(title)}</caption>" if title else ""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table>{caption}<tr>{head}</tr>{body}</table></div>'


def _records(title: str, records: Sequence[HandbookRecord], missing: Collection[str]) -> Iterator[str]:
    if records:
        yield f"<h2>{escape(title)}</h2>"
    for dimension, of_dimension in groupby(records, key=lambda one: one.dimension):
        yield f"<h3>{escape(dimension)}</h3>"
        for kind, of_kind in groupby(of_dimension, key=lambda one: one.kind):
            yield f"<h4>{escape(kind)}</h4>"
            yield from (_record(one, missing) for one in of_kind)


def _record(one: HandbookRecord, missing: Collection[str]) -> str:
    record = one.record
    about = "，".join(part for part in (record.term, _written(record.when), record.source) if part)
    details = "".join(_lines(f"{detail.label}：{detail.value}" for detail in record.details))
    text = f"<p>{escape(record.text)}</p>" if record.text else ""
    files = "".join(_attachment(attachment, missing) for attachment in one.attachments)
    return f'<article><b>{escape(record.title)}</b><p class="soft">{escape(about)}</p>{details}{text}{files}</article>'


def _written(when: str) -> str:
    try:
        return _day(date.fromisoformat(when))
    except ValueError:
        return when


def _lines(texts: Iterable[str]) -> Iterator[str]:
    return (f"<p>{escape(text)}</p>" for text in texts)


def _attachment(attachment: Attachment, missing: Collection[str]) -> str:
    name = attachment.file.name
    if name in missing:
        return f'<p class="soft">{escape(name)}：文件缺失</p>'
    shown = escape(name.rpartition("/")[2])
    if attachment.picture:
        return f'<a href="{quote(name)}"><img src="{quote(name)}" alt="{shown}"></a>'
    return f'<p>附件：<a href="{quote(name)}">{shown}</a></p>'
