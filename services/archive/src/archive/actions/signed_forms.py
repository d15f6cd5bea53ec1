"""Filing photographed forms: read, matched to a student, replaced, returned, looked at; reminding who is missing (NR-03)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.archive import SignedFormReturnedV1, SignedFormsRemindedV1
from contracts.base import ancestor, within
from contracts.identity import UploadCodesIssuedV1
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Student, find_student
from servicekit.encryption import blind_index
from servicekit.files import StoredObject
from servicekit.form_codes import digest, read_code
from servicekit.ids import new_id
from servicekit.inspection.not_accepted import NotAccepted
from servicekit.refusals import Refusal

from archive.actions.form_counts import recount
from archive.deps import ArchiveDeps
from archive.domain import signed_forms as rules
from archive.domain.evaluations import Author
from archive.domain.found import need_found
from archive.domain.signed_forms import FormOf, Photo, Reading, SignedForm
from archive.domain.terms import ArchiveTerm
from archive.store import audit, form_counts, terms
from archive.store import signed_forms as store


@dataclass(frozen=True)
class Upload:
    """Photos of one form. `student_id`: for whom; None: staff leave it to the code. `code`: as somebody typed it. `by_eye`:
    staff looked at the picture, which shows no code."""

    file_ids: Sequence[UUID]
    student_id: UUID | None = None
    code: str | None = None
    by_eye: bool = False


async def codes_issued(deps: ArchiveDeps, tx: Tx, event: UploadCodesIssuedV1) -> None:
    """Store whose upload codes these are, as keyed hashes (NR-02)."""
    await store.save_codes(tx, [(one.student_id, _index(deps, one.digest), one.serial) for one in event.codes])


def _index(deps: ArchiveDeps, of_digest: str) -> bytes:
    return blind_index(deps.form_key, f"upload_code:{of_digest}")


async def file_form(deps: ArchiveDeps, actor: Actor, term_id: UUID, upload: Upload) -> FormOf:
    """File the photos of one form with the student whose code they show (NR-03). An earlier form stays, as replaced."""
    now = deps.now()
    async with deps.db.reading() as tx:
        term = await _term(deps, tx, actor, term_id)
        rule = rules.need_may_upload(term, actor, now)
        rules.need_fewer_failures(term, *await store.failures(tx, actor.account_id), now)
        photos = await store.uploads(tx, actor.account_id, upload.file_ids)
    ids = list(dict.fromkeys(upload.file_ids))
    if len(ids) > rule.most_photos:
        cited = term.scheme.rule("verification.form")
        raise term.refusal("invalid_input", cited, detail=f"一份确认表最多{rule.most_photos}张照片", field="file_ids")
    if any(file_id not in photos for file_id in ids):
        raise Refusal("file_missing", field="file_ids")
    texts = [text for file_id in ids for text in await _codes_in(deps, photos[file_id])]
    wanted = upload.student_id if actor.is_staff else actor.student_id
    async with deps.db.transaction() as tx:
        term = await _term(deps, tx, actor, term_id)
        reading = await _reading(deps, tx, texts, upload)
        try:
            student_id, matched = rules.match(term, reading, wanted, is_staff=actor.is_staff)
        except Refusal as refusal:
            raise await _explained(deps, tx, actor, term, refusal, guessed=read_code(upload.code or "") is not None) from None
        student = rules.need_in_reach(term, actor, await find_student(tx, student_id))
        form = SignedForm(
            new_id(), term.school_year, term.id, student.id, student.path, matched,
            Author(actor.account_id, actor.name), actor.role, now,
        )  # fmt: skip
        await deps.files.attach(tx, actor.account_id, ids, f"signed_form:{form.id}")
        await form_counts.lock_students(tx, [student.id])
        await store.replace(tx, student.id, term.school_year, now)
        await store.add(tx, form, ids)
        await audit.write(
            tx, now, actor, "signed_form.filed", student.path, student.id, form=str(form.id), matched=matched, photos=len(ids)
        )
        await recount(tx, [student.id], now.date())
        return FormOf(student, form, (await store.photos(tx, [form.id]))[form.id])


async def _term(deps: ArchiveDeps, tx: Tx, actor: Actor, term_id: UUID) -> ArchiveTerm:
    term = await terms.term(tx, deps.directory, term_id)
    if term is None or term.backfill or not (within(actor.path, term.path) or actor.covers(term.path)):
        raise Refusal("not_found")
    return term


async def _codes_in(deps: ArchiveDeps, photo: Photo) -> list[str]:
    """The texts of QR codes in a photo's clean copy; a photo in which nothing can be read has none."""
    data = await deps.storage.read(photo.bucket, photo.object_key)
    try:
        return await deps.files.inspector.codes(data, photo.media_type)
    except NotAccepted:
        return []


async def _reading(deps: ArchiveDeps, tx: Tx, texts: Sequence[str], upload: Upload) -> Reading:
    shown = {code[1] for text in texts if (code := read_code(text)) is not None and code[0] == "upload"}
    parsed = read_code(upload.code) if upload.code else None
    typed = parsed[1] if parsed is not None and parsed[0] == "upload" else None
    indexes = {code: _index(deps, digest(code)) for code in {*shown, *([typed] if typed else [])}}
    known = await store.students_by_code(tx, list(indexes.values()))
    in_pictures = {known.get(indexes[code]) for code in shown}
    return Reading(
        in_pictures=frozenset(one for one in in_pictures if one is not None),
        unknown=None in in_pictures,
        was_typed=bool(upload.code),
        typed=known.get(indexes[typed]) if typed else None,
        by_eye=upload.by_eye,
    )


async def _explained(deps: ArchiveDeps, tx: Tx, actor: Actor, term: ArchiveTerm, refusal: Refusal, *, guessed: bool) -> Refusal:
    """A refusal that names the other student to staff who may see them, and to nobody else. Wrong codes are counted, but for
    mistyped ones."""
    if refusal.code == "upload_code_wrong" and guessed:
        async with deps.db.transaction(apart=True) as own:
            await store.count_failure(own, actor.account_id, deps.now(), rules.WRONG_CODES_COUNT_FOR)
    named = refusal.details.pop("student_id", None)
    if named is None:
        return refusal
    student = await find_student(tx, UUID(str(named)))
    if student is None or not actor.covers(student.path) or ancestor(student.path, "school") != term.path:
        return term.refusal("form_of_stranger", term.scheme.rule("verification.form"), help="请交给该学生的学校办理")
    refusal.details["student"] = {
        "student_id": str(student.id), "name": student.name, "class_title": student.grade_title + student.class_title,
    }  # fmt: skip
    return refusal


async def give_back(deps: ArchiveDeps, actor: Actor, form_id: UUID, reason: str) -> FormOf:
    """The school cannot use a form: unsigned, blurred, another page. It counts no more, and the family is told why."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        form = need_found(await store.lock(tx, form_id))
        student = need_found(await find_student(tx, form.student_id))
        if not actor.is_staff or not rules.may_see_pictures(actor, student):
            raise Refusal("not_found")
        term = need_found(await terms.term(tx, deps.directory, form.term_id))
        rule = rules.need_verification(term)
        if not form.counts:
            raise term.refusal("wrong_state", term.scheme.rule("verification.form"), detail="这份确认表已被替换或退回")
        await form_counts.lock_students(tx, [student.id])
        await store.give_back(tx, form_id, actor.name, reason, now)
        await audit.write(tx, now, actor, "signed_form.returned", student.path, student.id, form=str(form_id), reason=reason)
        event = SignedFormReturnedV1(
            student_id=student.id, term_id=term.id, path=student.path, title=rule.title, form=rule.form, reason=reason, at=now
        )
        await outbox.add(tx, event)
        await recount(tx, [student.id], now.date())
        return FormOf(student, (await store.in_force(tx, [student.id], form.school_year)).get(student.id))


async def listed(
    deps: ArchiveDeps, actor: Actor, term_id: UUID, path: str | None, uploaded: bool | None, after: tuple[str, UUID] | None,
    limit: int,
) -> list[FormOf]:  # fmt: skip
    """The students below a path with their forms, without photos: who has uploaded, and who has not."""
    async with deps.db.reading() as tx:
        term = await _term(deps, tx, actor, term_id)
        chosen = path or (actor.path if within(actor.path, term.path) else term.path)
        actor.need(chosen)
        if not within(chosen, term.path):
            raise Refusal("not_found")
        students = await store.students_of(tx, chosen, term.school_year, uploaded, after, limit)
        forms = await store.in_force(tx, [one.id for one in students], term.school_year)
    return [FormOf(one, forms.get(one.id)) for one in students]


async def of_student(deps: ArchiveDeps, actor: Actor, student_id: UUID) -> list[FormOf]:
    """All forms of a student with their photos, newest first, for those who may see them."""
    async with deps.db.reading() as tx:
        student = await _seen(tx, actor, student_id)
        forms = await store.of_student(tx, student_id)
        photos = await store.photos(tx, [one.id for one in forms])
    return [FormOf(student, one, photos.get(one.id, [])) for one in forms]


async def find_photo(deps: ArchiveDeps, actor: Actor, student_id: UUID, form_id: UUID, number: int) -> StoredObject:
    """A photo of a student's form, from 1. That staff look at it is written down."""
    async with deps.db.transaction() as tx:
        student = await _seen(tx, actor, student_id)
        form = need_found(next((one for one in await store.of_student(tx, student_id) if one.id == form_id), None))
        photos = (await store.photos(tx, [form.id])).get(form.id, [])
        if not 1 <= number <= len(photos):
            raise Refusal("not_found")
        photo = photos[number - 1]
        if actor.is_staff:
            await audit.write(
                tx, deps.now(), actor, "signed_form.seen", student.path, student.id, form=str(form.id), number=number
            )
    return StoredObject(photo.bucket, photo.object_key, photo.name, photo.media_type, inline=True)


async def _seen(tx: Tx, actor: Actor, student_id: UUID) -> Student:
    student = await find_student(tx, student_id)
    if student is None or not rules.may_see_pictures(actor, student):
        raise Refusal("not_found")
    return student


async def remind(deps: ArchiveDeps, actor: Actor, term_id: UUID, path: str) -> int:
    """Remind the families whose form is missing, class by class and each class once a day; returns how many."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        term = await _term(deps, tx, actor, term_id)
        rule = rules.need_verification(term)
        actor.need(path)
        if not within(path, term.path):
            raise Refusal("not_found")
        missing = await store.students_of(tx, path, term.school_year, False, None, 5_000)
        by_class: dict[str, list[UUID]] = {}
        for one in missing:
            by_class.setdefault(one.path, []).append(one.id)
        to_remind = await store.begin_reminders(tx, by_class, term.school_year, now, rules.REMIND_AGAIN_AFTER)
        rules.need_some_to_remind(term, by_class, to_remind)
        by_class = {class_path: ids for class_path, ids in by_class.items() if class_path in to_remind}
        for class_path, ids in by_class.items():
            event = SignedFormsRemindedV1(
                term_id=term.id, path=class_path, title=rule.title, form=rule.form, students=tuple(ids), at=now
            )
            await outbox.add(tx, event)
        families = sum(map(len, by_class.values()))
        await audit.write(tx, now, actor, "signed_forms.reminded", path, term.id, students=families)
    return families
