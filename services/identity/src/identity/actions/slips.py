"""Account slips: fresh one-time passwords for those who never set their own, to hand out on paper (NR-01)."""

from dataclasses import dataclass
from datetime import timedelta

from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import require

from identity.deps import IdentityDeps
from identity.store import accounts, organisations, slips
from identity.store.audit import Note
from identity.store.audit import write as audit
from identity.store.slips import Audience, Recipient

MOST = 5000


@dataclass(frozen=True)
class Slip:
    """One strip of paper. The password is nowhere else: neither kept nor logged."""

    to: Recipient
    password: str


async def make(deps: IdentityDeps, actor: Actor, path: str, audience: Audience, client: str) -> tuple[str, list[Slip]]:
    """Title of the place (from the school down), and a slip for each account there without a password of its own.
    Older slips end.

    A class teacher: students and guardians of the class. A school's administrator: also staff. Above: administrators.
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
        way = await organisations.listed_way(tx, path)
        require(bool(way) and way[-1].path == path, "not_found", field="path")
        to = await _recipients(tx, actor, path, audience)
        require(len(to) <= MOST, "slips_too_many", field="path")
        made = [(one, *deps.vault.new_one_time(one.account_id)) for one in to]
        until = now + timedelta(days=deps.settings.one_time_days)
        await accounts.give_one_time(tx, [(one.account_id, mac) for one, _, mac in made], until)
        detail = {"audience": audience, "count": len(to), "accounts": [str(one.account_id) for one in to]}
        await audit(tx, now, [Note("slips_printed", actor.account_id, actor.card_id, path, client, detail, (path,))])
    title = " ".join(one.title for one in way if one is way[-1] or one.level in ("school", "grade"))
    return title, [Slip(one, text) for one, text, _ in made]


async def _recipients(tx: Tx, actor: Actor, path: str, audience: Audience) -> list[Recipient]:
    match audience:
        case "students":
            return await slips.students(tx, path, MOST + 1)
        case "guardians":
            within = actor.path if actor.role == "administrator" else None
            return await slips.guardians(tx, path, within, MOST + 1)
        case "staff":
            return await slips.staff(tx, path, actor.path, actor.level == "school", MOST + 1)
