"""Which fact tells whom what: one pure function per fact. Words are in `texts`; no complainant is passed on (X-08)."""

from contracts.archive import (
    ArchiveBackfilledV1,
    ArchiveCorrectedV1,
    CareerSealedV1,
    ExportReadyV1,
    TermSealedV1,
)
from contracts.base import ancestor
from contracts.publicity import (
    CaseClosedV2,
    CaseFact,
    CaseLapsedV1,
    CaseMovedV2,
    CaseOpenedV2,
    CaseUnsealedV1,
    EntryFact,
    EntryRestoredV1,
    EntryVoidedV1,
    PublicityClosedV1,
    PublicityOpenedV1,
)
from contracts.records import (
    MisconductReleasedV1,
    PositionApprovedV1,
    PositionFact,
    PositionReturnedV1,
    PositionSubmittedV1,
    RecordApprovedV1,
    RecordFact,
    RecordReturnedV1,
    RecordSubmittedV1,
    RecordVoidedV1,
    RecordWithdrawnV1,
)
from scheme import Scheme, Stage

from notify import texts
from notify.domain import Handled, Link, Note, Term, Told, address_for, rank_of

REVIEW = "record.review"
POSITION_REVIEW = "position.review"
CASE = "case.waiting"
PARTIES = ("student", "author", "complainant", "guardian")


def submitted(fact: RecordSubmittedV1, scheme: Scheme) -> Told:
    """The step's reviewer has one more record to review (JX-04)."""
    record = fact.record
    note = Note(
        address=address_for(fact.reviewer_role, scheme, record.path, record.student_id),
        kind=REVIEW,
        path=record.path,
        link=Link("records", "reviews", record.term_id),
        facts={"title": record.title, "student_name": record.student_name},
        folds=True,
        thing=fact.record_id,
        rank=rank_of(fact.at),
    )
    return Told((note,))


def returned(fact: RecordReturnedV1) -> Told:
    """The student learns why, mends and submits again (JX-04)."""
    return Told((_of_record(fact, "record.returned", reason=fact.reason_title, note=fact.note),), _reviewed(fact))


def withdrawn(fact: RecordWithdrawnV1) -> Told:
    """Nobody is told; the reviewer's list is one shorter."""
    return Told((), _reviewed(fact))


def approved(fact: RecordApprovedV1) -> Told:
    """The student learns that it passed; many at once make one message."""
    return Told((_of_record(fact, "record.approved", folds=True),), _reviewed(fact))


def voided(fact: RecordVoidedV1) -> Told:
    """The student learns that it counts no longer; told once, also where publicity said it first."""
    note = _of_record(fact, "record.voided", once=f"voided:{fact.record_id}", reason=fact.reason)
    return Told((note,), _reviewed(fact))


def released(fact: MisconductReleasedV1) -> Told:
    """Misconduct was released (JX-14)."""
    day = f"{fact.released_on.year}年{fact.released_on.month}月{fact.released_on.day}日"
    return Told((_of_record(fact, "misconduct.released", released_on=day, reason=fact.reason),))


def _of_record(fact: RecordFact, kind: str, folds: bool = False, once: str | None = None, **facts: str | None) -> Note:
    record = fact.record
    return Note(
        address=f"student:{record.student_id}",
        kind=kind,
        path=record.path,
        link=Link("records", "record", fact.record_id),
        facts={"title": record.title, **facts},
        folds=folds,
        once=once,
    )


def _reviewed(fact: RecordFact) -> tuple[Handled, ...]:
    return (Handled(REVIEW, fact.record_id, rank_of(fact.at)),)


def position_submitted(fact: PositionSubmittedV1) -> Told:
    """The class teacher has one more position to review (JX-11)."""
    note = Note(
        address=f"class_teacher@{ancestor(fact.path, 'class')}",
        kind=POSITION_REVIEW,
        path=fact.path,
        link=Link("records", "positions", fact.term_id),
        facts={"title": fact.title, "student_name": fact.student_name},
        folds=True,
        thing=fact.position_id,
        rank=fact.version,
    )
    return Told((note,))


def position_returned(fact: PositionReturnedV1) -> Told:
    """The student learns why (JX-11)."""
    return _of_position(fact, "position.returned", reason=fact.reason_title, note=fact.note)


def position_approved(fact: PositionApprovedV1) -> Told:
    """The student learns that it passed (JX-11)."""
    return _of_position(fact, "position.approved")


def _of_position(fact: PositionFact, kind: str, **facts: str | None) -> Told:
    link = Link("records", "position", fact.position_id)
    note = Note(f"student:{fact.student_id}", kind, fact.path, link, {"title": fact.title, **facts})
    return Told((note,), (Handled(POSITION_REVIEW, fact.position_id, fact.version),))


def publicity_opened(fact: PublicityOpenedV1, term: Term) -> Told:
    """The whole school learns that the board is open, and until when (JX-07)."""
    facts = {"term": term.title, "entries": fact.entries, "ends": texts.moment(fact.ends, term.time_zone)}
    link = Link("publicity", "board", fact.term_id)
    return Told((Note(f"everyone@{fact.path}", "publicity.opened", fact.path, link, facts),))


def publicity_closed(fact: PublicityClosedV1, term: Term) -> Told:
    """The whole school learns that the board is closed."""
    facts = {"term": term.title, "entries": fact.entries, "in_dispute": fact.in_dispute}
    link = Link("publicity", "entries", fact.term_id)
    return Told((Note(f"everyone@{fact.path}", "publicity.closed", fact.path, link, facts),))


def entry_voided(fact: EntryVoidedV1) -> Told:
    """The student learns that the record counts no longer (JX-09, CS-10); once, together with `voided`."""
    return Told((_of_entry(fact, "record.voided", fact.reason, once=f"voided:{fact.record_id}"),))


def entry_restored(fact: EntryRestoredV1) -> Told:
    """The student learns that the record counts again (CS-11)."""
    return Told((_of_entry(fact, "record.restored", fact.reason),))


def _of_entry(fact: EntryFact, kind: str, reason: str | None, once: str | None = None) -> Note:
    return Note(
        address=f"student:{fact.student_id}",
        kind=kind,
        path=fact.path,
        link=Link("records", "record", fact.record_id),
        facts={"title": fact.title, "reason": reason},
        once=once,
    )


def case_opened(fact: CaseOpenedV2, scheme: Scheme) -> Told:
    """The student learns of it, and that it is to be handled after publicity (JX-08); so does the class teacher."""
    facts = _of_case(fact, scheme) | {"type": _type_title(fact, scheme)}
    stage = _first_stage(fact, scheme)
    return Told(
        (
            _note(fact, f"student:{fact.student_id}", "case.opened", facts | {"next": _what_next(stage, scheme, "student")}),
            _note(fact, _teacher(fact), "case.opened.teacher", facts | {"next": _what_next(stage, scheme, "class_teacher")}),
        )
    )


def case_moved(fact: CaseMovedV2, scheme: Scheme, term: Term) -> Told:
    """Who is to act now is told, with the reason it came (JX-09). Staff get one to-do that counts, a party each case."""
    address = address_for(fact.actor, scheme, fact.path, fact.student_id, fact.complainant)
    facts = _of_case(fact, scheme) | {
        "stage": fact.stage_title,
        "last": fact.action_title,
        "reason": fact.reason,
        "due": texts.moment(fact.due_at, term.time_zone) if fact.due_at else None,
    }
    if fact.actor in PARTIES:
        return Told((_note(fact, address, "case.turn", facts),), (Handled(CASE, fact.case_id, rank_of(fact.at)),))
    note = Note(
        address=address,
        kind=CASE,
        path=fact.path,
        link=Link("publicity", "cases", fact.term_id),
        facts=facts,
        folds=True,
        thing=fact.case_id,
        rank=rank_of(fact.at),
    )
    return Told((note,))


def case_closed(fact: CaseClosedV2, scheme: Scheme) -> Told:
    """Both sides and the class teacher are told the outcome and the reason, each in their own words (X-08)."""
    facts = _of_case(fact, scheme) | {"outcome": texts.OUTCOMES[fact.outcome], "reason": fact.reason}
    notes = [
        _note(fact, f"student:{fact.student_id}", "case.closed", facts),
        _note(fact, _teacher(fact), "case.closed.teacher", facts),
    ]
    if fact.complainant is not None:
        notes.append(_note(fact, f"mark:{fact.complainant}", "case.closed.complainant", facts))
    return Told(tuple(notes), (Handled(CASE, fact.case_id, rank_of(fact.at)),))


def case_lapsed(fact: CaseLapsedV1, scheme: Scheme, term: Term) -> Told:
    """Whoever was to act and did not is told, and what the clock did then (X-08)."""
    address = address_for(fact.actor, scheme, fact.path, fact.student_id, fact.complainant)
    due = texts.moment(fact.due_at, term.time_zone) if fact.due_at else None
    facts = _of_case(fact, scheme) | {"stage": fact.stage_title, "due_at": due, "taken": fact.action_title}
    return Told((_note(fact, address, "case.lapsed", facts),))


def case_unsealed(fact: CaseUnsealedV1, scheme: Scheme) -> Told:
    """The complainant learns who opened the seal, and why (X-08)."""
    facts = _of_case(fact, scheme) | {"role": fact.role, "why": fact.reason}
    return Told((_note(fact, f"mark:{fact.complainant}", "case.unsealed", facts),))


def _of_case(fact: CaseFact, scheme: Scheme) -> dict[str, str | None]:
    named = (known.title for known in scheme.cases.types if known.id == fact.case_type)
    return {"title": fact.title, "case": next(named, texts.CASE)}


def _note(fact: CaseFact, address: str, kind: str, facts: dict[str, str | None]) -> Note:
    return Note(address, kind, fact.path, Link("publicity", "case", fact.case_id), facts)


def _teacher(fact: CaseFact) -> str:
    return f"class_teacher@{ancestor(fact.path, 'class')}"


def _type_title(fact: CaseOpenedV2, scheme: Scheme) -> str | None:
    reasons = (reason for known in scheme.cases.types if known.id == fact.case_type for reason in known.reasons)
    return next((reason.title for reason in reasons if reason.id == fact.complaint_type), None)


def _first_stage(fact: CaseOpenedV2, scheme: Scheme) -> Stage | None:
    start = next((entry.stage for entry in scheme.cases.entries if entry.type == fact.case_type), None)
    return scheme.cases.stage(start) if start is not None else None


def _what_next(stage: Stage | None, scheme: Scheme, reader: str) -> str | None:
    if stage is None:
        return None
    if stage.actor != reader:
        return texts.HANDLED_BY.format(scheme.role_title(stage.actor.partition("@")[0]))
    operation = scheme.find_operation(stage.operation) if stage.operation else None
    after = f"{scheme.timing.publicity_operation}.ends"
    return texts.HANDLE_LATER if operation is not None and operation.not_before == after else texts.HANDLE_NOW


def term_sealed(fact: TermSealedV1) -> Told:
    """The whole school learns that the term archives are there (X-10)."""
    link = Link("archive", "term", fact.term_id)
    return Told((Note(f"everyone@{fact.path}", "term.sealed", fact.path, link, {"title": fact.title}),))


def career_sealed(fact: CareerSealedV1) -> Told:
    """The student learns that the career archive is there (JX-13)."""
    link = Link("archive", "career", fact.student_id)
    return Told((Note(f"student:{fact.student_id}", "career.sealed", fact.path, link),))


def archive_corrected(fact: ArchiveCorrectedV1) -> Told:
    """The student learns that their archive has a new version, and why (X-10)."""
    link = Link("archive", "archive", fact.archive_id)
    facts = {"title": fact.title, "version": fact.version, "reason": fact.reason}
    return Told((Note(f"student:{fact.student_id}", "archive.corrected", fact.path, link, facts),))


def archive_backfilled(fact: ArchiveBackfilledV1) -> Told:
    """The student learns that a term spent elsewhere is on file (JX-15)."""
    link = Link("archive", "archive", fact.archive_id)
    return Told((Note(f"student:{fact.student_id}", "archive.backfilled", fact.path, link, {"title": fact.title}),))


def export_ready(fact: ExportReadyV1) -> Told:
    """Who asked for a file can fetch it."""
    link = Link("archive", "export", fact.export_id)
    return Told((Note(f"account:{fact.account_id}", "export.ready", None, link, {"title": fact.title}),))
