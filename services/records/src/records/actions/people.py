"""What identity and archive say of organisations and students."""

from collections.abc import Sequence

from contracts.archive import CareerSealedV1
from contracts.identity import Enrolment, OrganisationCreatedV1
from servicekit.db import Tx

from records import store


async def note_organisation(tx: Tx, event: OrganisationCreatedV1) -> None:
    """An organisation and the scheme it names."""
    await store.people.keep_organisation(tx, event)


async def note_students(tx: Tx, students: Sequence[Enrolment]) -> None:
    """Students as they are now; their records follow them (BJ-04)."""
    await store.people.keep_students(tx, students)
    await store.people.follow_students(tx, [student.student_id for student in students])


async def note_career(tx: Tx, event: CareerSealedV1) -> None:
    """From now on misconduct stays as it is (JX-14)."""
    await store.people.seal_career(tx, event.student_id, event.at)
