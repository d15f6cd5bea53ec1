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
from servicekit.directory import find_student
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.deps import ArchiveDeps
from archive.domain import backfill as rules
from archive.domain.backfill import Added, Backfill, Look, Said
from archive.domain.evaluations import clean
from archive.domain.material import Held
from archive.store import audit, backfills, careers, terms

SECONDS = 120


async def looked(deps: ArchiveDeps, tx: Tx, one: Backfill) -> Look:
    scheme = deps.schemes.get(one.scheme_id, one.scheme_version)
    student = await find_student(tx, one.student_id)
    assert student is not None
    own = [_held(scheme, data) for data in one.positions]
    known = await backfills.positions_of(tx, one)
    held = [*known, *own] if one.state == "collecting" else known
    lacking = rules.missing(one, student, len(held), scheme)
    return Look(one, student, scheme, rules.profile_of(student, one, scheme), held, lacking)


def _held(scheme: Scheme, data: Mapping[str, Any]) -> Held:
    assert scheme.positions is not None
    form = scheme.positions.form
    shown = {f.id: f.shown(data.get(f.id)) for f in form.fields}
    until = data.get("until")
    return Held(
        title=shown[scheme.positions.title_field],
        level=shown.get("level") or None,
        starts_on=date.fromisoformat(str(data["since"])),
        ends_on=date.fromisoformat(str(until)) if until else None,
        duties=shown.get("duties") or None,
    )


async def begin(
    deps: ArchiveDeps, actor: Actor, student_id: UUID, school_year: str, number: int, origin: Mapping[str, Any]
) -> Look:
    """Begin to backfill one term of a student. Refused where it was not spent in another province (JX-15)."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        student = await find_student(tx, student_id)
        if student is None:
            raise Refusal("not_found")
        actor.need(student.path)
        ours = await terms.terms_at(tx, deps.directory, student.path)
        if not ours:
            raise Refusal("backfill_not_possible", detail="本校还没有学期", why="no_scheme")
        scheme = ours[-1].scheme
        rules.need_right(scheme, actor)
        rules.need_no_career(scheme, (await careers.lock(tx, student_id)).state)
        first = int(school_year[:4])
        usual = (date(first, 9, 1), date(first + 1, 1, 31)) if number == 1 else (date(first + 1, 2, 1), date(first + 1, 8, 31))
        one = Backfill(
            id=new_id(),
            student_id=student_id,
            path=student.path,
            scheme_id=scheme.id,
            scheme_version=scheme.version,
            time_zone=ours[-1].zone.key,
            school_year=school_year,
            number=number,
            starts_on=origin.get("starts_on") or usual[0],
            ends_on=origin.get("ends_on") or usual[1],
            from_province=origin["from_province"],
            from_school=origin["from_school"],
            transferred_on=origin["transferred_on"],
            made_by=actor.account_id,
            made_by_name=actor.name,
            made_at=now,
        )
        home = await backfills.province_of(tx, student.path)
        archived = await backfills.archived(tx, student_id, school_year, number)
        rules.need_outside(one, scheme, home, ours, one.today(now), archived)
        if not await backfills.add(tx, one):
            raise Refusal(
                "conflict", detail=f"{one.title}已在补录", rule=scheme.rule("backfill"), scheme=f"{scheme.id}@{scheme.version}"
            )
        await audit.write(tx, now, actor, "backfill.begun", student.path, student_id, term=one.title)
        return await looked(deps, tx, one)


async def still_open(deps: ArchiveDeps, tx: Tx, actor: Actor, backfill_id: UUID, seen: int | None) -> Look:
    """One that may still be changed, locked; the career archive is looked at each time."""
    one = await backfills.lock(tx, backfill_id)
    if one is None:
        raise Refusal("not_found")
    student = await find_student(tx, one.student_id)
    assert student is not None
    actor.need(student.path)
    scheme = deps.schemes.get(one.scheme_id, one.scheme_version)
    rules.need_right(scheme, actor)
    rules.need_open(one, scheme)
    rules.need_no_career(scheme, (await careers.lock(tx, one.student_id)).state)
    if seen is not None and seen != one.version:
        raise Refusal("stale_version", version=one.version)
    return await looked(deps, tx, replace(one, path=student.path))


async def fill(
    deps: ArchiveDeps,
    actor: Actor,
    backfill_id: UUID,
    seen: int,
    profile: Mapping[str, Any] | None,
    positions: Sequence[Mapping[str, Any]] | None,
    said: Sequence[Said] | None,
) -> Look:
    """Replace what was written by hand of the profile, the positions and the (optional) comments; None leaves a part."""
    async with deps.db.transaction() as tx:
        found = await still_open(deps, tx, actor, backfill_id, seen)
        scheme, one = found.scheme, found.backfill
        today, zone = one.today(deps.now()), one.zone
        if profile is not None:
            one = replace(one, profile=rules.clean_profile(scheme, profile, today, zone))
        if positions is not None:
            one = replace(
                one, positions=tuple(rules.clean_position(scheme, n, p, today, zone) for n, p in enumerate(positions))
            )
        if said is not None:
            rules.need_each_once(scheme, [s.type for s in said])
            one = replace(one, evaluations=tuple(_clean_said(scheme, n, s) for n, s in enumerate(said)))
        one = replace(one, version=one.version + 1)
        await backfills.save(tx, one)
        fresh = await backfills.get(tx, backfill_id)
        assert fresh is not None
        return await looked(deps, tx, fresh)


def _clean_said(scheme: Scheme, at: int, said: Said) -> Said:
    rule = next((e for e in scheme.evaluations if e.id == said.type and e.text is not None), None)
    if rule is None:
        raise rules.wrong(scheme, [(f"evaluations.{at}.type", "没有这项评价")])
    text, bad = clean(rule, said.text)
    if bad is not None:
        raise rules.wrong(scheme, [(f"evaluations.{at}.text", bad)])
    return replace(said, text=text)


async def add_record(
    deps: ArchiveDeps, actor: Actor, backfill_id: UUID, kind: str, data: Mapping[str, Any], files: Sequence[UUID]
) -> Look:
    """Add one record, filed under its kind, with its evidence; checked by the kind's own form (JX-15)."""
    async with deps.db.transaction() as tx:
        found = await still_open(deps, tx, actor, backfill_id, None)
        one, scheme = found.backfill, found.scheme
        clean_data = rules.clean_record(scheme, one, kind, data, len(files), one.today(deps.now()))
        record_id = new_id()
        rows = await deps.files.attach(tx, actor.account_id, list(files), f"record:{record_id}") if files else []
        evidence = tuple(
            EvidenceRef(
                evidence_id=row["id"], name=row["name"], media_type=row["media_type"], size=row["size"], sha256=row["sha256"],
                public_key=row["public_key"] or row["object_key"],
            )
            for row in rows
        )  # fmt: skip
        added = Added(record_id, kind, scheme.kind(kind).title_of(clean_data)[:400], clean_data, evidence)
        await backfills.add_record(tx, backfill_id, added)
        return await _grown(deps, tx, one)


async def remove_record(deps: ArchiveDeps, actor: Actor, backfill_id: UUID, record_id: UUID) -> Look:
    """Take a record out again."""
    async with deps.db.transaction() as tx:
        found = await still_open(deps, tx, actor, backfill_id, None)
        if not await backfills.remove_record(tx, backfill_id, record_id):
            raise Refusal("not_found")
        await deps.files.release(tx, f"record:{record_id}", [])
        return await _grown(deps, tx, found.backfill)


async def _grown(deps: ArchiveDeps, tx: Tx, one: Backfill) -> Look:
    await backfills.save(tx, replace(one, version=one.version + 1))
    fresh = await backfills.get(tx, one.id)
    assert fresh is not None
    return await looked(deps, tx, fresh)


async def give_up(deps: ArchiveDeps, actor: Actor, backfill_id: UUID, seen: int) -> None:
    """Give a backfill up that is not sealed."""
    async with deps.db.transaction() as tx:
        found = await still_open(deps, tx, actor, backfill_id, seen)
        for record in found.backfill.records:
            await deps.files.release(tx, f"record:{record.id}", [])
        await backfills.remove(tx, backfill_id)
        await audit.write(tx, deps.now(), actor, "backfill.given_up", found.student.path, found.student.id)


async def look(deps: ArchiveDeps, actor: Actor, backfill_id: UUID) -> Look:
    """One backfill."""
    async with deps.db.reading() as tx:
        one = await backfills.get(tx, backfill_id)
        if one is None:
            raise Refusal("not_found")
        found = await looked(deps, tx, one)
    actor.need(found.student.path)
    return found


async def page(deps: ArchiveDeps, actor: Actor, student_id: UUID | None, after: UUID | None, limit: int) -> list[Backfill]:
    """The backfills in one's organisation, newest first."""
    async with deps.db.reading() as tx:
        return await backfills.page(tx, actor.path, student_id, after, limit)


async def evidence_address(deps: ArchiveDeps, actor: Actor, backfill_id: UUID, evidence_id: UUID) -> tuple[str, str, int]:
    """A short-lived address of a record's evidence, its name, and for how many seconds it is good."""
    found = await look(deps, actor, backfill_id)
    one = next((e for r in found.backfill.records for e in r.evidence if e.evidence_id == evidence_id), None)
    if one is None:
        raise Refusal("not_found")
    url = deps.storage.address(deps.settings.bucket, one.public_key, one.name, one.media_type, SECONDS)
    return url, one.name, SECONDS
