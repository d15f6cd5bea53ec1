"""The home screen of a card: what it may do, what waits for it, how far things are; few statements for each role."""

from servicekit import home as kit
from servicekit.auth import Actor
from servicekit.db import Tx

from records import store
from records.actions import progress
from records.actions.common import scheme_at, terms_to_show
from records.deps import RecordsDeps
from records.domain import home
from records.domain.home import Todos
from records.domain.state import State
from records.results import HomeScreen
from records.store.lists import RecordFilters

RECENT = 5
"""Records on a student's home screen."""


async def show(deps: RecordsDeps, actor: Actor) -> HomeScreen:
    """The home screen of this card (JX-17, JX-18)."""
    async with deps.db.reading() as tx:
        terms = await deps.directory.current(tx, actor.path, deps.now())
        scheme = terms[0].scheme if terms else None
        if scheme is None and (named := await scheme_at(deps, tx, actor.path)):
            scheme = named[0]
        own = frozenset[str]().union(*(home.operations(term.scheme) for term in terms))
        screen = HomeScreen(terms, scheme, *kit.windows_of_terms(terms, own, actor.roles, actor.path, deps.now()))
        todos = Todos(actor.roles, actor.path, deps.now())
        if not actor.roles.isdisjoint(home.reviewers(deps.schemes)):
            groups = await store.home.waiting(tx, actor)
            known = await deps.directory.terms(tx, {group.term_id for group in groups})
            for group in groups:
                todos.add_waiting(known[group.term_id], group)
            if actor.is_staff:
                finals = await store.finals.waiting(tx, actor.path, [term.id for term in terms])
                for term in terms:
                    if term.id in finals:
                        todos.add_final(term, finals[term.id])
        await (_staff if actor.is_staff else _family)(deps, tx, actor, screen, todos)
    screen.todo = todos.done()
    return screen


async def _family(deps: RecordsDeps, tx: Tx, actor: Actor, screen: HomeScreen, todos: Todos) -> None:
    """Tiles, drafts, returned and recent records of the card's students."""
    groups = await store.home.own(tx, actor.students)
    terms = await deps.directory.terms(tx, {group.term_id for group in groups})
    for group in groups:
        if group.state in (State.DRAFT, State.RETURNED):
            todos.add_own(terms[group.term_id], group)
    if screen.terms:
        present = screen.terms[0]
        screen.tiles = home.tiles(groups, present.id)
        screen.counters = home.own_counters(present.scheme, screen.tiles)
    recent = await store.lists.page(tx, actor, None, RecordFilters(), None, RECENT)
    shown = await terms_to_show(deps, tx, [record for record, _ in recent])
    screen.recent = [(shown[record.term_id], record, title) for record, title in recent]


async def _staff(deps: RecordsDeps, tx: Tx, actor: Actor, screen: HomeScreen, todos: Todos) -> None:
    """The progress of the card's class or organisation, and what was returned to this member of staff."""
    if screen.terms:
        screen.progress = await progress.of_term(deps, tx, screen.terms[0], actor.path)
        returned = await store.home.returned_to(tx, actor.account_id, [term.id for term in screen.terms])
        by_id = {term.id: term for term in screen.terms}
        for group in returned:
            todos.add_returned(by_id[group.term_id], group)
        if actor.can("review") and actor.level == "class":
            todos.add_lacking(screen.terms[0], screen.progress.students)
    elif screen.scheme is not None:
        screen.progress = await progress.overview(deps, tx, actor.path, None)
    if screen.progress is not None:
        screen.counters = home.class_counters(screen.progress.scheme, screen.progress.total)
