"""What follows a term with a new timetable or a newer version of its scheme: its times, and the cases open in it."""

from servicekit.db import Tx

from publicity.actions import case_engine, terms
from publicity.deps import Deps
from publicity.domain.terms import Term
from publicity.store import cases


async def follow_term(deps: Deps, tx: Tx, term: Term) -> None:
    """Plan the publicity of a term anew; cases at a stage that its version no longer has go on at another (X-01)."""
    await terms.reschedule(deps, tx, term)
    moved = term.scheme.moved_stages()
    found = await cases.at_stages(tx, term.id, list(moved)) if moved else {}
    if found:
        engine = await case_engine.load(deps, tx, case_ids=found)
        for case_id, stage in found.items():
            if engine.cases[case_id].decision is None:
                engine.enter(engine.cases[case_id], term.scheme.cases.stage(moved[stage]))
        await case_engine.save(tx, engine)
