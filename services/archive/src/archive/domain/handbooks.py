"""The growth handbook of a student as files that stand alone: archives, records and their files, by stage (BJ-03, BJ-09). Pure.

Names of files are ours. Pictures and attachments are the clean copies (L-16).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from scheme import STAGE_TITLES

from archive.domain.bundles import safe
from archive.domain.compose import record_content, table_sections
from archive.domain.content import CareerContent, Record, TermContent
from archive.domain.material import Collected, kind_of, with_retired
from archive.domain.seals import Archive
from archive.domain.terms import ArchiveTerm

_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "application/pdf": "pdf"}
PAGE, HELP = "index.html", "核验说明.txt"
VERIFYING = """怎样核验

“档案”文件夹中的每个 PDF 文件都由学校数字签名并封印，旁边同名的 json 文件是经签名的数据。任何改动都能检出。
1. 联网时：用手机扫描 PDF 首页的二维码，或在网页上输入核验码，查看是否与系统中的一致。
2. 不联网时：在装有核验工具的电脑上运行  zp verify 文件名.pdf  。
“材料”文件夹中的图片和附件是去除了位置、设备等信息的清洁副本，供查看，不带签名。
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
    """A record as people read it, with its files; `stage`: its title."""

    stage: str
    dimension: str
    kind: str
    record: Record
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True)
class HandbookArchive:
    """A sealed archive with its content and its two files; `stage`: the title of its stage."""

    stage: str
    title: str
    archive: Archive
    content: TermContent | CareerContent
    pdf: HandbookFile
    json: HandbookFile


@dataclass(frozen=True)
class Handbook:
    """All that belongs to one student, in the order of the stages; of each the terms oldest first, then the whole stage. title:
    of the page."""

    name: str
    title: str
    archives: Sequence[HandbookArchive]
    records: Sequence[HandbookRecord]
    terms: Mapping[str, int]
    """How many terms each stage has, by its title: six in a three-year school, four in a two-year one (BJ-12)."""

    @property
    def files(self) -> Iterator[HandbookFile]:
        """Every file but the page."""
        for one in self.archives:
            yield one.pdf
            yield one.json
        for record in self.records:
            yield from (attachment.file for attachment in record.attachments)


def in_order(archives: Iterable[Archive], known: Mapping[UUID, ArchiveTerm]) -> list[tuple[str, Archive]]:
    """The archives with the title of their stage, the first stage first; of each the terms oldest first, the whole stage last.
    known: the terms of these archives. An archive of a whole stage made by an older release follows the last term."""
    found = list(archives)
    terms = sorted(
        (archive for archive in found if archive.term_id in known),
        key=lambda one: (known[one.term_id].starts_on, one.document_no) if one.term_id else (),
    )
    by_stage: dict[str, list[Archive]] = {}
    for archive in terms:
        assert archive.term_id is not None
        by_stage.setdefault(known[archive.term_id].schooling.stage, []).append(archive)
    for archive in found:
        if archive.kind == "career":
            by_stage.setdefault(archive.stage or next(reversed(by_stage), ""), []).append(archive)
    titles: Mapping[str, str] = {str(stage): title for stage, title in STAGE_TITLES.items()}
    return [(titles.get(stage, ""), archive) for stage, of_stage in by_stage.items() for archive in of_stage]


def terms_in_stages(terms: Iterable[ArchiveTerm]) -> dict[str, int]:
    """How many terms the stages of these terms have, by the title of the stage; where each term is archived."""
    return {
        STAGE_TITLES[term.schooling.stage]: term.schooling.terms
        for term in terms
        if term.scheme.archives.term.spans == "term" and not term.scheme.archives.term.grades
    }


def archive_title(archive: Archive, content: TermContent | CareerContent, stage: str) -> str:
    """学期评价表 2026-2027学年第一学期; 成长手册（初中）."""
    document = (content.document or ("学期档案" if archive.kind == "term" else "生涯档案")).removeprefix("综合素质评价")
    return f"{document} {archive.term_title}" if archive.kind == "term" else f"{document}（{stage}）"


def archive_files(archive: Archive, title: str, number: int) -> tuple[HandbookFile, HandbookFile]:
    """The names of an archive's PDF and signed data, which Windows accepts."""
    assert archive.files is not None
    stem = f"档案/{number:02d}-{safe(title.replace(' ', '-'))}"
    files = archive.files
    return (
        HandbookFile(f"{stem}.pdf", False, files.pdf_key, files.pdf_sha256),
        HandbookFile(f"{stem}.json", False, files.json_key, files.json_sha256),
    )


def records_of(records: Iterable[Collected], known: Mapping[UUID, ArchiveTerm]) -> list[HandbookRecord]:
    """The archived records, stage by stage in the order of the scheme there, each with its clean copies, which are numbered;
    without those that the terms print as tables. known: the terms of these records."""
    by_stage: dict[str, list[Collected]] = {}
    newest: dict[str, ArchiveTerm] = {}
    for record in records:
        term = known.get(record.snapshot.term_id)
        if record.archived and term is not None:
            stage = term.schooling.stage
            by_stage.setdefault(stage, []).append(record)
            if stage not in newest or newest[stage].starts_on <= term.starts_on:
                newest[stage] = term
    found: list[HandbookRecord] = []
    number = 0
    for name in sorted(by_stage, key=lambda one: newest[one].starts_on):
        term = newest[name]
        by_kind: dict[str, list[Collected]] = {}
        for record in by_stage[name]:
            by_kind.setdefault(record.snapshot.kind, []).append(record)
        sections = table_sections(term.scheme, term.scheme.archives.term.sections)
        in_tables = {kind for section in sections for kind in section.kinds}
        for dimension, kinds in with_retired(term.scheme, by_kind):
            shown_here = [kind for kind in kinds if kind.id not in in_tables]
            for kind, record in [(one, record) for one in shown_here for record in by_kind.get(one.id, ())]:
                attachments = []
                for evidence in record.snapshot.evidence:
                    number += 1
                    ending = _ENDINGS.get(evidence.media_type, "bin")
                    file = HandbookFile(f"材料/{number:03d}-{safe(kind.title, 20)}.{ending}", True, evidence.public_key)
                    attachments.append(Attachment(file, evidence.media_type.startswith("image/")))
                shown = record_content(kind_of(term.scheme, record.snapshot), record, many_terms=True, zone=term.scheme.zone)
                title = STAGE_TITLES[term.schooling.stage]
                found.append(HandbookRecord(title, dimension.title, kind.title, shown, tuple(attachments)))
    return found
