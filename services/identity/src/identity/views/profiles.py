"""Shapes of a student's profile (CS-15)."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict
from servicekit.mapping import from_attributes

from identity.results import ProfileDetail


class ProfileLineView(BaseModel):
    """One line; an empty value: not registered."""

    id: str
    title: str
    value: str


class ProfilePhotoView(BaseModel):
    """The photo: what the scheme calls it, whether there is one, whether the school set it, and whether the reader may set or
    remove it."""

    title: str
    present: bool
    by_school: bool
    may_change: bool


class ProfileView(BaseModel):
    """A student's profile; `photo` is null where the scheme has none. Numbers are masked."""

    student_id: UUID
    lines: list[ProfileLineView]
    photo: ProfilePhotoView | None

    @classmethod
    def of(cls, found: ProfileDetail) -> "ProfileView":
        """From the use case's result."""
        photo = None
        if found.rule is not None:
            photo = ProfilePhotoView(
                title=found.rule.title,
                present=found.photo is not None,
                by_school=found.photo is not None and found.photo.by_staff,
                may_change=found.may_change_photo,
            )
        shown = [from_attributes(ProfileLineView, line) for line in found.lines]
        return cls(student_id=found.student_id, lines=shown, photo=photo)


class PhotoChoice(BaseModel):
    """Which checked upload of the caller becomes the photo."""

    model_config = ConfigDict(extra="forbid")

    file_id: UUID


class PhotoAddress(BaseModel):
    """Where the photo can be fetched for the next 45 seconds."""

    url: str
