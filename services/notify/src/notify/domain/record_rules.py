"""Who is notified of records and of entries in publicity: as `notification_rules`, one pure function per event."""

from dataclasses import replace

from contracts.publicity import EntryEvent, EntryRestoredV1, EntryVoidedV1
from contracts.records import (
    MisconductReleasedV1,
    RecordApprovedV1,
    RecordEvent,
    RecordReturnedV1,
    RecordSubmittedV1,
    RecordVoidedV1,
    RecordWithdrawnV1,
)
from scheme import Scheme
from servicekit.directory import Term

from notify.domain import FAMILY, Handled, Link, Notification, Notifications, address_for, author_address, rank_of, texts

REVIEW = "record.review"


def submitted(event: RecordSubmittedV1, term: Term) -> Notifications:
    """Notify the reviewer of the step (JX-04)."""
    record = event.record
    notification = Notification(
        address=address_for(event.reviewer_role, term.scheme, record.path, record.student_id),
        kind=REVIEW,
        path=record.path,
        link=Link("records", "reviews", record.term_id),
        facts={"title": record.title, **_words(term.scheme), **_of_review(event, term.scheme)},
        folds=True,
        thing=event.record_id,
        rank=rank_of(event.at),
    )
    return Notifications((notification,))


def _confirmed(kind: str, scheme: Scheme) -> bool:
    """Whether students confirm records of this kind, which others entered about them (SH-07)."""
    found = next((one for one in scheme.kinds if one.id == kind), None)
    return found is not None and any(step.role in FAMILY for step in found.review.steps)


def _words(scheme: Scheme) -> dict[str, str | None]:
    """The deployment's words for records and what is done with them."""
    return {word: scheme.text(word, texts.WORDS[word]) for word in ("record", "submit", "return")}


def _of_review(event: RecordSubmittedV1, scheme: Scheme) -> dict[str, str | None]:
    """What the reviewer does: staff review what a student handed in, students confirm what was entered about them (SH-07)."""
    record = event.record
    values = {} if record.origin == "reported" else {"submit": "录入"}
    if event.reviewer_role in FAMILY:
        return {**values, "review": scheme.text("confirm", texts.WORDS["confirm"]), "student_name": None}
    return {**values, "student_name": record.student_name}


def returned(event: RecordReturnedV1, term: Term) -> Notifications:
    """Notify who entered the record: the student (JX-04), or the staff whose entry the student refused (SH-07)."""
    record, scheme = event.record, term.scheme
    values: dict[str, str | None] = {"reason": event.reason_title, "note": event.note}
    if not _confirmed(record.kind, scheme):
        notification = _of_record(event, "record.returned", scheme, values)
    else:
        words: dict[str, str | None] = {
            "refuse": scheme.text("refuse", texts.WORDS["refuse"]),
            "student_name": record.student_name,
        }
        notification = _of_record(event, "record.refused", scheme, values | words, folds=True)
    return Notifications((replace(notification, address=author_address(record, scheme)),), _reviewed(event))


def withdrawn(event: RecordWithdrawnV1) -> Notifications:
    """Notify nobody; withdraw what the reviewer was sent."""
    return Notifications((), _reviewed(event))


def approved(event: RecordApprovedV1, term: Term) -> Notifications:
    """Notify the student, except of what students confirm themselves (SH-07).

    Unread ones join in one message.
    """
    if _confirmed(event.record.kind, term.scheme):
        return Notifications((), _reviewed(event))
    return Notifications((_of_record(event, "record.approved", term.scheme, {}, folds=True),), _reviewed(event))


def voided(event: RecordVoidedV1, term: Term) -> Notifications:
    """Notify the student.

    Sent once, whether this event or `EntryVoidedV1` comes first.
    """
    notification = _of_record(event, "record.voided", term.scheme, {"reason": event.reason}, once=f"voided:{event.record_id}")
    return Notifications((notification,), _reviewed(event))


def released(event: MisconductReleasedV1) -> Notifications:
    """Notify the student (JX-14)."""
    day = f"{event.released_on.year}年{event.released_on.month}月{event.released_on.day}日"
    return Notifications((_of_record(event, "misconduct.released", None, {"released_on": day, "reason": event.reason}),))


def _of_record(
    event: RecordEvent,
    kind: str,
    scheme: Scheme | None,
    values: dict[str, str | None],
    *,
    folds: bool = False,
    once: str | None = None,
) -> Notification:
    record = event.record
    return Notification(
        address=f"student:{record.student_id}",
        kind=kind,
        path=record.path,
        link=Link("records", "record", event.record_id),
        facts={"title": record.title, **(_words(scheme) if scheme is not None else {}), **values},
        folds=folds,
        once=once,
    )


def _reviewed(event: RecordEvent) -> tuple[Handled, ...]:
    return (Handled(REVIEW, event.record_id, rank_of(event.at)),)


def entry_voided(event: EntryVoidedV1, term: Term) -> Notifications:
    """Notify the student (JX-09, CS-10); that a record is void once, whether this event or `RecordVoidedV1` comes first."""
    if event.outcome == "exclude":
        return Notifications((_of_entry(event, "record.excluded", term.scheme, event.reason),))
    return Notifications((_of_entry(event, "record.voided", term.scheme, event.reason, once=f"voided:{event.record_id}"),))


def entry_restored(event: EntryRestoredV1, term: Term) -> Notifications:
    """Notify the student (CS-11)."""
    return Notifications((_of_entry(event, "record.restored", term.scheme, event.reason),))


def _of_entry(event: EntryEvent, kind: str, scheme: Scheme, reason: str | None, once: str | None = None) -> Notification:
    return Notification(
        address=f"student:{event.student_id}",
        kind=kind,
        path=event.path,
        link=Link("records", "record", event.record_id),
        facts={"title": event.title, "record": scheme.text("record", texts.WORDS["record"]), "reason": reason},
        once=once,
    )
