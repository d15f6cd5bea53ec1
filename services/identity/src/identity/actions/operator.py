"""The first account: the operator, who creates provinces and sees no students."""

from datetime import timedelta

from servicekit.ids import new_id

from identity.deps import IdentityDeps
from identity.domain import passwords
from identity.store import accounts, audit, cards, one_time_passwords
from identity.store.accounts import NewAccount, NewPerson
from identity.store.audit import NewAuditRow
from identity.store.cards import NewCard

USERNAME = "operator"


async def create_operator(deps: IdentityDeps) -> None:
    """In an empty database, create the account `operator` with the one-time password of the settings (NR-01)."""
    async with deps.db.transaction() as tx:
        await accounts.lock_names(tx, [USERNAME])
        if await accounts.any_exists(tx):
            return
        account_id, person_id = new_id(), new_id()
        await accounts.add_persons(tx, [NewPerson(person_id, "平台运维")])
        await accounts.add_accounts(tx, [NewAccount(account_id, USERNAME, person_id)])
        await cards.add(tx, [NewCard(account_id, person_id, "operator", path="")])
        plain = passwords.normalised_forms(deps.settings.operator_password.get_secret_value())[0]
        now = deps.now()
        mac = deps.tokens.one_time_digest(account_id, plain)
        await one_time_passwords.issue(tx, [(account_id, mac)], None, now, now + timedelta(days=deps.settings.one_time_days))
        await audit.add(tx, now, [NewAuditRow("operator_made", account_id)])
