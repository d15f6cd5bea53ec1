"""Filling in the terms of a student from another province, and sealing them (JX-15)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from contracts.base import EvidenceRef
from scheme import Scheme
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import find_student, schooling_at
from servicekit.files import StoredObject
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.deps import ArchiveDeps
from archive.domain import backfill as rules
from archive.domain.backfill import Backfill, BackfillDetail, BackfilledEvaluation, BackfilledRecord
from archive.domain.evaluations import EvaluationInput, clean
from archive.domain.found import need_found
from archive.domain.material import HeldPosition
from archive.store import audit, backfills, careers, terms


async def detail_of(deps: ArchiveDeps, tx: Tx, backfill: Backfill) -> BackfillDetail:
    """A backfill with its student, the known parts of profile and positions, and what is missing."""
    scheme = deps.schemes.get(backfill.scheme_id, backfill.scheme_version)
    student = await find_student(tx, backfill.student_id)
    assert student is not None
    known = await backfills.positions_of(tx, backfill)
    filled_in = [_position(scheme, data) for data in backfill.positions]
    positions = [*known, *filled_in] if backfill.state == "collecting" else known
    missing = rules.missing(backfill, student, len(positions), scheme)
    schooling = await schooling_at(tx, student.path, scheme)
    profile = rules.profile_of(student, backfill, scheme)
    return BackfillDetail(backfill, student, scheme, schooling, profile, positions, missing)


async def saved_detail(deps: ArchiveDeps, tx: Tx, backfill_id: UUID) -> BackfillDetail:
    """A backfill as it is saved; `not_found` where there is none."""
    return await detail_of(deps, tx, need_found(await backfills.get(tx, backfill_id)))


def _position(scheme: Scheme, data: Mapping[str, Any]) -> HeldPosition:
    assert scheme.positions is not None
    form = scheme.positions
    since, until = form.days(data)
    assert since is not None
    return HeldPosition(
        title=form.shown(form.title_field, data) or "",
        level=form.shown(form.level_field, data),
        starts_on=since,
        ends_on=until,
        duties=form.shown(form.duties_field, data),
    )


async def begin(
    deps: ArchiveDeps, actor: Actor, student_id: UUID, school_year: str, number: int, origin: dict[str, Any]
) -> BackfillDetail:
    """Begin to backfill one term of a student. Refused where it was not spent in another province (JX-15).

    `origin`: province, school and date of the transfer; dates of the term where they are not the usual ones.
    """
    now = deps.now()
    async with deps.db.transaction() as tx:
        student = need_found(await find_student(tx, student_id))
        actor.need(student.path)
        own = await terms.terms_at(tx, deps.directory, student.path)
        if not own:
            raise Refusal("backfill_not_possible", detail="本校还没有学期", why="no_scheme")
        scheme = own[-1].scheme
        rules.need_right(scheme, actor)
        schooling = await schooling_at(tx, student.path, scheme)
        rules.need_no_career(scheme, (await careers.lock(tx, student_id, schooling.stage)).state)
        first = int(school_year[:4])
        usual = (date(first, 9, 1), date(first + 1, 1, 31)) if number == 1 else (date(first + 1, 2, 1), date(first + 1, 8, 31))
        backfill = Backfill(
            id=new_id(),
            student_id=student_id,
            path=student.path,
            scheme_id=scheme.id,
            scheme_version=scheme.version,
            time_zone=own[-1].zone.key,
            school_year=school_year,
            number=number,
            made_by=actor.account_id,
            made_by_name=actor.name,
            made_at=now,
            **({"starts_on": usual[0], "ends_on": usual[1]} | origin),
        )
        home = await backfills.province_of(tx, student.path)
        archived = await backfills.archived(tx, student_id, school_year, number)
        rules.need_other_province(backfill, scheme, schooling, home, own, backfill.today(now), archived)
        if not await backfills.add(tx, backfill):
            raise rules.refusal(scheme, "conflict", f"{backfill.title}已在补录")
        await audit.write(tx, now, actor, "backfill.begun", student.path, student_id, term=backfill.title)
        return await detail_of(deps, tx, backfill)


async def lock_open(deps: ArchiveDeps, tx: Tx, actor: Actor, backfill_id: UUID, seen: int | None) -> BackfillDetail:
    """A backfill that may still be changed, locked; refused where the student has a career archive by now."""
    backfill = need_found(await backfills.lock(tx, backfill_id))
    student = await find_student(tx, backfill.student_id)
    assert student is not None
    actor.need(student.path)
    scheme = deps.schemes.get(backfill.scheme_id, backfill.scheme_version)
    rules.need_right(scheme, actor)
    rules.need_open(backfill, scheme)
    schooling = await schooling_at(tx, student.path, scheme)
    rules.need_no_career(scheme, (await careers.lock(tx, backfill.student_id, schooling.stage)).state)
    if seen is not None and seen != backfill.version:
        raise Refusal("stale_version", version=backfill.version)
    return await detail_of(deps, tx, replace(backfill, path=student.path))


async def fill(
    deps: ArchiveDeps,
    actor: Actor,
    backfill_id: UUID,
    seen: int,
    profile: Mapping[str, Any] | None,
    positions: Sequence[Mapping[str, Any]] | None,
    evaluations: Sequence[BackfilledEvaluation] | None,
) -> BackfillDetail:
    """Replace what was filled in of the profile, the positions and the evaluations; None leaves a part as it is."""
    async with deps.db.transaction() as tx:
        found = await lock_open(deps, tx, actor, backfill_id, seen)
        scheme, backfill = found.scheme, found.backfill
        today, zone = backfill.today(deps.now()), backfill.zone
        if profile is not None:
            backfill = replace(backfill, profile=rules.clean_profile(scheme, profile, today, zone))
        if positions is not None:
            clean_positions = (rules.clean_position(scheme, n, p, today, zone) for n, p in enumerate(positions))
            backfill = replace(backfill, positions=tuple(clean_positions))
        if evaluations is not None:
            rules.need_each_once(scheme, [e.type for e in evaluations])
            backfill = replace(backfill, evaluations=tuple(_clean(scheme, n, e) for n, e in enumerate(evaluations)))
        return await _save(deps, tx, backfill)


def _clean(scheme: Scheme, index: int, evaluation: BackfilledEvaluation) -> BackfilledEvaluation:
    rule = next((e for e in scheme.evaluations if e.id == evaluation.type and e.text is not None), None)
    if rule is None:
        raise rules.wrong(scheme, [(f"evaluations.{index}.type", "没有这项评价")])
    given, errors = clean(rule, (), EvaluationInput(evaluation.text))
    if errors:
        raise rules.wrong(scheme, [(f"evaluations.{index}.text", errors[0]["message"])])
    return replace(evaluation, text=given.text)


async def add_record(
    deps: ArchiveDeps, actor: Actor, backfill_id: UUID, kind: str, data: Mapping[str, Any], files: Sequence[UUID]
) -> BackfillDetail:
    """Add one record with its evidence; checked by its kind's form (JX-15)."""
    async with deps.db.transaction() as tx:
        found = await lock_open(deps, tx, actor, backfill_id, None)
        backfill, scheme = found.backfill, found.scheme
        record_id = new_id()
        rows = await deps.files.attach(tx, actor.account_id, list(files), f"record:{record_id}") if files else []
        types = [row["media_type"] for row in rows]
        clean_data = rules.clean_record(scheme, found.schooling, backfill, kind, data, types, backfill.today(deps.now()))
        evidence = tuple(
            EvidenceRef(
                evidence_id=row["id"], name=row["name"], media_type=row["media_type"], size=row["size"], sha256=row["sha256"],
                public_key=row["public_key"] or row["object_key"], preview_key=row["preview_key"],
                width=row["width"], height=row["height"], pages=row["pages"],
            )
            for row in rows
        )  # fmt: skip
        added = BackfilledRecord(record_id, kind, scheme.kind(kind).title_of(clean_data)[:400], clean_data, evidence)
        await backfills.add_record(tx, backfill_id, added)
        return await _save(deps, tx, backfill)


async def remove_record(deps: ArchiveDeps, actor: Actor, backfill_id: UUID, record_id: UUID) -> BackfillDetail:
    """Remove a record and its evidence."""
    async with deps.db.transaction() as tx:
        found = await lock_open(deps, tx, actor, backfill_id, None)
        if not await backfills.remove_record(tx, backfill_id, record_id):
            raise Refusal("not_found")
        await deps.files.release(tx, f"record:{record_id}", [])
        return await _save(deps, tx, found.backfill)


async def _save(deps: ArchiveDeps, tx: Tx, backfill: Backfill) -> BackfillDetail:
    """Save a backfill's next version."""
    await backfills.save(tx, replace(backfill, version=backfill.version + 1))
    return await saved_detail(deps, tx, backfill.id)


async def give_up(deps: ArchiveDeps, actor: Actor, backfill_id: UUID, seen: int) -> None:
    """Delete a backfill that is not sealed, with its records and their evidence."""
    async with deps.db.transaction() as tx:
        found = await lock_open(deps, tx, actor, backfill_id, seen)
        for record in found.backfill.records:
            await deps.files.release(tx, f"record:{record.id}", [])
        await backfills.remove(tx, backfill_id)
        await audit.write(tx, deps.now(), actor, "backfill.given_up", found.student.path, found.student.id)


async def read(deps: ArchiveDeps, actor: Actor, backfill_id: UUID) -> BackfillDetail:
    """One backfill."""
    async with deps.db.reading() as tx:
        found = await saved_detail(deps, tx, backfill_id)
    actor.need(found.student.path)
    return found


async def page(deps: ArchiveDeps, actor: Actor, student_id: UUID | None, after: UUID | None, limit: int) -> list[Backfill]:
    """The backfills in one's organisation, newest first."""
    async with deps.db.reading() as tx:
        return await backfills.page(tx, actor.path, student_id, after, limit)


async def find_evidence(
    deps: ArchiveDeps, actor: Actor, backfill_id: UUID, evidence_id: UUID, *, preview: bool = False, original: bool = False
) -> StoredObject:
    """A record's evidence: the clean copy. `preview`: its small picture; `original`: the upload itself, where that is signed
    or sealed, to be verified; else `not_found`."""
    found = await read(deps, actor, backfill_id)
    need_found(next((e for r in found.backfill.records for e in r.evidence if e.evidence_id == evidence_id), None))
    await deps.files.clean_now(evidence_id)  # nothing to do, unless an earlier release stored it
    async with deps.db.reading() as tx:
        file = need_found(await backfills.file(tx, evidence_id))
    if preview:
        return StoredObject(file["bucket"], need_found(file["preview_key"]), f"{file['name']}.jpg", "image/jpeg", inline=True)
    key = need_found(file["proof_key"]) if original else file["object_key"]
    return StoredObject(file["bucket"], key, file["name"], file["media_type"])
