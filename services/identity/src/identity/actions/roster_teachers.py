"""The teachers' sheet of a roster: accounts by phone number, and one staff card a row."""

from contracts.base import RowProblem
from contracts.importer import RosterCommittedV1
from servicekit.db import Tx
from servicekit.ids import new_id

from identity.deps import IdentityDeps
from identity.domain.roster import Person, Taken, TeacherRow, teacher_problem
from identity.store import accounts, cards, people
from identity.store.accounts import NewAccount, NewPerson
from identity.store.audit import Note
from identity.store.audit import write as audit
from identity.store.cards import NewCard


async def take(deps: IdentityDeps, tx: Tx, batch: RosterCommittedV1, rows: list[TeacherRow], taken: Taken) -> None:
    """New teachers get an account; every row that is not there yet becomes a card. Counts go into `taken`."""
    known = await people.by_username(tx, [r.phone for r in rows], batch.path)
    holders = await people.holders(tx, [r.index for r in rows if r.index is not None])
    good: list[TeacherRow] = []
    fresh_persons: list[NewPerson] = []
    made: list[NewAccount] = []
    changed: dict[str, NewPerson] = {}
    owners = {index: holder.person_id for index, holder in holders.items()}
    for row in rows:
        person = known.get(row.phone)
        problem = teacher_problem(row, person, holders.get(row.index) if row.index else None)
        if (
            problem is None
            and person is None
            and row.index is not None
            and owners.get(row.index) in {p.id for p in fresh_persons}
        ):
            problem = RowProblem(row=row.row, field="id_number", code="duplicate", message="与本表另一行的身份证件号相同")
        if problem is not None:
            taken.problems.append(problem)
            continue
        good.append(row)
        if person is None:
            held = holders.get(row.index) if row.index else None
            person_id = held.person_id if held else new_id()
            if held is None:
                fresh_persons.append(_particulars(deps, row, Person(new_id(), person_id, row.name, None, elsewhere=False)))
                if row.index is not None:
                    owners[row.index] = person_id
            account = NewAccount(new_id(), row.phone, person_id)
            made.append(account)
            known[row.phone] = Person(account.id, person_id, row.name, row.index, elsewhere=False)
        elif person.name != row.name or (row.index is not None and row.index != person.index):
            changed[row.phone] = _particulars(deps, row, person)
    await accounts.add_persons(tx, fresh_persons)
    await accounts.add_accounts(tx, made)
    await accounts.change_persons(tx, [p for p in changed.values() if p.id not in {n.id for n in fresh_persons}])
    wanted = [NewCard(known[r.phone].account_id, known[r.phone].person_id, r.role, path=r.path) for r in good]
    added = await cards.add(tx, wanted)
    notes = [
        Note("card_given", batch.account_id, card, str(new.account_id), detail={"role": new.role}, paths=(new.path or "",))
        for card, new in added
    ]
    await audit(tx, deps.now(), notes)
    fresh = {(n.account_id, n.role, n.path) for _, n in added}
    for row, card in zip(good, wanted, strict=True):
        if (card.account_id, card.role, card.path) in fresh:
            fresh.discard((card.account_id, card.role, card.path))
            taken.created += 1
        elif row.phone in changed:
            taken.changed += 1
        else:
            taken.unchanged += 1


def _particulars(deps: IdentityDeps, row: TeacherRow, person: Person) -> NewPerson:
    sealed = None if row.id_number is None else deps.vault.seal_id(row.id_number, person.person_id)
    return NewPerson(person.person_id, row.name, id_number=sealed, index=row.index)
