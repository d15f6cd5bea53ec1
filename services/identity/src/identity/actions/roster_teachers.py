"""The teachers' sheet of a roster: accounts by phone number, and one staff card a row."""

from contracts.base import RowProblem
from contracts.importer import RosterCommittedV1
from servicekit.db import Tx
from servicekit.ids import new_id

from identity.deps import IdentityDeps
from identity.domain.roster import AccountHolder, ImportOutcome, TeacherRow, teacher_problem
from identity.store import accounts, audit, cards, roster
from identity.store.accounts import NewAccount, NewPerson
from identity.store.audit import NewAuditRow
from identity.store.cards import NewCard


async def apply_teachers(
    deps: IdentityDeps, tx: Tx, batch: RosterCommittedV1, rows: list[TeacherRow], outcome: ImportOutcome
) -> None:
    """Create accounts for new teachers, and a card for every row that has none; counts and problems go into `outcome`."""
    known = await roster.by_username(tx, [r.phone for r in rows], batch.path)
    holders = await roster.holders(tx, [r.index for r in rows if r.index is not None])
    valid: list[TeacherRow] = []
    new_persons: list[NewPerson] = []
    new_accounts: list[NewAccount] = []
    changed: dict[str, NewPerson] = {}
    person_ids = {index: holder.person_id for index, holder in holders.items()}
    for row in rows:
        person = known.get(row.phone)
        problem = teacher_problem(row, person, holders.get(row.index) if row.index else None)
        if (
            problem is None
            and person is None
            and row.index is not None
            and person_ids.get(row.index) in {p.id for p in new_persons}
        ):
            problem = RowProblem(row=row.row, field="id_number", code="duplicate", message="与本表另一行的身份证件号相同")
        if problem is not None:
            outcome.problems.append(problem)
            continue
        valid.append(row)
        if person is None:
            holder = holders.get(row.index) if row.index else None
            person_id = holder.person_id if holder else new_id()
            if holder is None:
                new_persons.append(
                    _particulars(deps, row, AccountHolder(new_id(), person_id, row.name, None, at_other_school=False))
                )
                if row.index is not None:
                    person_ids[row.index] = person_id
            account = NewAccount(new_id(), row.phone, person_id)
            new_accounts.append(account)
            known[row.phone] = AccountHolder(account.id, person_id, row.name, row.index, at_other_school=False)
        elif person.name != row.name or (row.index is not None and row.index != person.index):
            changed[row.phone] = _particulars(deps, row, person)
    await accounts.add_persons(tx, new_persons)
    await accounts.add_accounts(tx, new_accounts)
    await accounts.change_persons(tx, [p for p in changed.values() if p.id not in {n.id for n in new_persons}])
    roster_cards = [NewCard(known[r.phone].account_id, known[r.phone].person_id, r.role, path=r.path) for r in valid]
    added = await cards.add(tx, roster_cards)
    audit_rows = [
        NewAuditRow(
            "card_given", batch.account_id, card, str(new.account_id), detail={"role": new.role}, paths=(new.path or "",)
        )
        for card, new in added
    ]
    await audit.add(tx, deps.now(), audit_rows)
    fresh = {(n.account_id, n.role, n.path) for _, n in added}
    for row, card in zip(valid, roster_cards, strict=True):
        if (card.account_id, card.role, card.path) in fresh:
            fresh.discard((card.account_id, card.role, card.path))
            outcome.created += 1
        elif row.phone in changed:
            outcome.changed += 1
        else:
            outcome.unchanged += 1


def _particulars(deps: IdentityDeps, row: TeacherRow, person: AccountHolder) -> NewPerson:
    sealed = None if row.id_number is None else deps.sealed_numbers.seal_id_number(row.id_number, person.person_id)
    return NewPerson(person.person_id, row.name, id_number=sealed, index=row.index)
