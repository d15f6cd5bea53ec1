"""Students' profiles and their photos (CS-15)."""

from uuid import UUID

from servicekit.auth import may
from servicekit.files import Accepted, Offer, OfferView
from servicekit.http import Api, Request

from identity.actions import profiles
from identity.views.profiles import PhotoAddress, PhotoChoice, ProfileView

api = Api("identity")
SEES = may("see_students", "act_for_student")
CHANGES = may("act_for_student", "correct_students")


@api.get("/students/{student_id}/profile", may=SEES, rules=("CS-15",))
async def show_profile(request: Request, student_id: UUID) -> ProfileView:
    """The profile of one's own, of one's child, or of a student in a staff card's scope, in the words of the scheme."""
    return ProfileView.of(await profiles.read(request.deps, request.actor, student_id, request.client))


@api.post("/photos", may=CHANGES, rules=("CS-15",))
async def offer_photo(request: Request, offer: Offer) -> OfferView:
    """A presigned form for uploading one picture."""
    offered: OfferView = await request.deps.photos.offer(request.actor.account_id, offer)
    return offered


@api.post("/photos/{file_id}/completion", may=CHANGES, status=200, rules=("CS-15", "L-15", "L-16"))
async def complete_photo(request: Request, file_id: UUID) -> Accepted:
    """Check the uploaded picture by its content; what is stored is its clean copy, without metadata."""
    accepted: Accepted = await request.deps.photos.accept(request.actor.account_id, file_id)
    return accepted


@api.get("/students/{student_id}/photo", may=SEES, rules=("CS-15",))
async def show_photo(request: Request, student_id: UUID, preview: bool = False) -> PhotoAddress:
    """Where the photo can be fetched, for those who may see the profile; `preview`: its small picture."""
    found = await profiles.find_photo(request.deps, request.actor, student_id, preview)
    return PhotoAddress(url=request.deps.storage.address(found))


@api.put("/students/{student_id}/photo", may=CHANGES, rules=("CS-15",))
async def set_photo(request: Request, student_id: UUID, choice: PhotoChoice) -> ProfileView:
    """Make a checked upload the student's photo. What the school set, only the school replaces."""
    return ProfileView.of(await profiles.set_photo(request.deps, request.actor, student_id, choice.file_id, request.client))


@api.delete("/students/{student_id}/photo", may=CHANGES, rules=("CS-15",))
async def remove_photo(request: Request, student_id: UUID) -> None:
    """Delete the student's photo."""
    await profiles.remove_photo(request.deps, request.actor, student_id, request.client)
