"""Who is notified of the final submission of a stage (CS-08): as `notification_rules`, one pure function per event."""

from collections.abc import Mapping

from contracts.records import (
    FinalSubmissionApprovedV1,
    FinalSubmissionEvent,
    FinalSubmissionReturnedV1,
    FinalSubmissionSubmittedV1,
    FinalSubmissionWithdrawnV1,
)
from servicekit.directory import Term

from notify.domain import Handled, Link, Notification, Notifications, address_for

FINAL_REVIEW = "final.review"


def final_submitted(event: FinalSubmissionSubmittedV1, term: Term) -> Notifications:
    """Notify the reviewer (CS-08)."""
    notification = Notification(
        address=address_for(event.reviewer_role, term.scheme, event.path, event.student_id),
        kind=FINAL_REVIEW,
        path=event.path,
        link=Link("records", "final-submissions", event.term_id),
        facts={"title": event.title, "student_name": event.student_name, "records": event.records},
        folds=True,
        thing=event.submission_id,
        rank=event.version,
    )
    return Notifications((notification,))


def final_withdrawn(event: FinalSubmissionWithdrawnV1) -> Notifications:
    """Notify nobody; withdraw what the reviewer was sent."""
    return Notifications((), (Handled(FINAL_REVIEW, event.submission_id, event.version),))


def final_returned(event: FinalSubmissionReturnedV1) -> Notifications:
    """Notify the student (CS-08)."""
    return _of_final(event, "final.returned", {"reason": event.reason_title, "note": event.note})


def final_approved(event: FinalSubmissionApprovedV1) -> Notifications:
    """Notify the student, also of how many records were left out (CS-08)."""
    return _of_final(event, "final.approved", {"passed": len(event.record_ids), "refused": event.refused or None})


def _of_final(event: FinalSubmissionEvent, kind: str, values: Mapping[str, str | int | None]) -> Notifications:
    link = Link("records", "final-selection", event.term_id)
    notification = Notification(f"student:{event.student_id}", kind, event.path, link, {"title": event.title, **values})
    return Notifications((notification,), (Handled(FINAL_REVIEW, event.submission_id, event.version),))
