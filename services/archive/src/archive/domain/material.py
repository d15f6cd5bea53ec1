"""What the content of an archive is made from: records, positions and evaluations of one student."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from contracts.base import RecordSnapshot
from scheme import Kind, Scheme
from scheme.kinds import Dimension
from servicekit.directory import Student

from archive.domain.confirmations import Confirmation
from archive.domain.content import Release, Replaced
from archive.domain.evaluations import Evaluation
from archive.domain.peers import PeerCard
from archive.domain.score_sheets import LockedScore
from archive.domain.terms import ArchiveTerm
from archive.domain.verdicts import Verdict


@dataclass(frozen=True)
class Collected:
    """A record that counts; `term` is the title of its term."""

    snapshot: RecordSnapshot
    term: str
    release: Release | None = None
    archived: bool = False
    """It is in a sealed term archive."""


@dataclass(frozen=True)
class HeldPosition:
    """A position that the student held, approved by the class teacher (JX-11)."""

    title: str
    level: str | None
    starts_on: date
    ends_on: date | None
    duties: str | None


@dataclass(frozen=True)
class Material:
    """Everything of one student that goes into one archive."""

    student: Student
    records: tuple[Collected, ...] = ()
    positions: tuple[HeldPosition, ...] = ()
    evaluations: tuple[tuple[str, Evaluation], ...] = ()
    """Each with the title of its term."""
    verdict: Verdict | None = None
    """Of the one term (SH-11)."""
    confirmation: Confirmation | None = None
    locked: tuple[LockedScore, ...] = ()
    """The locked scores, of the term or of all, oldest first (BJ-10)."""
    by_classmates: tuple[tuple[str, str, tuple[PeerCard, ...]], ...] = ()
    """What classmates said of the student: (title of the term, type, cards)."""


@dataclass(frozen=True)
class Span:
    """The terms whose material goes into an archive: one term, or those of a stage: of this scheme, begun after `after` and
    not after `until`. `final`: of the earlier ones only the records that passed the final submission (CS-01)."""

    term_id: UUID
    scheme_id: str | None = None
    after: date | None = None
    until: date | None = None
    final: bool = False


def span_of(term: ArchiveTerm, paths: Iterable[str] = ()) -> Span:
    """The terms of a term's archive: where the scheme says so all of the stage of these classes (CS-01)."""
    if term.scheme.archives.term.spans == "term" or term.backfill is not None:
        return Span(term.id)
    return replace(whole_stage(term, paths), final=term.scheme.final is not None)


def whole_stage(term: ArchiveTerm, paths: Iterable[str] = ()) -> Span:
    """The terms of the stage up to this one: of these classes, which are of one stage; none: of the school's first stage."""
    years = max((term.schooling_of(path).years for path in paths), default=term.schooling.years)
    after = term.starts_on - timedelta(days=366 * years - 60)
    return Span(term.id, term.scheme.id, after, term.starts_on)


@dataclass(frozen=True)
class SealContext:
    """What all archives of one seal and class have in common; `replaces`: for the one archive of a correction."""

    made_at: datetime
    region: str
    verify_url: str
    """The address without the code at its end."""
    means: Mapping[str, float] = field(default_factory=dict)
    """The class's mean of each dimension in the radar chart."""
    replaces: Replaced | None = None


def kind_of(scheme: Scheme, snapshot: RecordSnapshot) -> Kind:
    """The kind of a record in the words of the version under which it was written (X-01)."""
    return scheme.kind_as_of(snapshot.scheme_version, snapshot.kind, snapshot.data)


def with_retired(scheme: Scheme, by_kind: Mapping[str, Sequence[Collected]]) -> list[tuple[Dimension, list[Kind]]]:
    """The dimensions with their kinds; in each, and after them, what only an older version of the scheme has (X-01)."""
    found = {dimension.id: (dimension, list(dimension.kinds)) for dimension in scheme.dimensions}
    for name in sorted(by_kind):
        if not scheme.has_kind(name):
            snapshot = by_kind[name][0].snapshot
            own = scheme.as_of(snapshot.scheme_version, name, snapshot.data)
            if not own.is_growth(name):
                dimension = own.dimension_of(name)
                found.setdefault(dimension.id, (dimension, []))[1].append(own.kind(name))
    return list(found.values())


def without_unarchived(scheme: Scheme, material: Material) -> Material:
    """Without records of kinds that the scheme never archives."""
    return replace(material, records=tuple(r for r in material.records if kind_of(scheme, r.snapshot).archive != "never"))


def without_terms(material: Material, term_ids: Collection[UUID], titles: Collection[str]) -> Material:
    """Without results and evaluations of these terms, which have these titles; their records stay."""
    return replace(
        material,
        locked=tuple(one for one in material.locked if one.term_id not in term_ids),
        evaluations=tuple((title, one) for title, one in material.evaluations if one.term_id not in term_ids),
        by_classmates=tuple(one for one in material.by_classmates if one[0] not in titles),
    )


def counts(records: Iterable[Collected]) -> Counter[str]:
    """Records per kind."""
    return Counter(record.snapshot.kind for record in records)


def means(scheme: Scheme, all_records: list[tuple[Collected, ...]]) -> dict[str, float]:
    """The class's mean of each dimension in the radar chart, 0 to 100 with one digit."""
    charts = [scheme.radar(counts(records)) for records in all_records]
    if not charts:
        return {}
    return {name: round(float(sum(chart[name] for chart in charts)) * 100 / len(charts), 1) for name in charts[0]}
