"""The event handlers of a service's directory, added by one call in its `events.py`."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

from contracts.identity import (
    Enrolment,
    OrganisationCreatedV1,
    OrganisationRemovedV1,
    StudentMovedV1,
    StudentsEnrolledV1,
    StudentStatusChangedV1,
)
from contracts.records import ParticipationChangedV1, TermChangedV1, TermEvent, TermScheduledV1

from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.directory.opt_outs import save_participation
from servicekit.directory.store import Particular, remove_organisation, save_organisation, save_students
from servicekit.directory.term import Term


def register[D, T: Term](
    on_event: EventHandlers,
    *,
    organisations: bool = False,
    on_organisation: Callable[[D, Tx, OrganisationCreatedV1], Awaitable[None]] | None = None,
    students: Collection[Particular] | None = None,
    terms: bool = False,
    on_students: Callable[[D, Tx, Sequence[Enrolment]], Awaitable[None]] | None = None,
    on_moved: Callable[[D, Tx, Sequence[Enrolment]], Awaitable[None]] | None = None,
    on_term: Callable[[D, Tx, T], Awaitable[None]] | None = None,
    opt_outs: bool = False,
    on_participation: Callable[[D, Tx, ParticipationChangedV1], Awaitable[None]] | None = None,
) -> None:
    """Store organisations, students with these particulars (None: no students), terms, and who does not take part in them.

    Hooks run in the event's transaction, after its content was saved. `on_organisation`: an organisation that is new or has a
    newer version; `on_students`: students who are new or have
    a newer version; `on_moved`: the student of every StudentMovedV1, also where a newer version is known already (BJ-04);
    `on_term`: a term that is new or has a newer version; `on_participation`: a student who was marked as not taking part in
    a term, or put back (SH-03). The service's Deps hold its `Directory` as `directory`.
    """
    if organisations:

        async def on_any_organisation(deps: D, tx: Tx, event: OrganisationCreatedV1) -> None:
            """Store the organisation with its title, order, scheme, stage, length and time zone."""
            if await save_organisation(tx, event) and on_organisation is not None:
                await on_organisation(deps, tx, event)

        on_event(OrganisationCreatedV1)(_described(on_any_organisation, on_organisation))

        @on_event(OrganisationRemovedV1)
        async def on_organisation_removed(_: D, tx: Tx, event: OrganisationRemovedV1) -> None:
            """Delete the organisation, which nobody used."""
            await remove_organisation(tx, event.path)

    if students is not None:
        particulars = frozenset(students)

        async def save(deps: D, tx: Tx, enrolments: Sequence[Enrolment]) -> None:
            newer = await save_students(tx, enrolments, particulars)
            if on_students is not None and newer:
                await on_students(deps, tx, newer)

        async def on_enrolled(deps: D, tx: Tx, event: StudentsEnrolledV1) -> None:
            """Store the students."""
            await save(deps, tx, event.students)

        async def on_student_moved(deps: D, tx: Tx, event: StudentMovedV1) -> None:
            """Store the student's new class."""
            await save(deps, tx, [event.enrolment])
            if on_moved is not None:
                await on_moved(deps, tx, [event.enrolment])

        async def on_status(deps: D, tx: Tx, event: StudentStatusChangedV1) -> None:
            """Store the student's status."""
            await save(deps, tx, [event.enrolment])

        on_event(StudentsEnrolledV1)(_described(on_enrolled, on_students))
        on_event(StudentMovedV1)(_described(on_student_moved, on_students, on_moved))
        on_event(StudentStatusChangedV1)(_described(on_status, on_students))

    if terms:

        async def on_any_term(deps: Any, tx: Tx, event: TermEvent) -> None:
            """Store the term with its whole timetable."""
            if await deps.directory.save(tx, event) and on_term is not None:
                await on_term(deps, tx, deps.directory.of_event(event))

        _described(on_any_term, on_term)
        on_event(TermScheduledV1)(on_any_term)
        on_event(TermChangedV1)(on_any_term)

    if opt_outs:

        async def on_participation_changed(deps: D, tx: Tx, event: ParticipationChangedV1) -> None:
            """Store whether the student takes part."""
            if await save_participation(tx, event) and on_participation is not None:
                await on_participation(deps, tx, event)

        on_event(ParticipationChangedV1)(_described(on_participation_changed, on_participation))


def _described[H: Callable[..., Any]](handler: H, *hooks: Callable[..., Any] | None) -> H:
    """The handler, with the first docstring lines of it and of the service's hooks (for `docs/events.md`)."""
    handler.__doc__ = " ".join(str(part.__doc__).partition("\n")[0] for part in (handler, *hooks) if part is not None)
    return handler
