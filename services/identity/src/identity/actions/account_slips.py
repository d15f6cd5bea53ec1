"""Account slips: one-time passwords on paper (NR-01, L-01, L-11).

A slip signs in to an account whose holder has no password yet and whose active cards all lie in the printer's scope. To
an account with a password it is the proof for the staff cards that the printer offers.
"""

from dataclasses import replace
from datetime import timedelta

from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import require

from identity.actions import roles
from identity.actions.account_changes import tell_holders
from identity.deps import IdentityDeps
from identity.domain.account_scope import AccountScope, Help, has_right, help_of
from identity.domain.changed_by import ChangedBy
from identity.domain.grants import Issuer
from identity.domain.roles import title as role_title
from identity.results import PrintedSlips, Slip
from identity.store import audit, one_time_passwords, organisations, slips
from identity.store.audit import NewAuditRow
from identity.store.slips import Audience, Recipient

MAX_SLIPS = 5000


async def make(deps: IdentityDeps, actor: Actor, path: str, audience: Audience, client: str) -> PrintedSlips:
    """Slips for the accounts of an organisation, with its title (from the school down). The unused one-time passwords that
    this organisation gave before become invalid; the answer says how many. Those of other organisations stay valid.

    Class teachers print for students and guardians of the class, a school's administrator also for staff, administrators
    of higher levels for the administrators below them.
    """
    actor.need(path)
    if audience == "staff":
        require(actor.can("grant_staff"), "forbidden", rule="NR-01")
    else:
        require(actor.can("help_families"), "forbidden", rule="NR-01", help="请由学校管理员或班主任打印")
    now = deps.now()
    async with deps.db.transaction() as tx:
        ancestors = await organisations.ancestors(tx, path)
        require(bool(ancestors) and ancestors[-1].path == path, "not_found", field="path")
        found = await _candidates(deps, tx, actor, path, audience)
        require(len(found) <= MAX_SLIPS, "slips_too_many", field="path")
        scopes = await roles.account_scopes(deps, tx, [recipient.account_id for recipient in found])
        recipients = [recipient for recipient in found if _may_print(actor, recipient, scopes[recipient.account_id])]
        if audience == "staff":
            recipients = await _with_titles(deps, tx, recipients)
        made = [(recipient, *deps.tokens.new_one_time_password(recipient.account_id)) for recipient in recipients]
        until = now + timedelta(days=deps.settings.one_time_days)
        macs = [(recipient.account_id, mac) for recipient, _, mac in made]
        replaced = await one_time_passwords.issue(tx, macs, Issuer.of(actor), now, until)
        detail = {
            "audience": audience,
            "count": len(recipients),
            "replaced": len(replaced),
            "accounts": [str(recipient.account_id) for recipient in recipients],
        }
        await audit.add(tx, now, [NewAuditRow("slips_printed", actor.account_id, actor.card_id, path, client, detail, (path,))])
        in_use = [r.account_id for r in recipients if any(card.id for card in scopes[r.account_id].active)]
        await tell_holders(tx, in_use, "slip_printed", now, ChangedBy.of(actor, client))
    title = " ".join(o.title for o in ancestors if o is ancestors[-1] or o.level in ("school", "grade"))
    return PrintedSlips(title, [Slip(recipient, text) for recipient, text, _ in made], len(replaced))


async def _candidates(deps: IdentityDeps, tx: Tx, actor: Actor, path: str, audience: Audience) -> list[Recipient]:
    match audience:
        case "students":
            return await slips.students(tx, path, MAX_SLIPS + 1)
        case "guardians":
            return await slips.guardians(tx, path, MAX_SLIPS + 1)
        case "staff":
            return await slips.staff(tx, path, await roles.granted_by(deps, tx, actor), MAX_SLIPS + 1)


async def _with_titles(deps: IdentityDeps, tx: Tx, recipients: list[Recipient]) -> list[Recipient]:
    schemes = await roles.schemes_at(deps, tx, [recipient.path for recipient in recipients])
    return [replace(one, about=role_title(schemes[one.path], one.about, one.path)) for one in recipients]


def _may_print(actor: Actor, recipient: Recipient, scope: AccountScope) -> bool:
    if not recipient.has_password and help_of(actor, scope) in (Help.FULL, Help.SLIP):
        return True
    return any(card.id is not None and card.student_id is None and has_right(actor, card) for card in scope.offers)
