"""Who is notified of an application for a change of enrolment (BJ-04): as `notification_rules`, a pure function."""

from contracts.base import OrgPath
from contracts.identity import EnrolmentApplicationMovedV1

from notify.domain import Handled, Link, Notification, Notifications, texts

WAITING = "enrolment.waiting"


def application_moved(event: EnrolmentApplicationMovedV1) -> Notifications:
    """Notify who decides next, the family at the beginning, and at the end both schools and the family (BJ-04)."""
    family = f"student:{event.student_id}"
    schools = [event.school] if event.other is None else [event.school, event.other]
    new: list[Notification] = []
    if event.what == "applied":
        new.append(_of(event, family, "enrolment.applied"))
    if event.what == "escalated" and event.decides:
        new.append(_of(event, _administrator(event.decides), "enrolment.escalated", step=event.step_title))
    if event.what in texts.ENROLMENT_OUTCOMES:
        values = {"outcome": texts.ENROLMENT_OUTCOMES[event.what], "reason": event.reason}
        new += [_of(event, address, "enrolment.ended", **values) for address in (family, *map(_administrator, schools))]
    if event.waits_for is None:
        return Notifications(tuple(new), (Handled(WAITING, event.application_id, event.version),))
    if event.what != "escalated":
        waiting = _of(event, _administrator(event.waits_for), WAITING, step=event.step_title)
        new.append(
            Notification(
                waiting.address,
                waiting.kind,
                None,
                waiting.link,
                waiting.facts,
                folds=True,
                thing=event.application_id,
                rank=event.version,
            )
        )
    return Notifications(tuple(new))


def _administrator(path: OrgPath) -> str:
    return f"administrator@{path}"


def _of(event: EnrolmentApplicationMovedV1, address: str, kind: str, **values: str | None) -> Notification:
    facts = {
        "student_name": event.student_name, "change": event.change_title, "school": event.school_title,
        "other": event.other_title, **values,
    }  # fmt: skip
    return Notification(address, kind, None, Link("identity", "enrolment", event.application_id), facts)
