"""Events that the import service publishes.

A row's data has three states for each field (L-08): a key that is missing was no column of the workbook and changes nothing;
null was an empty cell and clears the value where it may be empty; anything else is the new value. Removing a guardian is
always explicit (`GuardianData.change`).
"""

from typing import Any, ClassVar, Literal, NotRequired, TypedDict
from uuid import UUID

from pydantic import Field

from contracts.base import Event, EventPart, OrgPath, Role

type Target = Literal["identity", "records", "archive"]


COUNTS: tuple[str, ...] = (
    "values_cleared",  # values that empty cells clear
    "guardians_added",
    "guardians_changed",
    "guardians_removed",
    "access_lost",  # guardians who can no longer see the child
    "cards_offered",  # cards offered to accounts that exist already
    "accounts_created",
    "moved",  # students who change class
    "classes_created",
    "numbers_replaced",  # registry numbers replaced or corrected
    "phones_reassigned",  # phone numbers that get a new account, because they changed hands
    "documents_changed",  # identity documents corrected, replaced or cleared
    "names_changed",  # students with another name, not another spelling
    "claims",  # students of other schools: the level above both decides
    "scores_changed",  # scores that get another value
    "cells_empty",  # empty cells of a workbook of scores, which change nothing (BJ-06)
)
"""Keys of `BatchChecked.counts`."""

ORDERING_GROUPS = 4
"""Chunks of records are published in so many independent sequences; more would only wait for each other's locks."""


def score_key(part: str, dimension: str) -> str:
    """The key of a row's data for the value of a part and dimension ("": the result has none), also of its column (BJ-06)."""
    return f"value.{part}.{dimension}" if dimension else f"value.{part}"


class BatchRow(EventPart):
    """One checked row. `sealed` has the encrypted fields (ID numbers), by field id."""

    row: int
    sheet: str
    student_id: UUID | None = None
    data: dict[str, Any]
    sealed: dict[str, str] = Field(default_factory=dict)


class GuardianData(TypedDict):
    """A guardian in a roster's row. The n-th one's document number is sealed as `guardian_<n>_id_number`, from 1.

    change `remove`: this guardian, found by phone or, without one, by name, loses the child; otherwise the guardian is added or
    updated, and needs name, relation and phone. number_reassigned: the school says that the phone number changed hands,
    or (false) that it is the same person in spite of another name (L-02).
    """

    name: str | None
    relation: NotRequired[str | None]
    phone: str | None
    document_type: NotRequired[str | None]
    change: NotRequired[Literal["remove"] | None]
    number_reassigned: NotRequired[bool | None]
    slot: NotRequired[int]
    """The number of the guardian's columns, where it is not the position in the list because earlier ones are empty."""


class RosterStudentData(TypedDict):
    """`BatchRow.data` of the sheet `students`. Sealed: `registry_number`, and `id_number` unless `document_type` is `none`.

    entry_year is the year of entry, whatever the workbook said (级, 届 or a month, L-06); stage: where the school has several
    and it is not the first one (BJ-03). class_title is as entered, class_order the position of the class's first appearance
    in the workbook, from 1. guardians missing: no such column; it adds and updates, and only `change` removes (L-09).
    Chunks from before issue 8 have `class_number` and `guardian_name`,
    `guardian_relation`, `guardian_phone` instead, no `document_type`, and `student_number` null for a missing column.
    """

    name: str
    sex: NotRequired[Literal["男", "女"]]
    born: NotRequired[str]
    document_type: NotRequired[str]
    student_number: NotRequired[str | None]
    education_id: NotRequired[str]
    entry_year: NotRequired[int]
    stage: NotRequired[str]
    class_title: NotRequired[str]
    class_order: NotRequired[int]
    guardians: NotRequired[list[GuardianData]]


class RosterTeacherData(TypedDict):
    """`BatchRow.data` of the sheet `teachers`: one role at one organisation. Sealed: `id_number`.

    A class teacher has entry_year and class_title; others may. Chunks from before issue 8 have `class_number`.
    """

    name: str
    phone: str
    role: str
    document_type: NotRequired[str | None]
    entry_year: NotRequired[int | None]
    stage: NotRequired[str | None]
    class_title: NotRequired[str | None]
    class_order: NotRequired[int | None]
    number_reassigned: NotRequired[bool | None]
    education_id: NotRequired[str]


class ScoresRowData(TypedDict, total=False):
    """`BatchRow.data` of a workbook of scores (BJ-06), beside the values by `score_key`: a number or the id of a band; null for
    an empty cell, which changes nothing. seen: the version of each value when the template was downloaded, by `score_key`, 0
    where there was none; missing: not known. class_path: rows of one class are never in two chunks.

    Of adjustments instead of values: dimension, points and reason.
    """

    seen: dict[str, int]
    class_path: str
    dimension: str
    points: str
    reason: str


class BatchChunk(Event):
    """Base of the events with one chunk (some hundreds of rows) of an import. Each target service has its own event, so
    that no other service receives personal data.

    role: the one in which it was uploaded; None: by an older release. own_students: whose own account uploaded it.
    """

    key: ClassVar[str] = "batch_id"
    batch_id: UUID
    chunk: int
    chunks: int
    target: Target
    import_type: str
    path: OrgPath
    term_id: UUID | None
    scheme_id: str | None
    scheme_version: str | None
    account_id: UUID
    author_name: str
    role: Role | None = None
    own_students: tuple[UUID, ...] = ()
    rows: tuple[BatchRow, ...]


class BatchCommitted(BatchChunk):
    """One chunk of an import that passed all checks (X-12)."""


class BatchCheck(BatchChunk):
    """A question to the service that would apply this chunk: what would happen? It answers with `BatchChecked` and changes
    nothing (L-10). attempt: the answer repeats it; answers to an earlier attempt no longer count."""

    attempt: int

    @property
    def aggregate(self) -> str:
        """The chunks are checked independently of each other, so all may be in flight."""
        return f"check:{self.batch_id}:{self.chunk}"


class RosterCommittedV1(BatchCommitted):
    """A roster of students and teachers, for identity."""

    subject: ClassVar[str] = "importer.roster.committed.v1"
    target: Target = "identity"


class RecordsCommittedV1(BatchCommitted):
    """Records, for records."""

    subject: ClassVar[str] = "importer.records.committed.v1"
    target: Target = "records"

    @property
    def aggregate(self) -> str:
        """Chunks of records do not depend on each other, so several may be in flight; those of a roster do."""
        return f"{super().aggregate}:{self.chunk % ORDERING_GROUPS}"


class EvaluationsCommittedV1(BatchCommitted):
    """Teacher comments, or scores, for archive; the scheme's import type says which (JX-12, BJ-06)."""

    subject: ClassVar[str] = "importer.evaluations.committed.v1"
    target: Target = "archive"


COMMITTED: dict[Target, type[BatchCommitted]] = {
    "identity": RosterCommittedV1,
    "records": RecordsCommittedV1,
    "archive": EvaluationsCommittedV1,
}


class RosterCheckRequestedV1(BatchCheck):
    """A roster to check, for identity."""

    subject: ClassVar[str] = "importer.roster.check_requested.v1"
    target: Target = "identity"


class RecordsCheckRequestedV1(BatchCheck):
    """Records to check, for records."""

    subject: ClassVar[str] = "importer.records.check_requested.v1"
    target: Target = "records"


class EvaluationsCheckRequestedV1(BatchCheck):
    """Teacher comments or scores to check, for archive."""

    subject: ClassVar[str] = "importer.evaluations.check_requested.v1"
    target: Target = "archive"


CHECKS: dict[Target, type[BatchCheck]] = {
    "identity": RosterCheckRequestedV1,
    "records": RecordsCheckRequestedV1,
    "archive": EvaluationsCheckRequestedV1,
}


class BatchEndedV1(Event):
    """A check or an import came to an end, which its author may not have waited for. Sent for each end: a batch that is checked
    may be applied later.

    title: of the import type. wrong: cells that the school has to correct or to explain; not_applied: rows that were left out.
    """

    subject: ClassVar[str] = "importer.batch.ended.v1"
    key: ClassVar[str] = "batch_id"
    batch_id: UUID
    state: Literal["checked", "refused", "failed", "applied"]
    title: str
    file_name: str
    account_id: UUID
    rows: int
    wrong: int
    not_applied: int


class BatchUndoneV1(Event):
    """An import was undone: rows that nobody has used since are removed. The service answers with `BatchReverted`."""

    subject: ClassVar[str] = "importer.batch.undone.v1"
    key: ClassVar[str] = "batch_id"
    batch_id: UUID
    target: Target
    import_type: str
    path: OrgPath
    account_id: UUID
    author_name: str = ""
    reason: str
