"""What follows a term with a new timetable or a newer version of its scheme: its times, and the cases in it."""

from uuid import UUID

from servicekit.db import Tx

from publicity.actions import case_engine, terms
from publicity.deps import Deps
from publicity.domain.terms import Term
from publicity.store import moved_cases


async def follow_term(deps: Deps, tx: Tx, term: Term) -> None:
    """Plan the publicity of a term anew; cases at a stage, or of a type, that its version no longer has go on at another, and
    wait for the role that stands for one that is gone (X-01)."""
    await terms.reschedule(deps, tx, term)
    if not term.scheme.older:
        return
    await moved_cases.rename_types(tx, term.id, _kept(term.scheme.moved("case_types")))
    await moved_cases.rename_waits(tx, term.id, _kept(term.scheme.moved("roles")))
    await moved_cases.rename_summaries(tx, term.id, _kept(term.scheme.moved("evaluations")))
    stages = _kept(term.scheme.moved("stages"))
    open_cases = await moved_cases.rename_stages(tx, term.id, stages)
    if open_cases:
        await _go_on(deps, tx, open_cases)


async def _go_on(deps: Deps, tx: Tx, case_ids: list[UUID]) -> None:
    """Let cases whose stage has another id now enter it: its deadline begins, and its actor is notified."""
    engine = await case_engine.load(deps, tx, case_ids=case_ids)
    for case_id in case_ids:
        case = engine.cases[case_id]
        engine.enter(case, engine.terms[case.term_id].scheme.cases.stage(case.stage))
    await case_engine.save(tx, engine)


def _kept(moved: dict[str, str | None]) -> dict[str, str]:
    return {old: new for old, new in moved.items() if new is not None}
