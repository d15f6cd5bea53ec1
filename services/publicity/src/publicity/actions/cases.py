"""Cases: filed while the board is open (JX-08), acted on one by one or many at once (JX-09, JX-10), and by deadlines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from scheme import CaseType
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.files import Accepted, StoredObject
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from publicity.actions import board, case_engine, malicious, objections, published_results
from publicity.actions.case_engine import Delay
from publicity.actions.objections import Filing
from publicity.actions.terms import read_case_key
from publicity.adapters.complainants import Complainant
from publicity.deps import Deps
from publicity.domain.appeals import appeal_type
from publicity.domain.board import need_taken
from publicity.domain.case_engine import CaseEngine
from publicity.domain.cases import (
    ActionInput,
    Case,
    Person,
    case_type_for,
    is_named_to,
    may_see_complainant,
    need_may_see_complainant,
    new_case,
    rule_of,
)
from publicity.domain.entries import Entry, State, lacking
from publicity.domain.rounding import next_step, rounded
from publicity.domain.terms import Term
from publicity.results import CaseDetail, CaseList, Result
from publicity.store import case_classes, cases, entries, held_events

SIGNED = "按方案向办理人员显示"
"""The reason in the log where the scheme names the complainant to those who decide (CS-10)."""
_MOST_COUNTED = 5000
"""Of so many of the newest cases the classes are listed to choose from."""
_MEDIA = {"image": "image/", "pdf": "application/pdf", "video": "video/", "audio": "audio/"}


@dataclass(frozen=True)
class Missing:
    """What somebody misses in a report: a student's entry of a kind in a term (SH-08)."""

    term_id: UUID
    student_id: UUID
    kind: str


@dataclass(frozen=True)
class PublishedResultId:
    """A published result (X-15)."""

    id: UUID


@dataclass(frozen=True)
class Complaint:
    """What somebody objects to, an entry, that one is missing, or a result, and why."""

    about: UUID | Missing | PublishedResultId
    case_type: str | None
    complaint_type: str | None
    text: str
    files: tuple[UUID, ...]


async def complain(deps: Deps, actor: Actor, complaint: Complaint) -> tuple[Case, Term]:
    """File a complaint or an appeal (JX-08): in its window, one open case per account and entry; encrypts who it is (X-08)."""
    by, about = deps.complainants.person(actor), complaint.about
    async with deps.db.transaction() as tx:
        if isinstance(about, PublishedResultId):
            filing = await objections.begin(deps, tx, actor, about.id, complaint.case_type, complaint.text)
        else:
            filing = await _begin(deps, tx, actor, complaint, about)
        engine, term, case_type, rule = filing.engine, filing.term, filing.case_type, filing.rule
        _need_valid(case_type, complaint, term, rule, missing=filing.missing)
        has_open = cases.has_open_missing if filing.missing else cases.has_open
        if case_type.one_open and await has_open(tx, filing.case.entry_id, by.pseudonym):
            raise term.refusal("case_open_already", "X-08")
        case_id = filing.case.id
        case = replace(
            filing.case,
            complainant=by.pseudonym,
            complainant_sealed=deps.complainants.seal(case_id, Complainant.model_validate(actor, from_attributes=True)),
            complaint_type=complaint.complaint_type,
        )
        if complaint.files:
            files = await _attach(deps, tx, actor, complaint.files, opening_files(case_id))
            _need_accepted(case_type, files, rule)
            await cases.disown_files(tx, opening_files(case_id), case_id)
        case = engine.open(case, len(complaint.files))
        await _save_quietly(deps, tx, engine, case_id)
        return case, term


async def _begin(deps: Deps, tx: Tx, actor: Actor, complaint: Complaint, about: UUID | Missing) -> Filing:
    """The case about an entry that this actor may file now."""
    entry_id = await _add_missing(deps, tx, actor, about) if isinstance(about, Missing) else about
    engine = await case_engine.load(deps, tx, entry_ids=[entry_id])
    engine.round_to(rounded(engine.now, deps.settings.complaint_seconds))
    entry = engine.entries.get(entry_id)
    if entry is None:
        raise Refusal("not_found")
    term = engine.terms[entry.term_id]
    running = term.step_at(entry.path, deps.now())
    taken = running.step.cases if running is not None else None
    case_type = case_type_for(term.scheme, complaint.case_type, entry.state is State.EXCLUDED, taken)
    rule = rule_of(term.scheme, case_type, "complaint.open")
    follows_case = await _need_right(deps, tx, actor, term, entry, case_type, rule)
    case = new_case(uuid4(), case_type, entry, complaint.text, engine.now)  # not a UUIDv7, which would tell when
    return Filing(engine, term, case_type, rule, replace(case, follows_case=follows_case), entry.missing)


async def _add_missing(deps: Deps, tx: Tx, actor: Actor, about: Missing) -> UUID:
    """Add an entry that stands for what is missing in a report which this actor may see now; its id."""
    term, _, student = await board.find_visible_report(deps, tx, actor, about.term_id, about.student_id)
    kind = next((kind for kind in term.report_kinds(student.path) if kind.id == about.kind), None)
    if kind is None:
        raise term.refusal(
            "invalid_input",
            term.scheme.rule("complaint.open"),
            errors=[{"field": "kind", "message": "请选择报告中缺少哪一类数据"}],
        )
    entry = lacking(new_id(), new_id(), term.scheme, kind, term.id, student.id, student.name, student.path)
    await entries.add(tx, entry)
    return entry.id


async def _attach(deps: Deps, tx: Tx, actor: Actor, files: Sequence[UUID], holder: str) -> list[Any]:
    owner = deps.pseudonymous(actor.account_id)
    await cases.adopt_files(tx, owner, actor.account_id, files)
    return await deps.files.attach(tx, owner, list(files), holder)


async def _save_quietly(deps: Deps, tx: Tx, engine: CaseEngine, case_id: UUID) -> None:
    """Save what the complainant did; others hear of it when the next step of time is full (L-17)."""
    seconds: int = deps.settings.complaint_seconds
    if seconds == 0:
        await case_engine.save(tx, engine)
    else:
        await case_engine.save(tx, engine, Delay(case_id, next_step(deps.now(), seconds)))


async def pass_on(deps: Deps, tx: Tx, case_id: UUID) -> None:
    """Send the events that were held back, and store the case's files anew: their dates tell as much as a message (L-17)."""
    await held_events.release(tx, [case_id])
    await deps.files.renew(tx, [opening_files(case_id), f"case:{case_id}"])


async def complete_file(deps: Deps, actor: Actor, file_id: UUID) -> Accepted:
    """Check an upload."""
    owner = deps.pseudonymous(actor.account_id)
    async with deps.db.transaction() as tx:
        await cases.adopt_files(tx, owner, actor.account_id, [file_id])
    return await deps.files.accept(owner, file_id)


async def _need_right(
    deps: Deps, tx: Tx, actor: Actor, term: Term, entry: Entry, case_type: CaseType, rule: str
) -> UUID | None:
    """Refuse unless the scheme lets this actor open such a case about the entry now. Of an appeal: the case that it follows."""
    if entry.missing:
        pass  # `_add_missing` has looked whether they see the report
    elif case_type.against == "published":
        await board.find_visible_entry(deps, tx, actor, entry.id)
    elif entry.student_id not in actor.students:
        raise Refusal("not_found")
    if case_type.opened_by and not actor.is_(*case_type.opened_by):
        raise term.refusal("forbidden", rule)
    if case_type.operation is not None:
        term.need_open(case_type.operation, actor.roles, deps.now(), entry.path, rule)
    if case_type.against == "published":
        need_taken(term, case_type, entry.path, deps.now(), rule)
    if case_type.against == "published" and not case_type.own_too and entry.student_id in actor.students:
        raise term.refusal("own_record", rule)
    if case_type.against == "published" and entry.student_id not in actor.students:
        await malicious.need_not_blocked(deps, tx, actor, term)
    if case_type.against != "outcome":
        return None
    last = await cases.last_outcome(tx, entry.id, case_type.follows or "")
    if last is None or last[1] not in case_type.follows_outcomes:
        raise term.refusal("wrong_state", rule)
    if last[2]:
        raise term.refusal("appealed_already", rule)
    return last[0]


def _need_valid(case_type: CaseType, complaint: Complaint, term: Term, rule: str, *, missing: bool) -> None:
    problems: list[dict[str, Any]] = []
    if wrong := case_type.text.problem(complaint.text):
        problems.append({"field": "text", "message": wrong})
    listed = {reason.id for reason in case_type.reasons if reason.missing == missing}
    if complaint.complaint_type not in (listed if missing else {None, *listed}):
        problems.append({"field": "complaint_type", "message": "请从列表中选择类型"})
    if wrong := case_type.evidence.count_problem(len(complaint.files)):
        problems.append({"field": "files", "message": wrong})
    if problems:
        raise term.refusal("invalid_input", rule, errors=problems)


def _need_accepted(case_type: CaseType, files: Sequence[Any], rule: str) -> None:
    accepted = tuple(_MEDIA[media] for media in case_type.evidence.types)
    for file in files:
        if not file["media_type"].startswith(accepted) or file["size"] > case_type.evidence.max_bytes:
            raise Refusal("file_refused", rule=rule, field=str(file["id"]), detail="文件类型或大小不符合要求")


def opening_files(case_id: UUID) -> str:
    """The holder to which the files of the complaint itself are attached; later ones are attached to `case:<id>`."""
    return f"case:{case_id}:opening"


async def act(
    deps: Deps, actor: Actor, case_id: UUID, action_input: ActionInput, files: Sequence[UUID] = (), version: int | None = None
) -> tuple[Case, Term]:
    """Take an action of the case's present stage (JX-09). `version`: what the caller saw; None: not checked."""
    by = deps.complainants.person(actor)
    async with deps.db.transaction() as tx:
        engine = await case_engine.load(deps, tx, case_ids=[case_id])
        case = _need_visible(engine, by, case_id)
        if version is not None and version != case.version:
            raise Refusal("stale_version", version=case.version)
        quietly = by.pseudonym == case.complainant
        if quietly:
            engine.round_to(rounded(engine.now, deps.settings.complaint_seconds), case)
        if files:
            await _attach(deps, tx, actor, files, f"case:{case.id}")
            if quietly:
                await cases.disown_files(tx, f"case:{case.id}", case.id, files)
        case = engine.act(case_id, replace(action_input, files=len(files)), by)
        await published_results.need_seats(tx, engine, case_id)
        await malicious.save_marks(deps, tx, engine)
        await (_save_quietly(deps, tx, engine, case_id) if quietly else case_engine.save(tx, engine))
        return case, engine.terms[case.term_id]


async def act_on_many(deps: Deps, actor: Actor, case_ids: Sequence[UUID], action_input: ActionInput) -> list[Result]:
    """Take the same action on many cases (JX-10), in one transaction; a refused case stays as it was."""
    by = deps.complainants.person(actor)
    results: list[Result] = []
    async with deps.db.transaction() as tx:
        engine = await case_engine.load(deps, tx, case_ids=case_ids)
        for case_id in dict.fromkeys(case_ids):
            try:
                _need_visible(engine, by, case_id)
                results.append(Result(case_id, engine.act(case_id, action_input, by, bulk=True), None))
            except Refusal as refusal:
                results.append(Result(case_id, None, refusal))
        await malicious.save_marks(deps, tx, engine)
        await case_engine.save(tx, engine)
    return results


def _need_visible(engine: CaseEngine, by: Person, case_id: UUID) -> Case:
    case = engine.cases.get(case_id)
    if case is None or not case.seen_by(by):
        raise Refusal("not_found")
    return case


async def run_alarm(deps: Deps, tx: Tx, key: str, method: Callable[[CaseEngine, UUID, int], None]) -> None:
    """Call `CaseEngine.begin` or `CaseEngine.time_out` for the case and stage of a job's key."""
    case_id, stage_no = read_case_key(key)
    engine = await case_engine.load(deps, tx, case_ids=[case_id])
    if case_id in engine.cases:
        method(engine, case_id, stage_no)
        await malicious.save_marks(deps, tx, engine)
        await case_engine.save(tx, engine)


async def read_case(deps: Deps, actor: Actor, case_id: UUID) -> CaseDetail:
    """A case for its parties, those who act on it, and those who may unseal it; for others it is `not_found`."""
    by = deps.complainants.person(actor)
    async with deps.db.reading() as tx:
        case, term = await _readable(deps, tx, by, case_id)
        holders = [opening_files(case.id), f"case:{case.id}"]
        return CaseDetail(
            by,
            case,
            term,
            await cases.steps_of(tx, case.id),
            await cases.files_of(tx, holders),
            None if await cases.appealed(tx, case.id) else appeal_type(term, case, by, deps.now()),
        )


async def _readable(deps: Deps, tx: Tx, by: Person, case_id: UUID) -> tuple[Case, Term]:
    """A case that this person may read: also those who may learn who complained, to judge whether they have to (X-08)."""
    case = await cases.find(tx, case_id)
    term = await deps.directory.term(tx, case.term_id) if case is not None else None
    if case is None or term is None or not (case.seen_by(by) or may_see_complainant(term.scheme, case, by.actor)):
        raise Refusal("not_found")
    return case, term


async def unseal_complainant(deps: Deps, actor: Actor, case_id: UUID, reason: str | None) -> Complainant:
    """Tell who complained, to the roles that the scheme names (X-08). Logs it and notifies the complainant.

    Those who decide cases that are signed are told without a reason, and the complainant, who knows that, gets no message
    (CS-10); it is logged all the same.
    """
    async with deps.db.transaction() as tx:
        engine = await case_engine.load(deps, tx, case_ids=[case_id])
        case = engine.cases.get(case_id)
        if case is None or not actor.covers(case.path):
            raise Refusal("not_found")
        scheme = engine.terms[case.term_id].scheme
        signed = is_named_to(scheme, case, actor)
        if not signed:
            need_may_see_complainant(scheme, case, actor)
        if case.complainant_sealed is None:
            raise Refusal("not_found")
        if not signed and reason is None:
            raise Refusal("invalid_input", errors=[{"field": "reason", "message": "请写明理由"}])
        complainant = deps.complainants.unseal(case_id, case.complainant_sealed)
        await cases.log_unsealing(tx, case_id, engine.now, actor, reason or SIGNED)
        if not signed and reason is not None:
            engine.unsealed(case_id, actor.role, reason)
            await case_engine.save(tx, engine)
        return complainant


async def listed(
    deps: Deps, actor: Actor, *, path: str | None = None, after: tuple[date, UUID] | None, limit: int, **filters: Any
) -> CaseList:
    """One page of cases. `path`: of this class or organisation only; `filters`: as of `store.cases.page`.

    For staff with the names of their classes, and on the first page with all classes to choose from.
    """
    if path is not None:
        actor.need(path)
    pseudonym = deps.complainants.person(actor).pseudonym
    viewer = cases.CaseViewer(pseudonym, actor.roles, actor.students, actor.path if actor.is_staff else None)
    async with deps.db.reading() as tx:
        found = await cases.page(tx, viewer, path=path, after=after, limit=limit, **filters)
        known = await deps.directory.terms(tx, {case.term_id for case in found})
        if not actor.is_staff or filters["mine"]:
            return CaseList(found, known)
        titles = await case_classes.class_titles(tx, {case.path for case in found})
        wanted = {name: value for name, value in filters.items() if name != "mine"}
        classes = await case_classes.classes(tx, viewer, **wanted, most=_MOST_COUNTED) if after is None else []
        return CaseList(found, known, titles, classes)


async def find_file(deps: Deps, actor: Actor, file_id: UUID, preview: bool = False) -> StoredObject:
    """A case's file, for its uploader and those who see the case; always the clean copy (L-16), or its small picture."""
    row = await _visible_file(deps, actor, file_id)
    if row["cleaned_at"] is None:  # stored by an earlier release
        await deps.files.clean_now(file_id)
        row = await _visible_file(deps, actor, file_id)
    if not preview:
        return StoredObject(row["bucket"], row["object_key"], row["name"], row["media_type"])
    if row["preview_key"] is None:
        raise Refusal("not_found")
    return StoredObject(row["bucket"], row["preview_key"], f"{row['name']}.jpg", "image/jpeg", inline=True)


async def _visible_file(deps: Deps, actor: Actor, file_id: UUID) -> Any:
    async with deps.db.reading() as tx:
        row = await cases.file(tx, file_id)
        if row is None:
            raise Refusal("not_found")
        if row["owner_id"] not in (deps.pseudonymous(actor.account_id), actor.account_id):  # the latter: of an earlier release
            holder, _, case_id = (row["attached_to"] or "").partition(":")
            if holder != "case":
                raise Refusal("not_found")
            await _readable(deps, tx, deps.complainants.person(actor), UUID(case_id.partition(":")[0]))
    return row


async def seal_old(deps: Deps) -> None:
    """Chore: encrypt the complainants of cases that still have the account in plain text, and disown their files.

    Those cases did not store the name, so only the account is encrypted.
    """
    async with deps.db.transaction() as tx:
        old = await cases.unsealed_before(tx, 500)
        if not old:
            return
        await cases.disown_old_files(tx, old)
        sealer = deps.complainants
        await cases.seal_old(
            tx,
            [
                (case_id, sealer.pseudonym_of(account_id), sealer.seal(case_id, Complainant(account_id=account_id)))
                for case_id, account_id in old
            ],
        )
