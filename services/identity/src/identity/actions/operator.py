"""The first account: the operator, who founds provinces and sees no student."""

from datetime import timedelta

from servicekit.ids import new_id

from identity.deps import IdentityDeps
from identity.domain import passwords
from identity.store import accounts, cards
from identity.store.accounts import NewAccount, NewPerson
from identity.store.audit import Note
from identity.store.audit import write as audit
from identity.store.cards import NewCard

USERNAME = "operator"


async def make_first(deps: IdentityDeps) -> None:
    """On an empty database: the account `operator`, opened once by the password in the settings (NR-01)."""
    async with deps.db.transaction() as tx:
        await accounts.take_turns(tx, [USERNAME])
        if await accounts.any_exists(tx):
            return
        account_id, person_id = new_id(), new_id()
        await accounts.add_persons(tx, [NewPerson(person_id, "平台运维")])
        await accounts.add_accounts(tx, [NewAccount(account_id, USERNAME, person_id)])
        await cards.add(tx, [NewCard(account_id, person_id, "operator", path="")])
        plain = passwords.readings(deps.settings.operator_password.get_secret_value())[0]
        until = deps.now() + timedelta(days=deps.settings.one_time_days)
        await accounts.give_one_time(tx, [(account_id, deps.vault.one_time(account_id, plain))], until)
        await audit(tx, deps.now(), [Note("operator_made", account_id)])
