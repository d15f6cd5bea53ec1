"""What a student's profile shows, in the order and words of the scheme, and who may change its photo (CS-15)."""

from dataclasses import dataclass

from scheme import Scheme
from servicekit.auth import Actor
from servicekit.refusals import Refusal

from identity.domain.documents import masked
from identity.domain.students import Student


@dataclass(frozen=True)
class ProfileLine:
    """One line: an id of the scheme's form, its title, and the value as readers see it; empty: not registered."""

    id: str
    title: str
    value: str


@dataclass(frozen=True)
class Photo:
    """A student's photo: where its clean copy and its small picture are, and whether the school set it."""

    bucket: str
    object_key: str
    preview_key: str | None
    name: str
    media_type: str
    by_staff: bool


def lines(scheme: Scheme, student: Student, id_number: str | None, username: str) -> tuple[ProfileLine, ...]:
    """The fields of the scheme's profile that the platform knows; `id_number` is complete here, and shown masked."""
    known = {
        "name": student.name,
        "sex": student.sex,
        "birth_date": "" if student.born is None else student.born.isoformat(),
        "school": student.school_title,
        "class": student.grade_title + student.class_title,
        "registry_number": student.registry_number,
        "student_number": student.student_number or "",
        "id_number": masked(id_number) or "",
        "education_id": student.eid,
        "username": username,
    }
    return tuple(
        ProfileLine(field.id, field.title, field.shown(known[field.id]))
        for field in scheme.profile.form.fields
        if field.id in known
    )


def may_change_photo(scheme: Scheme, actor: Actor, now: Photo | None) -> bool:
    """Whether this card may set and remove the photo. The student is in its scope already."""
    try:
        need_may_change_photo(scheme, actor, now)
    except Refusal:
        return False
    return True


def need_may_change_photo(scheme: Scheme, actor: Actor, now: Photo | None) -> None:
    """Refuses where the scheme has no photo, gives this role no right to it, or the school set the one there is."""
    photo, rule = scheme.profile.photo, scheme.rule("profile")
    if photo is None:
        raise Refusal("no_photo", rule=rule)
    if not actor.is_(*photo.changed_by):
        raise Refusal("forbidden", rule=rule)
    if now is not None and now.by_staff and not actor.is_staff:
        raise Refusal("photo_of_school", rule=rule, help="school_administrator")
