"""The guardians in a roster: creates their accounts, and removes guardians that the school no longer lists."""

from uuid import UUID

from contracts.base import Event
from contracts.identity import CardRevokedV1
from servicekit.auth import note_revoked
from servicekit.db import Tx
from servicekit.ids import new_id

from identity.deps import IdentityDeps
from identity.domain.roster import StudentRow
from identity.store import accounts, cards, roster, students
from identity.store.accounts import NewAccount, NewPerson
from identity.store.students import Guardian

SOURCE = "roster"


async def apply_guardians(
    deps: IdentityDeps, tx: Tx, school: str, rows: list[tuple[UUID, StudentRow]], events: list[Event]
) -> set[UUID]:
    """Register each row's guardian and remove the previous ones. Returns the students whose guardians changed."""
    found = await roster.by_username(tx, [row.guardian_phone for _, row in rows], school)
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
    changed = [g for pair, g in named.items() if before.get(pair) != g]
    await students.register_guardians(tx, changed, SOURCE)
    removed = [pair for pair in before if pair not in named]
    if removed:
        await _remove(deps, tx, removed, events)
    return {g.student_id for g in changed} | {student for _, student in removed}


async def _remove(deps: IdentityDeps, tx: Tx, removed: list[tuple[UUID, UUID]], events: list[Event]) -> None:
    now = deps.now()
    await students.remove_guardians(tx, removed, now)
    revoked_cards = await cards.of_guardians(tx, removed)
    await cards.revoke(tx, [card for card, _ in revoked_cards], now, "guardian_changed")
    for card, account in revoked_cards:
        await note_revoked(tx, card, now)
        events.append(CardRevokedV1(card_id=card, account_id=account, at=now, reason="guardian_changed"))
