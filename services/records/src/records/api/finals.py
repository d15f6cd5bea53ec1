"""Final submissions of a stage: chosen and submitted by the family, reviewed by the school (CS-01, CS-08)."""

from typing import Literal
from uuid import UUID

from pydantic import Field
from servicekit.auth import SIGNED_IN, may
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import unpack_id

from records.actions import finals
from records.api.body import Body
from records.api.paging import PAGE, page_of
from records.domain.final import Refused
from records.views.finals import FinalChoiceView, FinalLine, FinalView, MaterialLine

api = Api("finals")
FAMILY = may("act_for_student")


class ChosenIn(Body):
    """All records that are chosen; those that are not named are not."""

    record_ids: list[UUID] = Field(max_length=1000)


class RefusedIn(Body):
    """A record that does not pass: a reason of the scheme's list; some require a note."""

    record_id: UUID
    reason_code: str = Field(max_length=60)
    note: str | None = Field(default=None, max_length=300)


class PassIn(Body):
    """Records that are left out of what passes."""

    refused: list[RefusedIn] = Field(default=[], max_length=1000)

    @property
    def out(self) -> list[Refused]:
        """For the use case."""
        return [Refused(one.record_id, one.reason_code, one.note) for one in self.refused]


class FinalReturnIn(PassIn):
    """Why the submission is returned, and which records would not pass."""

    reason_code: str | None = Field(default=None, max_length=60)
    note: str | None = Field(default=None, max_length=300)


@api.get("/terms/{term_id}/final-selection", may=FAMILY, rules=("CS-01", "CS-02"))
async def show_choice(request: Request, term_id: UUID, student_id: UUID | None = None) -> FinalChoiceView:
    """What is chosen so far, how many there are of each kind, whether it is open, and what the review said."""
    return FinalChoiceView.of_choice(await finals.choice(request.deps, request.actor, term_id, student_id))


@api.get("/terms/{term_id}/final-selection/materials", may=FAMILY, rules=("CS-01",))
async def list_choosable(
    request: Request,
    term_id: UUID,
    student_id: UUID | None = None,
    kind: str | None = None,
    cursor: Cursor | None = None,
    limit: PAGE = 50,
) -> Page[MaterialLine]:
    """The material to choose from, of all terms that the scheme spans, newest first."""
    found = await finals.choice(request.deps, request.actor, term_id, student_id)
    before = unpack_id(cursor)
    wanted = [it for it in found.known if kind in (None, it.kind) and (before is None or it.id < before)][:limit]
    return page_of(
        [MaterialLine.material(found.terms[it.term_id], it, request.actor) for it in wanted], limit, lambda line: line.id
    )


@api.put("/terms/{term_id}/final-selection", may=FAMILY, rules=("CS-01", "CS-02"))
async def choose_final(request: Request, term_id: UUID, chosen: ChosenIn, student_id: UUID | None = None) -> FinalChoiceView:
    """Replace the choice, in the window and within the scheme's limit."""
    done = await finals.choose(request.deps, request.actor, term_id, student_id, request.seen, chosen.record_ids)
    return FinalChoiceView.of_choice(done)


@api.post("/terms/{term_id}/final-selection/submission", may=FAMILY, status=200, rules=("CS-01", "CS-02", "CS-08"))
async def submit_final(request: Request, term_id: UUID, student_id: UUID | None = None) -> FinalChoiceView:
    """Submit the choice; it waits for the school's review."""
    return FinalChoiceView.of_choice(await finals.submit(request.deps, request.actor, term_id, student_id, request.seen))


@api.post("/terms/{term_id}/final-selection/withdrawal", may=FAMILY, status=200, rules=("CS-01",))
async def withdraw_final(request: Request, term_id: UUID, student_id: UUID | None = None) -> FinalChoiceView:
    """Take the submission back, before the school reviewed it."""
    return FinalChoiceView.of_choice(await finals.withdraw(request.deps, request.actor, term_id, student_id, request.seen))


@api.get("/final-submissions", may=SIGNED_IN, rules=("CS-08",))
async def list_submissions(
    request: Request,
    term_id: UUID | None = None,
    state: Literal["submitted", "returned", "approved"] | None = None,
    cursor: Cursor | None = None,
    limit: PAGE = 50,
) -> Page[FinalLine]:
    """What was submitted within the staff card's organisation, newest first."""
    found = await finals.page(request.deps, request.actor, term_id, state, unpack_id(cursor), limit)
    return page_of([FinalLine.of(*it) for it in found], limit, lambda line: line.id)


@api.get("/final-submissions/{submission_id}", may=SIGNED_IN, rules=("CS-08",))
async def show_submission(request: Request, submission_id: UUID) -> FinalView:
    """One submission, for the family and, once it was submitted, for staff of the student's organisation."""
    return FinalView.of(*await finals.show(request.deps, request.actor, submission_id))


@api.get("/final-submissions/{submission_id}/materials", may=SIGNED_IN, rules=("CS-08",))
async def list_submitted(
    request: Request, submission_id: UUID, cursor: Cursor | None = None, limit: PAGE = 50
) -> Page[MaterialLine]:
    """The records of a submission, newest first."""
    found = await finals.materials(request.deps, request.actor, submission_id, unpack_id(cursor), limit)
    return page_of([MaterialLine.material(*it, request.actor) for it in found], limit, lambda line: line.id)


@api.post("/final-submissions/{submission_id}/approval", may=SIGNED_IN, status=200, rules=("CS-08",))
async def pass_final(request: Request, submission_id: UUID, how: PassIn) -> FinalView:
    """Let the submission pass, without the refused records; the rest is publicised in the term's window."""
    return FinalView.of(
        *await finals.review(request.deps, request.actor, submission_id, request.seen, "approve", how.out)
    )  # fmt: skip


@api.post("/final-submissions/{submission_id}/return", may=SIGNED_IN, status=200, rules=("CS-08",))
async def return_final(request: Request, submission_id: UUID, why: FinalReturnIn) -> FinalView:
    """Return the submission with a reason; the student may change it and submit it again."""
    reason = (why.reason_code, why.note)
    return FinalView.of(
        *await finals.review(request.deps, request.actor, submission_id, request.seen, "return", why.out, reason)
    )
