"""Putting contents together: from the rows of students to what is signed. Used by the steps of a seal, and by whoever asks
whether a correction would change anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.db import Tx
from servicekit.directory import find_students

from archive.deps import ArchiveDeps
from archive.domain.compose import career_content, term_content
from archive.domain.content import CareerArchive, Replaced, TermArchive
from archive.domain.material import Collected, Frame, Material, Planned, entering, means
from archive.domain.seals import Archive, Seal, as_it_stood
from archive.domain.terms import Term
from archive.store import careers, material, seals, terms


@dataclass(frozen=True)
class Made:
    """Contents in the order of their archives, and the records that went into each."""

    contents: list[TermArchive | CareerArchive]
    held: dict[UUID, list[UUID]]


async def contents_of(
    deps: ArchiveDeps, tx: Tx, seal: Seal, planned: Sequence[Archive], path: str, replaces: Replaced | None
) -> Made:
    """The contents of archives of one class under one seal. `replaces`: for the one archive of a correction."""
    known = await find_students(tx, [a.student_id for a in planned])
    students = {a.student_id: as_it_stood(known[a.student_id], a) for a in planned}
    everything = await material.material(tx, students.values(), seal.term_id)
    region, url = await terms.region_of(tx, path), f"{deps.settings.public_base}/verify/"
    if seal.kind == "career":
        frame = Frame(seal.made_at, region, url)
        one = await _career(deps, tx, planned[0], everything[planned[0].student_id], frame, replaces)
        return Made([one], {})
    assert seal.term_id is not None
    term = await terms.term(tx, deps.directory, seal.term_id)
    assert term is not None
    whole = [entering(term.scheme, everything[a.student_id]) for a in planned]
    compared = await _class(tx, term, path) if replaces else whole
    frame = Frame(seal.made_at, region, url, means(term.scheme, [m.records for m in compared]) if not term.outside else {})
    contents: list[TermArchive | CareerArchive] = [
        term_content(term, mine, _planned(a, replaces), frame) for a, mine in zip(planned, whole, strict=True)
    ]
    return Made(contents, {a.id: [r.snapshot.record_id for r in m.records] for a, m in zip(planned, whole, strict=True)})


async def _class(tx: Tx, term: Term, path: str) -> list[Material]:
    """What all of a class have in a sealed term, for the means of a corrected archive."""
    ids = await seals.classmates(tx, term.id, path)
    students = await find_students(tx, ids)
    everything = await material.material(tx, students.values(), term.id)
    return [entering(term.scheme, one) for one in everything.values()]


async def _career(
    deps: ArchiveDeps, tx: Tx, archive: Archive, mine: Material, frame: Frame, replaces: Replaced | None
) -> CareerArchive:
    picked = set((await careers.get(tx, archive.student_id)).record_ids)
    sealed = await careers.sealed_terms(tx, archive.student_id)
    all_terms = await terms.terms_by_id(tx, deps.directory, sealed)
    last = next((t for t in reversed(all_terms) if t.outside is None), all_terms[-1])
    chosen = Material(
        student=mine.student,
        records=tuple(r for r in mine.records if r.archived and _belongs(last, r, picked)),
        positions=mine.positions,
        evaluations=mine.evaluations,
    )
    return career_content(last, all_terms, chosen, _planned(archive, replaces), frame)


def _belongs(term: Term, record: Collected, picked: set[UUID]) -> bool:
    """Picked, or not for picking at all (misconduct), or all of it where nobody picks (BJ-09)."""
    career = term.scheme.archives.career
    if career is None or career.picked_by is None or record.snapshot.record_id in picked:
        return True
    return any(record.snapshot.kind in s.kinds for s in career.sections if s.source != "records" or s.kinds)


def _planned(archive: Archive, replaces: Replaced | None) -> Planned:
    return Planned(archive.id, archive.student_id, archive.code, archive.document_no, archive.version, replaces)
