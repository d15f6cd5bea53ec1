"""Before an upload: the import types that a card may use, and the templates to fill (JX-05, JX-12)."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from servicekit.auth import Actor
from servicekit.refusals import Refusal

from importer.actions.context import ImportContext, load_context, role_for, term_for, titles
from importer.deps import ImportDeps
from importer.domain.definition_from_scheme import definition_of, in_context, prefill
from importer.domain.definition_of_scores import prefill_scores
from importer.domain.definitions import ROSTER, fillable, may_be_given, need_offered_columns, with_layouts
from importer.results import GivenColumn, TypeView
from importer.store import reference_data


async def types(deps: ImportDeps, term_id: UUID | None, by: Actor) -> list[TypeView]:
    """What this card may import; the scheme's types only where a term is named."""
    found = [_offer(deps, ImportContext(ROSTER, by.path, by.role), by)] if by.is_(*ROSTER.roles) else []
    if term_id is None:
        return found
    async with deps.db.reading() as tx:
        term = await term_for(deps, tx, term_id, by)
        sealed = await reference_data.is_sealed(tx, term.id)
    for import_type in term.scheme.imports:
        role = role_for(import_type.roles, by)
        if role is not None:
            definition = definition_of(term.scheme, import_type.id, role)
            found.append(_offer(deps, ImportContext(definition, by.path, role, term, sealed), by))
    return found


def _offer(deps: ImportDeps, context: ImportContext, by: Actor) -> TypeView:
    definition = with_layouts(context.definition, deps.schemes.layouts)
    closed, opens_at = None, None
    try:
        context.need_open(by.roles, deps)
    except Refusal as refusal:
        closed = refusal.detail or refusal.meaning.title
        opens_at = refusal.details.get("window", {}).get("next")
    return TypeView(
        type=definition.type,
        title=definition.title,
        target=definition.target,
        prefilled=definition.prefilled,
        max_rows=min(definition.max_rows, deps.checking.limits.rows),
        needs_term=definition.about_students,
        open=closed is None,
        closed=closed,
        opens_at=opens_at,
        values=[GivenColumn(id=c.id, title=c.title, choices=list(c.choices)) for c in may_be_given(definition)],
        parts=list(definition.parts),
        columns=fillable(definition),
    )


async def template(
    deps: ImportDeps,
    type_: str,
    path: str | None,
    term_id: UUID | None,
    by: Actor,
    known: Mapping[UUID, Mapping[str, str]] | None = None,
) -> tuple[str, bytes]:
    """File name and bytes of the workbook to fill, with the class's students (for comments: those still without one) where
    the type says so. known: of a workbook of scores, the students to list and what stands in their rows, as the caller read it
    where scores are kept; this service knows no scores, and students out of the caller's scope are left out (BJ-06)."""
    async with deps.db.reading() as tx:
        context = await load_context(deps, tx, type_, path, term_id, by)
        definition, term = context.definition, context.term
        if known is not None:
            need_offered_columns(definition, known)
        lines = await titles(tx, context)
        found = []
        if definition.prefilled:
            found = await reference_data.class_list(
                tx, context.path, definition.max_rows, term.id if term else None, definition.evaluation
            )
    students = await asyncio.to_thread(deps.registry.opened, found)
    if definition.by_name:
        listed = students if known is None else [student for student in students if student.id in known]
        filled = prefill_scores(definition, listed, known or {})
    else:
        filled = prefill(students) if students else {}
    data = await deps.writing.template(in_context(definition, *lines).template.offered, filled or None)
    name = "-".join([definition.title, *(text for label, text in lines if label != "学校")])
    return f"{name.replace('/', '_')}.xlsx", data
