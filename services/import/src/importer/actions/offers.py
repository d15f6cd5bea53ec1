"""Before an upload: what a card may import, and the templates to fill (JX-05, JX-12)."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.importer import Target
from servicekit.auth import Actor
from servicekit.refusals import Refusal

from importer.actions.cases import Case, case_of, role_for, term_for, titles
from importer.deps import ImportDeps
from importer.domain.from_scheme import in_context, plan_of, prefill
from importer.domain.plans import ROSTER, Plan
from importer.store import known


@dataclass(frozen=True)
class Offered:
    """An import type that a card may use. `closed` tells why not now."""

    type: str
    title: str
    target: Target
    prefilled: bool
    max_rows: int
    needs_term: bool
    open: bool
    closed: str | None = None
    opens_at: datetime | None = None


@dataclass(frozen=True)
class Workbook:
    """A template as it is downloaded."""

    name: str
    data: bytes


async def types(deps: ImportDeps, term_id: UUID | None, by: Actor) -> list[Offered]:
    """What this card may import; the scheme's types only where a term is named."""
    most = deps.checking.limits.rows
    found = [_offered(ROSTER, most)] if by.is_(*ROSTER.roles) else []
    if term_id is None:
        return found
    async with deps.db.reading() as tx:
        term = await term_for(deps, tx, term_id, by)
        sealed = await known.is_sealed(tx, term.id)
    for wanted in term.scheme.imports:
        role = role_for(wanted.roles, by)
        if role is None:
            continue
        plan = plan_of(term.scheme, wanted.id, role)
        offered = _offered(plan, most)
        try:
            Case(plan, by.path, role, term, sealed).need_open(by.roles, deps)
        except Refusal as no:
            window = no.details.get("window", {})
            why = no.detail or no.meaning.title
            offered = replace(offered, open=False, closed=why, opens_at=window.get("next"))
        found.append(offered)
    return found


def _offered(plan: Plan, most: int) -> Offered:
    rows = min(plan.max_rows, most)
    return Offered(plan.type, plan.title, plan.target, plan.prefilled, rows, plan.about_students, True)


async def template(deps: ImportDeps, type_: str, path: str | None, term_id: UUID | None, by: Actor) -> Workbook:
    """The workbook to fill, with the class's students (for comments: those still without one) where the type says so."""
    async with deps.db.reading() as tx:
        case = await case_of(deps, tx, type_, path, term_id, by)
        lines = await titles(tx, case)
        found = []
        if case.plan.prefilled and case.plan.evaluation and case.term:
            found = await known.pending(tx, case.path, case.term.id, case.plan.evaluation, case.plan.max_rows)
        elif case.plan.prefilled:
            found = await known.class_list(tx, case.path, case.plan.max_rows)
    students = await asyncio.to_thread(deps.registry.opened, found)
    plan = in_context(case.plan, *lines)
    data = await deps.writing.template(plan.template, prefill(students) if students else None)
    name = "-".join([plan.title, *(text for label, text in lines if label != "学校")])
    return Workbook(f"{name.replace('/', '_')}.xlsx", data)
