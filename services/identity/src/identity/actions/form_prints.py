"""Printing confirmation forms: ordered, rendered class by class in jobs that survive a restart, fetched as one PDF (NR-01)."""

import asyncio
from typing import Any
from uuid import UUID

from contracts.base import ancestor, level_of
from scheme import Scheme
from servicekit import jobs
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.form_codes import CodeKind
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from identity.actions import form_codes
from identity.adapters.form_pages import joined, render_forms
from identity.deps import IdentityDeps
from identity.domain.documents import masked
from identity.domain.form_codes import MOST_FORMS, form_page, need_verification
from identity.domain.students import Guardian, Student
from identity.results import PrintProgress
from identity.store import audit, form_prints, organisations, students
from identity.store import form_codes as codes_store
from identity.store.audit import NewAuditRow
from identity.store.form_prints import FormPrint

RENDER = "print_forms"


async def order(deps: IdentityDeps, actor: Actor, path: str, student_id: UUID | None, client: str) -> PrintProgress:
    """Order the forms of a class, a grade or a school, or of one student of it. One job a class; who has codes keeps them."""
    actor.need(path)
    now = deps.now()
    async with deps.db.transaction() as tx:
        require(level_of(path) in ("school", "grade", "class"), "not_found", field="path")
        scheme = await _scheme(deps, tx, path)
        rule = need_verification(scheme)
        ancestors = await organisations.ancestors(tx, path)
        title = "".join(one.title for one in ancestors if one.level in ("school", "grade", "class"))
        if student_id is not None:
            student = next(iter(await students.by_ids(tx, [student_id])), None)
            if student is None or student.status == "left" or ancestor(student.path, level_of(path)) != path:
                raise Refusal("not_found")
            found, title = [(student.path, 1)], f"{title}-{student.name}"
        else:
            found = await form_prints.classes_with_students(tx, path)
        require(bool(found), "forms_none", rule="NR-01", field="path")
        require(sum(count for _, count in found) <= MOST_FORMS, "forms_too_many", rule="NR-01", field="path")
        full = actor.can("see_personal_numbers")
        name = f"{rule.form}-{title}"
        new = FormPrint(new_id(), path, student_id, actor.account_id, full, name, len(found), now)
        await form_prints.add(tx, new, [one for one, _ in found])
        await jobs.schedule_many(tx, RENDER, [(f"{new.id}|{one}", now) for one, _ in found])
        detail = {"count": sum(count for _, count in found), "student": str(student_id) if student_id else None}
        await audit.add(tx, now, [NewAuditRow("forms_printed", actor.account_id, actor.card_id, path, client, detail, (path,))])
    return PrintProgress(new, 0, 0)


async def _scheme(deps: IdentityDeps, tx: Tx, path: str) -> Scheme | None:
    school = (await organisations.named(tx, [ancestor(path, "school")])).get(ancestor(path, "school"))
    return None if school is None else deps.scheme(school.scheme_id, school.scheme_version)


async def render(deps: IdentityDeps, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    """Render the forms of one class. `key`: order and class path."""
    order_id, _, path = key.partition("|")
    order = await form_prints.get(tx, UUID(order_id))
    scheme = await _scheme(deps, tx, path)
    if order is None or scheme is None:  # deleted after a day, or undone
        return
    ids = [order.student_id] if order.student_id is not None else await form_prints.students_of_class(tx, path)
    codes = await form_codes.issue(deps, tx, ancestor(path, "school"), sorted(ids), deps.now())
    by_id = {one.id: one for one in await students.by_ids(tx, ids)}
    registered: dict[UUID, list[Guardian]] = {}
    for guardian in await students.guardians(tx, ids):
        registered.setdefault(guardian.student_id, []).append(guardian)
    pages = [
        form_page(
            scheme, by_id[one], registered.get(one, []), _numbers(deps, by_id[one], full=order.full_numbers),
            _codes_of(codes, one), deps.settings.public_base,
        )
        for one in ids
        if one in by_id
    ]  # fmt: skip
    pdf = await deps.renderer.run(render_forms, pages, deps.now())
    await form_prints.save_part(tx, order.id, path, len(pages), deps.sealed_numbers.seal_forms(pdf, order.id, path))
    await codes_store.mark_printed(tx, ids, deps.now())


def _codes_of(codes: dict[tuple[UUID, CodeKind], str], student_id: UUID) -> dict[CodeKind, str]:
    return {kind: codes[student_id, kind] for kind in form_codes.KINDS}


def _numbers(deps: IdentityDeps, student: Student, *, full: bool) -> dict[str, str]:
    """The numbers as they are printed: in full only for those who may see them so."""
    number = None if student.id_number is None else deps.sealed_numbers.open_id_number(student.id_number, student.person_id)
    if not full:
        return {"id_number": masked(number) or "", "registry_number": student.registry_number}
    registry = deps.sealed_numbers.open_registry_number(student.registry_sealed, student.id)
    return {"id_number": number or "", "registry_number": registry}


async def progress(deps: IdentityDeps, actor: Actor, print_id: UUID) -> PrintProgress:
    """How far an order of this account is."""
    async with deps.db.reading() as tx:
        found = await form_prints.get(tx, print_id)
        if found is None or found.account_id != actor.account_id or not actor.covers(found.path):
            raise Refusal("not_found")
        return PrintProgress(found, *await form_prints.progress(tx, print_id))


async def pdf(deps: IdentityDeps, actor: Actor, print_id: UUID) -> tuple[str, bytes]:
    """The forms of an order as one PDF, and its file name."""
    found = await progress(deps, actor, print_id)
    if not found.done:
        raise Refusal("form_print_running", rule="NR-01")
    async with deps.db.reading() as tx:
        parts = await form_prints.parts(tx, print_id)
    opened = [deps.sealed_numbers.open_forms(sealed, print_id, path) for path, sealed in parts]
    return f"{found.order.title}.pdf", await asyncio.to_thread(joined, opened)
