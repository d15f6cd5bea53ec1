"""What became of decisions about one's records: whether one may appeal, and how far an appeal is (CS-11)."""

from datetime import date
from uuid import UUID

from servicekit.auth import Actor

from publicity.deps import Deps
from publicity.domain import appeals as rules
from publicity.results import AppealRow
from publicity.store import cases


async def listed(deps: Deps, actor: Actor, after: tuple[date, UUID] | None, limit: int) -> list[AppealRow]:
    """Decisions about the card's students against which one may appeal or could, newest day first; at most `limit` are read.

    A row whose outcome no case type of the scheme follows has no `follows`: the caller leaves it out.
    """
    by, now = deps.complainants.person(actor), deps.now()
    async with deps.db.reading() as tx:
        found = await cases.ended_about(tx, actor.students, after, limit)
        terms = await deps.directory.terms(tx, {case.term_id for case, _ in found})
    return [
        AppealRow(
            by,
            terms[case.term_id],
            case,
            appeal,
            rules.following_type(terms[case.term_id].scheme, case),
            rules.appeal_type(terms[case.term_id], case, by, now) if appeal is None else None,
        )
        for case, appeal in found
    ]
