"""Account slips: new one-time passwords, printed for account holders who have not set a password yet (NR-01)."""

from datetime import timedelta

from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import require

from identity.deps import IdentityDeps
from identity.results import Slip
from identity.store import accounts, audit, organisations, slips
from identity.store.audit import NewAuditRow
from identity.store.slips import Audience, Recipient

MAX_SLIPS = 5000


async def make(deps: IdentityDeps, actor: Actor, path: str, audience: Audience, client: str) -> tuple[str, list[Slip]]:
    """The organisation's title (from the school down), and a slip for each account in it without a password of its own.
    The one-time passwords on older slips become invalid.

    Class teachers print for students and guardians of the class, a school's administrator also for staff, administrators
    of higher levels for the administrators below them.
    """
    actor.need(path)
    if audience == "staff":
        require(actor.role == "administrator", "forbidden", rule="NR-01")
    else:
        require(
            actor.is_("class_teacher", "school_administrator"), "forbidden", rule="NR-01", help="请由学校管理员或班主任打印"
        )
    now = deps.now()
    async with deps.db.transaction() as tx:
        ancestors = await organisations.ancestors(tx, path)
        require(bool(ancestors) and ancestors[-1].path == path, "not_found", field="path")
        recipients = await _recipients(tx, actor, path, audience)
        require(len(recipients) <= MAX_SLIPS, "slips_too_many", field="path")
        slips = [(recipient, *deps.tokens.new_one_time_password(recipient.account_id)) for recipient in recipients]
        until = now + timedelta(days=deps.settings.one_time_days)
        await accounts.give_one_time(tx, [(recipient.account_id, mac) for recipient, _, mac in slips], until)
        detail = {
            "audience": audience,
            "count": len(recipients),
            "accounts": [str(recipient.account_id) for recipient in recipients],
        }
        await audit.add(tx, now, [NewAuditRow("slips_printed", actor.account_id, actor.card_id, path, client, detail, (path,))])
    title = " ".join(o.title for o in ancestors if o is ancestors[-1] or o.level in ("school", "grade"))
    return title, [Slip(recipient, text) for recipient, text, _ in slips]


async def _recipients(tx: Tx, actor: Actor, path: str, audience: Audience) -> list[Recipient]:
    match audience:
        case "students":
            return await slips.students(tx, path, MAX_SLIPS + 1)
        case "guardians":
            within = actor.path if actor.role == "administrator" else None
            return await slips.guardians(tx, path, within, MAX_SLIPS + 1)
        case "staff":
            return await slips.staff(tx, path, actor.path, actor.level == "school", MAX_SLIPS + 1)
