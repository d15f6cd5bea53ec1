"""The content of an archive as data for a page."""

from scheme import Scheme
from scheme.outcomes import Section

from archive.domain.content import (
    Backfilled,
    CareerContent,
    DimensionRecords,
    Evaluated,
    GivenVerdict,
    Misconduct,
    Position,
    Profile,
    Radar,
    Replaced,
    SchoolAndClass,
    Table,
    TableGroup,
    TermContent,
)
from archive.domain.seals import Archive
from archive.views import ArchiveView
from archive.views.base import View


class SectionView(View):
    """A section in the scheme's order; `source` says which part of the content it shows, `count` how many entries it has.
    `kinds`: of records, the titles of the kinds that it shows."""

    id: str
    title: str
    source: str
    count: int | None
    kinds: tuple[str, ...]


class ContentView(View):
    """One archive: what it is, its sections, and the parts that they show. `period`: the term's title, or the years."""

    archive: ArchiveView
    title: str
    period: str
    sections: list[SectionView]
    school_and_class: SchoolAndClass
    student: Profile
    positions: tuple[Position, ...]
    radar: Radar | None
    dimensions: tuple[DimensionRecords, ...]
    groups: tuple[TableGroup, ...]
    evaluations: tuple[Evaluated, ...]
    misconduct: tuple[Misconduct, ...]
    backfill: Backfilled | None
    replaces: Replaced | None
    result: GivenVerdict | None
    scores: tuple[Table, ...]


def content_view(archive: Archive, content: TermContent | CareerContent, scheme: Scheme) -> ContentView:
    """An archive with its content, in the sections of the scheme."""
    of = scheme.archives.term if archive.kind == "term" else scheme.archives.career
    sections = of.sections if of else ()
    own = {"archive", "period", "sections", "backfill"}
    parts = {name: getattr(content, name) for name in ContentView.model_fields if name not in own}
    return ContentView(
        **parts,
        archive=ArchiveView.of(archive),
        period=content.term if isinstance(content, TermContent) else content.period,
        backfill=content.backfill if isinstance(content, TermContent) else None,
        sections=section_views(sections, content, scheme),
    )


def section_views(sections: tuple[Section, ...], content: TermContent | CareerContent, scheme: Scheme) -> list[SectionView]:
    """The sections with what each shows and how many entries it has."""
    kinds = {one.id: _kinds(one, sections, scheme) for one in sections}
    return [
        SectionView(
            id=one.id,
            title=one.title,
            source=_source(one, content),
            count=_count(one, content, kinds[one.id]),
            kinds=kinds[one.id],
        )
        for one in sections
    ]


def _source(section: Section, content: TermContent | CareerContent) -> str:
    """Records that are printed as tables, such as scores, are in `groups` under the section's title."""
    is_table = section.source == "records" and any(group.title == section.title for group in content.groups)
    return "groups" if is_table else section.source


def _kinds(section: Section, sections: tuple[Section, ...], scheme: Scheme) -> tuple[str, ...]:
    """The kinds that a section of records names; without any, all that no other section names."""
    if section.source != "records":
        return ()
    named = {kind for other in sections for kind in other.kinds}
    return tuple(k.title for k in scheme.kinds if (k.id in section.kinds if section.kinds else k.id not in named))


def _count(section: Section, content: TermContent | CareerContent, kinds: tuple[str, ...]) -> int | None:
    match _source(section, content):
        case "records":
            of_dimensions = (kind for dimension in content.dimensions for kind in dimension.kinds)
            return sum(len(kind.records) for kind in of_dimensions if kind.kind in kinds)
        case "groups":
            tables = (table for group in content.groups if group.title == section.title for table in group.tables)
            return sum(len(table.rows) for table in tables)
        case "positions":
            return len(content.positions)
        case "evaluations":
            return sum(len(one.statements) for one in content.evaluations)
        case "misconduct":
            return len(content.misconduct)
        case _:
            return None
