"""Cases: opened while the board is open (JX-08), moved one by one or many at once (JX-09, JX-10), and by the clock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from scheme import CaseType
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal

from publicity.actions import board, dockets
from publicity.adapters.sealing import Complainant
from publicity.deps import Deps
from publicity.domain.cases import Case, Given, Person, case_type_for, file_name, need_unsealer, rule_of
from publicity.domain.docket import Docket
from publicity.domain.entries import Entry, State
from publicity.domain.terms import Term
from publicity.results import Result, Whole
from publicity.store import cases

_MEDIA = {"image": "image/", "pdf": "application/pdf", "video": "video/", "audio": "audio/"}


@dataclass(frozen=True)
class Complaint:
    """What somebody objects to, and what they say."""

    entry_id: UUID
    case_type: str | None
    complaint_type: str | None
    text: str
    files: tuple[UUID, ...]


async def complain(deps: Deps, actor: Actor, said: Complaint) -> tuple[Case, Term]:
    """Open a case (JX-08): in its window, by who may, once per account and entry; who it is gets sealed (X-08)."""
    by = deps.seals.person(actor)
    async with deps.db.transaction() as tx:
        docket = await dockets.load(deps, tx, entry_ids=[said.entry_id])
        entry = docket.entries.get(said.entry_id)
        if entry is None:
            raise Refusal("not_found")
        term = docket.terms[entry.term_id]
        kind = case_type_for(term.scheme, said.case_type, entry.state is State.EXCLUDED)
        await _need_right(deps, tx, actor, docket, entry, kind)
        _need_words(kind, said, term)
        if kind.one_open and await cases.has_open(tx, entry.id, by.mark):
            raise Refusal("case_open_already", rule="X-08", scheme=term.scheme_name)
        case_id = uuid4()  # not a UUIDv7: that would tell when
        case = Case(
            id=case_id,
            case_type=kind.id,
            entry_id=entry.id,
            term_id=term.id,
            record_id=entry.record_id,
            student_id=entry.student_id,
            path=entry.path,
            title=entry.snapshot.title,
            complainant=by.mark,
            sealed=deps.seals.close(case_id, actor),
            complaint_type=said.complaint_type,
            text=said.text.strip(),
            one_open=kind.one_open,
            parties=(),
            stage=term.scheme.cases.start(kind.id, entry.snapshot.level).id,
            stage_no=0,
            waits_for=(),
            begun_at=None,
            before=entry.snapshot,
            opened_at=docket.now,
        )
        if said.files:
            held = await deps.files.attach(tx, actor.account_id, list(said.files), opening_files(case_id))
            _need_files(kind, held, term)
            await cases.disown_files(tx, opening_files(case_id), case_id)
        case = docket.open(case, len(said.files))
        await dockets.save(tx, docket)
        return case, term


async def _need_right(deps: Deps, tx: Tx, actor: Actor, docket: Docket, entry: Entry, kind: CaseType) -> None:
    term = docket.terms[entry.term_id]
    rule = rule_of(term.scheme, kind, "complaint.open")
    if kind.against == "published":
        await board.in_sight(deps, tx, actor, entry.id)
    elif entry.student_id not in actor.students:
        raise Refusal("not_found")
    if kind.opened_by and not actor.is_(*kind.opened_by):
        raise Refusal("forbidden", rule=rule, scheme=term.scheme_name)
    if kind.operation is not None:
        term.need_open(kind.operation, actor.roles, docket.now, entry.path, rule)
    if kind.against == "published" and not kind.own_too and entry.student_id in actor.students:
        raise Refusal("own_record", rule=rule, scheme=term.scheme_name)
    if kind.against == "outcome":
        ended = await cases.outcomes(tx, entry.id, kind.follows or "")
        if ended.isdisjoint(kind.follows_outcomes):
            raise Refusal("wrong_state", rule=rule, scheme=term.scheme_name)


def _need_words(kind: CaseType, said: Complaint, term: Term) -> None:
    problems: list[dict[str, Any]] = []
    if wrong := kind.text.problem(said.text):
        problems.append({"field": "text", "message": wrong})
    if said.complaint_type is not None and said.complaint_type not in {choice.id for choice in kind.reasons}:
        problems.append({"field": "complaint_type", "message": "请从列表中选择类型"})
    if wrong := kind.evidence.count_problem(len(said.files)):
        problems.append({"field": "files", "message": wrong})
    if problems:
        raise Refusal(
            "invalid_input", rule=rule_of(term.scheme, kind, "complaint.open"), scheme=term.scheme_name, errors=problems
        )


def _need_files(kind: CaseType, held: Sequence[Any], term: Term) -> None:
    accepted = tuple(_MEDIA[one] for one in kind.evidence.types)
    for file in held:
        if not file["media_type"].startswith(accepted) or file["size"] > kind.evidence.max_bytes:
            rule, detail = rule_of(term.scheme, kind, "complaint.open"), "文件类型或大小不符合要求"
            raise Refusal("file_refused", rule=rule, field=str(file["id"]), detail=detail)


def opening_files(case_id: UUID) -> str:
    """What the complainant's own files are attached to."""
    return f"case:{case_id}:opening"


async def act(
    deps: Deps, actor: Actor, case_id: UUID, given: Given, files: Sequence[UUID] = (), version: int | None = None
) -> tuple[Case, Term]:
    """Take one action at the case's present stage (JX-09). `version`: what the caller saw, where they say so."""
    by = deps.seals.person(actor)
    async with deps.db.transaction() as tx:
        docket = await dockets.load(deps, tx, case_ids=[case_id])
        case = _seen(docket, by, case_id)
        if version is not None and version != case.version:
            raise Refusal("stale_version", version=case.version)
        if files:
            await deps.files.attach(tx, actor.account_id, list(files), f"case:{case.id}")
            if by.mark == case.complainant:
                await cases.disown_files(tx, f"case:{case.id}", case.id, files)
        case = docket.act(case_id, replace(given, files=len(files)), by)
        await dockets.save(tx, docket)
        return case, docket.terms[case.term_id]


async def act_on_many(deps: Deps, actor: Actor, case_ids: Sequence[UUID], given: Given) -> list[Result]:
    """The same action on many cases (JX-10), in one transaction; what is refused is left as it was."""
    results: dict[UUID, Result] = {}
    by = deps.seals.person(actor)
    async with deps.db.transaction() as tx:
        docket = await dockets.load(deps, tx, case_ids=case_ids)
        for case_id in case_ids:
            if case_id in results:
                continue
            try:
                _seen(docket, by, case_id)
                results[case_id] = Result(case_id, docket.act(case_id, given, by, bulk=True), None)
            except Refusal as refusal:
                results[case_id] = Result(case_id, None, refusal)
        await dockets.save(tx, docket)
    return list(results.values())


def _seen(docket: Docket, by: Person, case_id: UUID) -> Case:
    case = docket.cases.get(case_id)
    if case is None or not case.seen_by(by):
        raise Refusal("not_found")
    return case


async def begin(deps: Deps, tx: Tx, case_id: UUID, stage_no: int) -> None:
    """The window of a case's stage opened (JX-08)."""
    docket = await dockets.load(deps, tx, case_ids=[case_id])
    if case_id in docket.cases:
        docket.begin(case_id, stage_no)
        await dockets.save(tx, docket)


async def time_out(deps: Deps, tx: Tx, case_id: UUID, stage_no: int) -> None:
    """A stage's deadline passed (X-08)."""
    docket = await dockets.load(deps, tx, case_ids=[case_id])
    if case_id in docket.cases:
        docket.time_out(case_id, stage_no)
        await dockets.save(tx, docket)


async def look(deps: Deps, actor: Actor, case_id: UUID) -> Whole:
    """A case for its parties and those who act on it; for others it does not exist."""
    by = deps.seals.person(actor)
    async with deps.db.reading() as tx:
        case = await cases.find(tx, case_id)
        if case is None or not case.seen_by(by):
            raise Refusal("not_found")
        term = await deps.directory.term(tx, case.term_id)
        assert term is not None, "a case has a term"
        holders = [opening_files(case.id), f"case:{case.id}"]
        return Whole(by, case, term, await cases.steps_of(tx, case.id), await cases.files_of(tx, holders))


async def unseal(deps: Deps, actor: Actor, case_id: UUID, reason: str) -> Complainant:
    """Say who complained, to whom the scheme lets open the seal (X-08). It stays on record, and the complainant is told."""
    async with deps.db.transaction() as tx:
        docket = await dockets.load(deps, tx, case_ids=[case_id])
        case = docket.cases.get(case_id)
        if case is None or not actor.covers(case.path):
            raise Refusal("not_found")
        need_unsealer(docket.terms[case.term_id].scheme, case, actor)
        if case.sealed is None:
            raise Refusal("not_found")
        found = deps.seals.open(case_id, case.sealed)
        await cases.note_unsealing(tx, case_id, docket.now, actor.account_id, actor.card_id, actor.role, reason)
        docket.unsealed(case_id, actor.role, reason)
        await dockets.save(tx, docket)
        return found


async def listed(
    deps: Deps, actor: Actor, *, after: tuple[date, UUID] | None, limit: int, **wanted: Any
) -> tuple[list[Case], dict[UUID, Term]]:
    """One page of cases."""
    mark = deps.seals.mark(actor.account_id)
    viewer = cases.Viewer(mark, actor.roles, actor.students, actor.path if actor.is_staff else None)
    async with deps.db.reading() as tx:
        found = await cases.page(tx, viewer, after=after, limit=limit, **wanted)
        return found, await deps.directory.terms(tx, {case.term_id for case in found})


async def file_address(deps: Deps, actor: Actor, file_id: UUID) -> str:
    """A short-lived address of a case's file, for its uploader and those who see the case."""
    async with deps.db.reading() as tx:
        row = await cases.file(tx, file_id)
        if row is None:
            raise Refusal("not_found")
        name = row["name"]
        if row["owner_id"] != actor.account_id:
            holder, _, held_by = (row["attached_to"] or "").partition(":")
            case = await cases.find(tx, UUID(held_by.partition(":")[0])) if holder == "case" else None
            by = deps.seals.person(actor)
            if case is None or not case.seen_by(by):
                raise Refusal("not_found")
            name = file_name(row, case, by)
    return deps.storage.address(row["bucket"], row["object_key"], name, row["media_type"])


async def seal_old(deps: Deps) -> None:
    """Chore: cases from before complainants were sealed. The name was not kept then; the account is what is sealed.

    What the complainant sent is disowned too: its owner and its names would tell.
    """
    async with deps.db.transaction() as tx:
        old = await cases.unsealed_before(tx, 500)
        if not old:
            return
        await cases.disown_old_files(tx, old)
        await cases.seal_old(
            tx, [(case_id, deps.seals.mark(account), deps.seals.close_account(case_id, account)) for case_id, account in old]
        )
