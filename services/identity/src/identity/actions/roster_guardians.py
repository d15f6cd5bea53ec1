"""The guardians whom a roster names: their accounts, and whom the school no longer names."""

from uuid import UUID

from contracts.base import Event
from contracts.identity import CardRevokedV1
from servicekit.auth import note_revoked
from servicekit.db import Tx
from servicekit.ids import new_id

from identity.deps import IdentityDeps
from identity.domain.roster import StudentRow
from identity.store import accounts, cards, people, students
from identity.store.accounts import NewAccount, NewPerson
from identity.store.students import Guardian

SOURCE = "roster"


async def take(deps: IdentityDeps, tx: Tx, school: str, rows: list[tuple[UUID, StudentRow]], events: list[Event]) -> set[UUID]:
    """Register each row's guardian; whoever the roster named before counts no longer. Returns the students touched."""
    found = await people.by_username(tx, [row.guardian_phone for _, row in rows], school)
    known = {phone: person.account_id for phone, person in found.items()}
    missing = {row.guardian_phone: row.guardian_name for _, row in rows if row.guardian_phone not in known}
    persons = {phone: NewPerson(new_id(), name) for phone, name in missing.items()}
    made = [NewAccount(new_id(), phone, person.id) for phone, person in persons.items()]
    await accounts.add_persons(tx, list(persons.values()))
    await accounts.add_accounts(tx, made)
    known |= {a.username: a.id for a in made}

    named = {
        (known[r.guardian_phone], student_id): Guardian(
            student_id, known[r.guardian_phone], r.guardian_name, r.guardian_relation, r.guardian_phone
        )
        for student_id, r in rows
    }
    before = {(g.account_id, g.student_id): g for g in await students.guardians(tx, [s for s, _ in rows])}
    news = [g for pair, g in named.items() if before.get(pair) != g]
    await students.register_guardians(tx, news, SOURCE)
    gone = [pair for pair in before if pair not in named]
    if gone:
        await _drop(deps, tx, gone, events)
    return {g.student_id for g in news} | {student for _, student in gone}


async def _drop(deps: IdentityDeps, tx: Tx, gone: list[tuple[UUID, UUID]], events: list[Event]) -> None:
    now = deps.now()
    await students.drop_guardians(tx, gone, now)
    ended = await cards.of_guardians(tx, gone)
    await cards.revoke(tx, [card for card, _ in ended], now, "guardian_changed")
    for card, account in ended:
        await note_revoked(tx, card, now)
        events.append(CardRevokedV1(card_id=card, account_id=account, at=now, reason="guardian_changed"))
