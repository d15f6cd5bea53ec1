"""Final submissions as the family and the reviewers see them (CS-01, CS-08)."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel
from scheme import Allowed
from servicekit.auth import Actor
from servicekit.mapping import from_attributes

from records.domain.final import Final, rules_of
from records.domain.record import Record
from records.domain.term import Term
from records.results import FinalChoice
from records.views.records import RecordLine


class RefusedView(BaseModel):
    """A record that the school did not let pass, and why."""

    record_id: UUID
    reason_code: str
    reason_title: str
    note: str | None


class FinalView(BaseModel):
    """A final submission. `title`: what the scheme calls it; `state`: open, submitted, returned or approved."""

    id: UUID
    term_id: UUID
    term_title: str
    title: str
    student_id: UUID
    student_name: str
    path: str
    state: str
    version: int
    record_ids: list[UUID]
    refused: list[RefusedView]
    submitted_at: datetime | None
    submitted_by: str | None
    reviewed_at: datetime | None
    reviewed_by: str | None
    reason_code: str | None
    reason_title: str | None
    note: str | None

    @classmethod
    def of(cls, term: Term, final: Final) -> Self:
        """A submission."""
        return from_attributes(
            cls, final, term_title=term.title, title=rules_of(term).title,
            refused=[
                RefusedView(
                    record_id=one.record_id, reason_code=one.reason_code, note=one.note,
                    reason_title=term.scheme.return_reason(one.reason_code).title,
                )
                for one in final.refused
            ],
            reason_title=term.scheme.return_reason(final.reason_code).title if final.reason_code else None,
        )  # fmt: skip


class FinalLine(BaseModel):
    """A submission in the reviewers' list."""

    id: UUID
    term_id: UUID
    student_id: UUID
    student_name: str
    class_title: str | None
    state: str
    version: int
    records: int
    refused: int
    submitted_at: datetime
    reviewed_at: datetime | None

    @classmethod
    def of(cls, _: Term, final: Final, class_title: str | None) -> Self:
        """One line."""
        counts = {"records": len(final.record_ids), "refused": len(final.refused)}
        return from_attributes(cls, final, class_title=class_title, **counts)


class KindCount(BaseModel):
    """How many records of a kind there are to choose from, and how many are chosen."""

    kind: str
    title: str
    dimension: str
    dimension_title: str
    available: int
    chosen: int


class FinalChoiceView(FinalView):
    """The family's own: `open` until `closes_at` (null: without end); otherwise `why` not, when it opens, and who can help.

    `clients`: where it is offered (CS-02). At most `max` records may be chosen.
    """

    open: bool
    opens_at: datetime | None
    closes_at: datetime | None
    why: str | None
    help: str | None
    clients: list[Literal["pc", "phone"]]
    max: int
    kinds: list[KindCount]

    @classmethod
    def of_choice(cls, found: FinalChoice) -> Self:
        """The choice of a family."""
        term, final, rules = found.term, found.final, rules_of(found.term)
        answer = term.ask(rules.operation, found.actor.roles, found.now, final.path)
        is_open = isinstance(answer, Allowed)
        return cls(
            **FinalView.of(term, final).model_dump(),
            open=is_open,
            opens_at=None if isinstance(answer, Allowed) else answer.next_opening,
            closes_at=answer.until if isinstance(answer, Allowed) else answer.next_closing,
            why=None if isinstance(answer, Allowed) else answer.message,
            help=None if is_open else term.who_can_help(rules.operation),
            clients=list(term.scheme.operation(rules.operation).clients),
            max=rules.max,
            kinds=_counts(found),
        )


class MaterialLine(RecordLine):
    """A record with the title of its own term."""

    term_title: str

    @classmethod
    def material(cls, term: Term, record: Record, reader: Actor) -> Self:
        """A record of a final submission, or one to choose, as `reader` may read it."""
        return cls(**RecordLine.in_list(term, record, None, reader=reader).model_dump(), term_title=term.title)


def _counts(found: FinalChoice) -> list[KindCount]:
    chosen = set(found.final.record_ids)
    scheme = found.term.scheme
    return [
        KindCount(
            kind=kind.id, title=kind.title, dimension=dimension.id, dimension_title=dimension.title,
            available=len(own), chosen=sum(record.id in chosen for record in own),
        )
        for dimension in scheme.dimensions
        for kind in dimension.kinds
        if (own := [record for record in found.known if record.kind == kind.id])
    ]  # fmt: skip
