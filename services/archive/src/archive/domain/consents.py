"""Bands that need a reason for each student and the consent of the level above (X-15). Pure.

Whoever enters writes the reasons. Handing the class over asks for consent; the holder of the role above the school consents or
refuses, student by student. Nothing is locked before all have consent; a refusal returns the class. Families see none of it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from scheme import Allowed, Consent
from servicekit.directory import Student
from servicekit.refusals import Refusal

from archive.domain.evaluations import Author
from archive.domain.score_sheets import Sheet, SheetRow, band_title, need_enterable
from archive.domain.scores import RULE, clean_reason
from archive.domain.states import need_collecting
from archive.domain.terms import ArchiveTerm

type ConsentState = Literal["written", "asked", "consented", "refused"]
type Answer = Literal["consent", "refuse"]
type Key = tuple[UUID, str]
"""Student and dimension, within a term."""


@dataclass(frozen=True)
class BandConsent:
    """Why a student gets this band in a dimension, and how far the consent is.

    role: who is asked. author: who wrote the reason. note: what the level above said. version: counts from 1.
    """

    term_id: UUID
    student_id: UUID
    dimension: str
    path: str
    band: str
    role: str
    reason: str
    state: ConsentState
    author: Author
    at: datetime
    note: str = ""
    decided_by_name: str | None = None
    decided_at: datetime | None = None
    version: int = 1

    @property
    def key(self) -> Key:
        """What it is about, within a term."""
        return self.student_id, self.dimension


@dataclass(frozen=True)
class NeededConsent:
    """A student's band in a dimension that needs consent."""

    student: Student
    dimension: str
    band: str
    rule: Consent

    @property
    def key(self) -> Key:
        """What it is about, within a term."""
        return self.student.id, self.dimension


@dataclass(frozen=True)
class NewReason:
    """A reason as somebody writes it. `seen`: the version it is based on."""

    student_id: UUID
    dimension: str
    reason: str
    seen: int | None = None


def needed(term: ArchiveTerm, rows: Iterable[SheetRow]) -> Iterator[NeededConsent]:
    """The bands of these students that need consent."""
    rule = term.need_scored()
    for row in rows:
        for one in row.score.dimensions:
            consent = rule.consent(one.dimension, one.band.id) if one.band else None
            if consent is not None and one.band is not None:
                yield NeededConsent(row.student, one.dimension, one.band.id, consent)


def need_may_write(term: ArchiveTerm, sheet: Sheet, roles: Collection[str], now: datetime) -> None:
    """Refuse whoever enters nothing, handed-over classes and closed windows."""
    need_enterable(term, sheet)
    cited = term.scheme.rule(RULE)
    mine = [part for part in term.scored_at(sheet.path).parts if part.entered and not set(part.by).isdisjoint(roles)]
    if not mine:
        raise term.refusal("forbidden", cited, detail="由评定的人填写理由")
    if not any(isinstance(term.ask(part.operation or "", roles, now, sheet.path), Allowed) for part in mine):
        term.need_open(mine[0].operation or "", roles, now, sheet.path, cited)


def write(
    term: ArchiveTerm, one: NeededConsent | None, new: NewReason, old: BandConsent | None, author: Author, now: datetime
) -> BandConsent | None:
    """The first or the next version of a reason; None where it says the same already. one: what the student's band needs."""
    if one is None:
        raise term.refusal("invalid_input", term.scheme.rule(RULE), detail="这个等级不需要写理由", field="reason")
    reason = clean_reason(term, one.rule.reason, new.reason)
    if old is None:
        if new.seen not in (None, 0):
            raise Refusal("stale_version")
        return BandConsent(
            term.id, new.student_id, new.dimension, one.student.path, one.band, one.rule.by, reason, "written", author, now
        )
    if (old.reason, old.band) == (reason, one.band):
        return None
    if new.seen != old.version:
        raise Refusal("stale_version" if new.seen is not None else "version_required", version=old.version)
    return replace(
        old, path=one.student.path, band=one.band, role=one.rule.by, reason=reason, state="written", author=author, at=now,
        note="", decided_by_name=None, decided_at=None, version=old.version + 1,
    )  # fmt: skip


def lacks_reason(one: NeededConsent, known: Mapping[Key, BandConsent]) -> bool:
    """Whether a reason has to be written, or another one after a refusal."""
    held = known.get(one.key)
    return held is None or held.band != one.band or held.state == "refused"


def need_reasons(term: ArchiveTerm, rows: Iterable[SheetRow], known: Mapping[Key, BandConsent]) -> None:
    """Refuse to hand over while a reason is missing, or was refused and is still the same."""
    lacking = [one for one in needed(term, rows) if lacks_reason(one, known)]
    if lacking:
        raise term.refusal(
            "reasons_missing", term.scheme.rule(RULE), detail=f"还没有写理由：{_named(term, lacking)}",
            help="请评定的人逐人写明理由；不同意的，改评等级或补充理由后再提交", count=len(lacking),
        )  # fmt: skip


def ask(term: ArchiveTerm, rows: Iterable[SheetRow], known: Mapping[Key, BandConsent], now: datetime) -> list[BandConsent]:
    """The requests that go to the level above when a class is handed over: all that have no consent yet."""
    found = []
    for one in needed(term, rows):
        held = known[one.key]
        if held.state != "consented":
            found.append(
                replace(held, path=one.student.path, role=one.rule.by, state="asked", at=now, version=held.version + 1)
            )
    return found


def stop_asking(known: Iterable[BandConsent], now: datetime) -> list[BandConsent]:
    """The requests of a class that is returned: nobody is asked any more."""
    return [replace(one, state="written", at=now, version=one.version + 1) for one in known if one.state == "asked"]


def need_consents(term: ArchiveTerm, rows: Iterable[SheetRow], known: Mapping[Key, BandConsent]) -> None:
    """Refuse to lock before the level above has consented to each."""
    waiting = [
        one
        for one in needed(term, rows)
        if (held := known.get(one.key)) is None or held.state != "consented" or held.band != one.band
    ]
    if waiting:
        titles = "、".join(dict.fromkeys(term.scheme.role_title(one.rule.by) for one in waiting))
        raise term.refusal(
            "consents_open", term.scheme.rule(RULE), detail=f"等待{titles}同意：{_named(term, waiting)}",
            help=f"请联系{titles}", count=len(waiting),
        )  # fmt: skip


def _named(term: ArchiveTerm, some: list[NeededConsent]) -> str:
    rule = term.need_scored()
    names = [
        f"{one.student.name}{term.scheme.dimension(one.dimension).title if one.dimension else ''}{band_title(rule, one.band)}"
        for one in some[:3]
    ]
    return f"{'、'.join(names)}{f'等{len(some)}项' if len(some) > 3 else ''}"


def decide(
    term: ArchiveTerm, one: BandConsent, sheet: Sheet, answer: Answer, note: str, roles: Collection[str], by: str, now: datetime
) -> BandConsent:
    """The request after the level above has answered. A refusal says why; whoever is not asked is refused."""
    cited = term.scheme.rule(RULE)
    need_collecting(term.state, cited)
    rule = term.need_scored().consent(one.dimension, one.band)
    if rule is None or rule.by not in roles:
        raise Refusal("not_found")
    if one.state != "asked" or sheet.locked or sheet.step == 0:
        raise term.refusal("wrong_state", cited, detail="这一项已经答复，或学校已经收回", state=one.state)
    term.need_open(rule.operation, roles, now, one.path, cited)
    text = clean_reason(term, rule.note, note) if note.strip() or answer == "refuse" else ""
    state: ConsentState = "consented" if answer == "consent" else "refused"
    return replace(one, state=state, note=text, decided_by_name=by, decided_at=now, version=one.version + 1)


def sent_back(sheet: Sheet) -> Sheet:
    """The sheet of a class of which something was refused."""
    return replace(sheet, step=0, version=sheet.version + 1)
