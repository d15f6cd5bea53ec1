"""The growth handbook of a student as files that stand alone: a page that any browser opens, without network (BJ-09).

Everything that people wrote is escaped; names of files are ours. Pictures and attachments are the clean copies (L-16).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from scheme import Scheme, UnknownError

from archive.domain.bundles import safe
from archive.domain.compose import record_content
from archive.domain.content import CareerContent, Evaluated, Record, Table, TermContent
from archive.domain.material import Collected
from archive.domain.seals import Archive

_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "application/pdf": "pdf"}
PAGE, HELP = "index.html", "核验说明.txt"
VERIFYING = """怎样核验

“档案”文件夹中的每个 PDF 文件都由学校数字签名并封印，旁边同名的 json 文件是经签名的数据。任何改动都能检出。
1. 联网时：用手机扫描 PDF 首页的二维码，或在网页上输入核验码，查看是否与系统中的一致。
2. 不联网时：在装有核验工具的电脑上运行  zp verify 文件名.pdf  。
“材料”文件夹中的图片和附件是去除了位置、设备等信息的清洁副本，供查看，不带签名。
"""
_STYLE = """
body{font:16px/1.7 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;color:#1d2733}
body{max-width:52rem;margin:0 auto;padding:1rem}
h1{font-size:1.6rem}h2{font-size:1.25rem;color:#23506b;border-bottom:2px solid #23506b;margin-top:2.2rem}
h3{font-size:1.05rem;color:#23506b;margin-bottom:.3rem}a{color:#23506b}.soft{color:#5f6b78;font-size:.9rem}
table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.6rem 0}
th,td{border:1px solid #b9c2ca;padding:.3rem .5rem;text-align:left}
.wide{overflow-x:auto}article{border-top:1px solid #b9c2ca;padding:.6rem 0}
img{max-width:100%;height:auto;margin:.3rem 0;display:block}
p{margin:.3rem 0;white-space:pre-line;overflow-wrap:anywhere}
"""


@dataclass(frozen=True)
class HandbookFile:
    """A file of a handbook: its name, where it is stored, and its SHA-256 where it was sealed."""

    name: str
    public: bool
    key: str
    sha256: str | None = None


@dataclass(frozen=True)
class Attachment:
    """A picture or another file of a record."""

    file: HandbookFile
    picture: bool


@dataclass(frozen=True)
class HandbookRecord:
    """A record as people read it, with its files."""

    dimension: str
    kind: str
    record: Record
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True)
class HandbookArchive:
    """A sealed archive with its content and its two files."""

    archive: Archive
    content: TermContent | CareerContent
    pdf: HandbookFile
    json: HandbookFile


@dataclass(frozen=True)
class Handbook:
    """All that belongs to one student; archives oldest first, the one of the whole stage last."""

    name: str
    archives: Sequence[HandbookArchive]
    records: Sequence[HandbookRecord]

    @property
    def files(self) -> Iterator[HandbookFile]:
        """Every file but the page."""
        for one in self.archives:
            yield one.pdf
            yield one.json
        for record in self.records:
            yield from (attachment.file for attachment in record.attachments)


def archive_files(archive: Archive, number: int) -> tuple[HandbookFile, HandbookFile]:
    """The names of an archive's PDF and signed data, which Windows accepts."""
    assert archive.files is not None
    title = "学期档案" if archive.kind == "term" else "全学段档案"
    stem = f"档案/{number:02d}-{safe(f'{title}-{archive.term_title}' if archive.kind == 'term' else title)}"
    files = archive.files
    return (
        HandbookFile(f"{stem}.pdf", False, files.pdf_key, files.pdf_sha256),
        HandbookFile(f"{stem}.json", False, files.json_key, files.json_sha256),
    )


def records_of(scheme: Scheme, records: Iterable[Collected]) -> list[HandbookRecord]:
    """The archived records in the scheme's order, each with its clean copies, which are numbered."""
    found: list[HandbookRecord] = []
    number = 0
    order = {kind.id: at for at, kind in enumerate(scheme.kinds)}
    archived = [record for record in records if record.archived and record.snapshot.kind in order]
    for record in sorted(archived, key=lambda one: order[one.snapshot.kind]):
        try:
            kind = scheme.kind(record.snapshot.kind)
        except UnknownError:
            continue
        attachments = []
        for evidence in record.snapshot.evidence:
            number += 1
            ending = _ENDINGS.get(evidence.media_type, "bin")
            file = HandbookFile(f"材料/{number:03d}-{safe(kind.title, 20)}.{ending}", True, evidence.public_key)
            attachments.append(Attachment(file, evidence.media_type.startswith("image/")))
        shown = record_content(kind, record, many_terms=True, zone=scheme.zone)
        found.append(HandbookRecord(scheme.dimension_of(kind.id).title, kind.title, shown, tuple(attachments)))
    return found


def page(book: Handbook, title: str, missing: Collection[str]) -> str:
    """The page of a handbook. missing: names of files that could not be read; the page says so."""
    newest = book.archives[-1].content
    school = newest.school_and_class
    parts = [
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(title)} {escape(book.name)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1><p><b>{escape(book.name)}</b>　{escape(school.school)}　{escape(school.class_name)}</p>",
        '<p class="soft">本手册不联网即可阅读，可以复制或刻录保存。'
        f'正式档案在“档案”文件夹中，<a href="{escape(HELP)}">怎样核验</a>。</p>',
        "<h2>档案</h2><ul>",
        *(_link(one, missing) for one in book.archives),
        "</ul>",
    ]
    for one in book.archives:
        if isinstance(one.content, TermContent):
            parts += _term(one.content)
    parts += _records(book.records, missing)
    return "".join([*parts, "</body></html>"])


def _link(one: HandbookArchive, missing: Collection[str]) -> str:
    a = one.archive
    title = a.term_title if a.kind == "term" else "全学段"
    if one.pdf.name in missing:
        return f"<li>{escape(title)}：文件缺失，请重新下载</li>"
    return (
        f'<li><a href="{escape(one.pdf.name)}">{escape(title)}（PDF）</a> '
        f'<span class="soft">编号 {escape(a.document_no)}，核验码 {escape(a.code)}，'
        f'<a href="{escape(one.json.name)}">签名数据</a></span></li>'
    )


def _term(content: TermContent) -> Iterator[str]:
    yield f"<h2>{escape(content.term)}</h2>"
    for table in content.scores:
        yield _table(table)
    if content.result is not None:
        yield f"<p>{escape(content.result.title)}：<b>{escape(content.result.verdict)}</b> {escape(content.result.reason)}</p>"
    for group in content.groups:
        for table in group.tables:
            yield f"<h3>{escape(table.title or group.title)}</h3>{_table(table)}"
    for evaluated in content.evaluations:
        yield from _evaluated(evaluated)


def _evaluated(evaluated: Evaluated) -> Iterator[str]:
    statements = [
        f"<p>{escape(' '.join(part for part in (one.choice, one.text) if part))}</p>"
        f'<p class="soft">{escape(one.author)} {one.written_on or ""}</p>'
        for one in evaluated.statements
    ]
    statements += [f"<p>{escape(text)}</p>" for group in evaluated.by_classmates for text in group.texts]
    if statements:
        yield f"<h3>{escape(evaluated.title)}</h3>{''.join(statements)}"


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    return f'<div class="wide"><table><tr>{head}</tr>{rows}</table></div>'


def _records(records: Sequence[HandbookRecord], missing: Collection[str]) -> Iterator[str]:
    dimension = kind = ""
    for one in records:
        if one.dimension != dimension:
            dimension, kind = one.dimension, ""
            yield f"<h2>{escape(dimension)}</h2>"
        if one.kind != kind:
            kind = one.kind
            yield f"<h3>{escape(kind)}</h3>"
        about = "，".join(part for part in (one.record.term, one.record.when, one.record.source) if part)
        details = "".join(f"<p>{escape(d.label)}：{escape(d.value)}</p>" for d in one.record.details)
        text = f"<p>{escape(one.record.text)}</p>" if one.record.text else ""
        files = "".join(_attachment(attachment, missing) for attachment in one.attachments)
        yield f'<article><b>{escape(one.record.title)}</b><p class="soft">{escape(about)}</p>{details}{text}{files}</article>'


def _attachment(attachment: Attachment, missing: Collection[str]) -> str:
    name = escape(attachment.file.name)
    if attachment.file.name in missing:
        return f'<p class="soft">{name}：文件缺失</p>'
    return f'<img src="{name}" alt="">' if attachment.picture else f'<p><a href="{name}">{name}</a></p>'
