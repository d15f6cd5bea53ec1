"""Who is notified of an event, and of what: one pure function per event. Words are in `texts`. No rule passes on who
complained (X-08)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from contracts.archive import (
    ArchiveBackfilledV1,
    ArchiveCorrectedV1,
    CareerSealedV1,
    ScoresCorrectedV1,
    ScoresLockedV1,
    SignedFormReturnedV1,
    SignedFormsRemindedV1,
    TermSealedV1,
)
from contracts.identity import AccountChangedV1, CardsChangedV1, ClaimEvent, ClaimOpenedV1, ClaimResolvedV1
from contracts.importer import BatchEndedV1
from contracts.publicity import (
    CaseClosedV2,
    CaseDecidedV1,
    CaseEvent,
    CaseLapsedV1,
    CaseMarkedV1,
    CaseMovedV2,
    CaseOpenedV2,
    CaseUnsealedV1,
    PublicityClosedV1,
    PublicityOpenedV1,
)
from contracts.records import (
    ParticipationChangedV1,
    PositionApprovedV1,
    PositionEvent,
    PositionReturnedV1,
    PositionSubmittedV1,
)
from scheme import Scheme, Stage
from servicekit.directory import Term

from notify.domain import Handled, Link, Notification, Notifications, address_for, rank_of, texts

POSITION_REVIEW = "position.review"
CASE = "case.waiting"
CLAIM = "claim.waiting"
PARTIES = ("student", "author", "complainant", "guardian")


def participation_changed(event: ParticipationChangedV1, term: Term) -> Notifications:
    """Notify the student and the guardians (SH-03)."""
    kind = "participation.resumed" if event.participates else "participation.ended"
    values = {"term": term.title, "reason": event.reason, "by": event.by_name}
    link = Link("records", "term", event.term_id)
    return Notifications((Notification(f"student:{event.student_id}", kind, event.path, link, values),))


def position_submitted(event: PositionSubmittedV1, term: Term) -> Notifications:
    """Notify the reviewer of the first step (JX-11)."""
    scheme = term.scheme
    step = scheme.positions.review.next_step(None, scheme.switch_defaults()) if scheme.positions else None
    if step is None:
        return Notifications(())
    notification = Notification(
        address=address_for(step.role, scheme, event.path, event.student_id),
        kind=POSITION_REVIEW,
        path=event.path,
        link=Link("records", "positions", event.term_id),
        facts={"title": event.title, "student_name": event.student_name},
        folds=True,
        thing=event.position_id,
        rank=event.version,
    )
    return Notifications((notification,))


def position_returned(event: PositionReturnedV1) -> Notifications:
    """Notify the student (JX-11)."""
    return _of_position(event, "position.returned", reason=event.reason_title, note=event.note)


def position_approved(event: PositionApprovedV1) -> Notifications:
    """Notify the student (JX-11)."""
    return _of_position(event, "position.approved")


def _of_position(event: PositionEvent, kind: str, **values: str | None) -> Notifications:
    link = Link("records", "position", event.position_id)
    notification = Notification(f"student:{event.student_id}", kind, event.path, link, {"title": event.title, **values})
    return Notifications((notification,), (Handled(POSITION_REVIEW, event.position_id, event.version),))


def publicity_opened(event: PublicityOpenedV1, term: Term) -> Notifications:
    """Notify everyone of the school (JX-07)."""
    values = {"term": term.title, "entries": event.entries, "ends": texts.moment(event.ends, term.zone)}
    link = Link("publicity", "board", event.term_id)
    return Notifications((Notification(f"everyone@{event.path}", "publicity.opened", event.path, link, values),))


def publicity_closed(event: PublicityClosedV1, term: Term) -> Notifications:
    """Notify everyone of the school."""
    values = {"term": term.title, "entries": event.entries, "in_dispute": event.in_dispute}
    link = Link("publicity", "entries", event.term_id)
    return Notifications((Notification(f"everyone@{event.path}", "publicity.closed", event.path, link, values),))


def case_opened(event: CaseOpenedV2, term: Term) -> Notifications:
    """Notify the student and the class teacher (JX-08)."""
    scheme = term.scheme
    values = _of_case(event, scheme) | {"type": _type_title(event, scheme)}
    stage = _first_stage(event, scheme)
    return Notifications(
        (
            _notification(
                event, f"student:{event.student_id}", "case.opened", values | {"next": _what_next(stage, scheme, "student")}
            ),
            *(
                _notification(event, address, "case.opened.teacher", values | {"next": _what_next(stage, scheme, role)})
                for role, address in _also_notified(event, scheme)
            ),
        )
    )


def case_moved(event: CaseMovedV2, term: Term) -> Notifications:
    """Notify whoever acts at the stage (JX-09).

    Staff get one message that counts their cases, a party gets one for each case.
    """
    scheme = term.scheme
    values = _of_case(event, scheme) | {
        "stage": event.stage_title,
        "last": event.action_title,
        "reason": event.reason,
        "due": texts.moment(event.due_at, term.zone) if event.due_at else None,
    }
    roles = event.actors or (event.actor,)
    new = [
        _notification(event, address, "case.turn", values)
        for address in _addresses(event, [role for role in roles if role in PARTIES], scheme)
    ]
    for address in _addresses(event, [role for role in roles if role not in PARTIES], scheme)[:1]:
        waiting = replace(
            _notification(event, address, CASE, values | {"cases": scheme.text("case", texts.WORDS["cases"])}),
            link=Link("publicity", "cases", event.term_id), folds=True, thing=event.case_id, rank=rank_of(event.at),
        )  # fmt: skip
        return Notifications((*new, waiting))
    return Notifications(tuple(new), (Handled(CASE, event.case_id, rank_of(event.at)),))


def _addresses(event: CaseEvent, roles: Iterable[str], scheme: Scheme) -> list[str]:
    """Of those who may act, each once: student and guardians share one."""
    found = (address_for(role, scheme, event.path, event.student_id, event.complainant) for role in roles)
    return list(dict.fromkeys(found))


def case_closed(event: CaseClosedV2, term: Term) -> Notifications:
    """Notify both sides and those the scheme names (X-08).

    Each gets the outcome and the reason in a text of their own.
    """
    scheme = term.scheme
    outcomes = texts.OUTCOMES | (texts.RESULT_OUTCOMES if event.about == "result" else {})
    values = _of_case(event, scheme) | {"outcome": outcomes[event.outcome], "reason": event.reason}
    new = [
        _notification(event, f"student:{event.student_id}", "case.closed", values),
        *(_notification(event, address, "case.closed.teacher", values) for _, address in _also_notified(event, scheme)),
    ]
    if event.complainant is not None:
        new.append(_notification(event, f"mark:{event.complainant}", "case.closed.complainant", values))
    return Notifications(tuple(new), (Handled(CASE, event.case_id, rank_of(event.at)),))


def case_decided(event: CaseDecidedV1) -> Notifications:
    """Notify nobody, as the decision is told later (CS-11); withdraw what those who decide were sent."""
    return Notifications((), (Handled(CASE, event.case_id, rank_of(event.at)),))


def case_marked(event: CaseMarkedV1, term: Term) -> Notifications:
    """Notify the complainant (SH-08)."""
    values = _of_case(event, term.scheme) | {"why": event.reason}
    state = "lifted" if event.lifted else "blocked" if event.blocked else "warned"
    return Notifications((_notification(event, f"mark:{event.complainant}", f"case.malicious.{state}", values),))


def case_lapsed(event: CaseLapsedV1, term: Term) -> Notifications:
    """Notify whoever was to act and did not (X-08)."""
    scheme = term.scheme
    address = address_for(event.actor, scheme, event.path, event.student_id, event.complainant)
    deadline = texts.moment(event.due_at, term.zone) if event.due_at else None
    values = _of_case(event, scheme) | {"stage": event.stage_title, "due_at": deadline, "taken": event.action_title}
    return Notifications((_notification(event, address, "case.lapsed", values),))


def case_unsealed(event: CaseUnsealedV1, term: Term) -> Notifications:
    """Notify the complainant (X-08).

    The message has the role of who saw the identity, and why.
    """
    values = _of_case(event, term.scheme) | {"role": event.role, "why": event.reason}
    return Notifications((_notification(event, f"mark:{event.complainant}", "case.unsealed", values),))


def _of_case(event: CaseEvent, scheme: Scheme) -> dict[str, str | None]:
    named = (known.title for known in scheme.cases.types if known.id == event.case_type)
    return {"title": event.title, "case": next(named, scheme.text("case", texts.WORDS["cases"]))}


def _notification(event: CaseEvent, address: str, kind: str, values: dict[str, str | None]) -> Notification:
    return Notification(address, kind, event.path, Link("publicity", "case", event.case_id), values)


def _also_notified(event: CaseEvent, scheme: Scheme) -> Iterator[tuple[str, str]]:
    """The roles that the scheme lets know of such a case, with their addresses."""
    for role in scheme.cases.type(event.case_type).notify_roles:
        yield role, address_for(role, scheme, event.path, event.student_id)


def _type_title(event: CaseOpenedV2, scheme: Scheme) -> str | None:
    reasons = (reason for known in scheme.cases.types if known.id == event.case_type for reason in known.reasons)
    return next((reason.title for reason in reasons if reason.id == event.complaint_type), None)


def _first_stage(event: CaseOpenedV2, scheme: Scheme) -> Stage | None:
    start = next((entry.stage for entry in scheme.cases.entries if entry.type == event.case_type), None)
    return scheme.cases.stage(start) if start is not None else None


def _what_next(stage: Stage | None, scheme: Scheme, reader: str) -> str | None:
    if stage is None:
        return None
    if stage.actor != reader:
        known = {role.id: role.title for role in scheme.roles}
        found = known.get(stage.actor)
        return texts.HANDLED_BY.format(found) if found is not None else texts.HANDLED_AT.format(stage.title)
    operation = scheme.find_operation(stage.operation) if stage.operation else None
    after = f"{scheme.timing.publicity_operation}.ends"
    return texts.HANDLE_LATER if operation is not None and operation.not_before == after else texts.HANDLE_NOW


def account_changed(event: AccountChangedV1) -> Notifications:
    """Notify the account's holder of what others did to it (L-01)."""
    link = Link("identity", "account", event.account_id)
    values = {"change": texts.account_change(event.what, event.by_title)}
    return Notifications((Notification(f"account:{event.account_id}", "account.changed", None, link, values),))


def import_ended(event: BatchEndedV1) -> Notifications:
    """Notify the author, who may have left the page (X-12).

    Unread ones join in one message.
    """
    address, link = f"account:{event.account_id}", Link("import", "batch", event.batch_id)
    facts = {
        "title": event.title,
        "file": event.file_name,
        "outcome": texts.import_outcome(event.state, event.rows, event.wrong, event.not_applied),
    }
    return Notifications((Notification(address, "import.ended", None, link, facts, folds=True),))


def signed_forms_reminded(event: SignedFormsRemindedV1) -> Notifications:
    """Notify each family whose signed form is missing (NR-04)."""
    values = {"title": event.title, "form": event.form}
    return Notifications(
        tuple(
            Notification(
                f"student:{student}", "signed_form.missing", event.path, Link("archive", "signed_form", student), values
            )
            for student in event.students
        )
    )


def signed_form_returned(event: SignedFormReturnedV1) -> Notifications:
    """Notify the family that another photo is needed, and why (NR-03)."""
    link = Link("archive", "signed_form", event.student_id)
    values = {"title": event.title, "form": event.form, "reason": event.reason}
    return Notifications((Notification(f"student:{event.student_id}", "signed_form.returned", event.path, link, values),))


def claim_opened(event: ClaimOpenedV1) -> Notifications:
    """Notify the administrators of both schools, and of the organisation above both, which decides (L-10)."""
    both = tuple(_of_claim(event, school, "claim.opened") for school in (event.school, event.held_by))
    if not event.decides:
        return Notifications(both)
    waiting = replace(_of_claim(event, event.decides, CLAIM), folds=True, thing=event.claim_id, rank=rank_of(event.at))
    return Notifications((waiting, *both))


def claim_resolved(event: ClaimResolvedV1) -> Notifications:
    """Notify the administrators of both schools; withdraw what the organisation above was sent (L-10)."""
    values = {"outcome": texts.CLAIM_OUTCOMES[event.outcome], "reason": event.reason}
    new = tuple(_of_claim(event, school, "claim.resolved", **values) for school in (event.school, event.held_by))
    return Notifications(new, (Handled(CLAIM, event.claim_id, rank_of(event.at)),))


def _of_claim(event: ClaimEvent, path: str, kind: str, **values: str) -> Notification:
    facts = {"student_name": event.student_name, "school": event.school_title, "held_by": event.held_by_title, **values}
    return Notification(f"administrator@{path}", kind, None, Link("identity", "claim", event.claim_id), facts)


def cards_changed(event: CardsChangedV1) -> Notifications:
    """Notify the administrators of the unit whose cards got another name or ended (X-01)."""
    changes = "；".join(
        f"{one.cards}张“{one.before}”身份卡{f'改为“{one.after}”' if one.after else '已停用'}" for one in event.roles
    )
    facts = {"scheme": event.scheme_title, "version": event.scheme_version, "changes": changes}
    link = Link("identity", "staff", event.adoption_id)
    return Notifications((Notification(f"administrator@{event.path}", "cards.changed", event.path, link, facts),))


def term_sealed(event: TermSealedV1) -> Notifications:
    """Notify everyone of the school (X-10)."""
    link = Link("archive", "term", event.term_id)
    return Notifications((Notification(f"everyone@{event.path}", "term.sealed", event.path, link, {"title": event.title}),))


def scores_locked(event: ScoresLockedV1) -> Notifications:
    """Notify everyone of the class (BJ-10), and that one may object, where the results are published (X-15)."""
    link = Link("archive", "scores", event.term_id)
    values = {"title": event.title} | ({"published": "yes"} if event.results else {})
    return Notifications((Notification(f"everyone@{event.path}", "scores.locked", event.path, link, values),))


def scores_corrected(event: ScoresCorrectedV1) -> Notifications:
    """Notify the student and the guardians of the new version of their result (X-15)."""
    link = Link("archive", "scores", event.term_id)
    values = {"title": event.title, "reason": event.reason}
    return Notifications(
        (Notification(f"student:{event.result.student_id}", "scores.corrected", event.path, link, values),)
    )  # fmt: skip


def career_sealed(event: CareerSealedV1) -> Notifications:
    """Notify the student (JX-13)."""
    link = Link("archive", "career", event.student_id)
    return Notifications((Notification(f"student:{event.student_id}", "career.sealed", event.path, link),))


def archive_corrected(event: ArchiveCorrectedV1) -> Notifications:
    """Notify the student (X-10)."""
    link = Link("archive", "archive", event.archive_id)
    values = {"title": event.title, "version": event.version, "reason": event.reason}
    return Notifications((Notification(f"student:{event.student_id}", "archive.corrected", event.path, link, values),))


def archive_backfilled(event: ArchiveBackfilledV1) -> Notifications:
    """Notify the student (JX-15)."""
    link = Link("archive", "archive", event.archive_id)
    return Notifications(
        (Notification(f"student:{event.student_id}", "archive.backfilled", event.path, link, {"title": event.title}),)
    )
