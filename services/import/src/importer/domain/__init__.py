"""A batch: one workbook on its way from upload to effect. The state machine as a table, and who may move it. Pure.

The contents of the workbook are in `templates`, `definitions` and `definition_from_scheme`; here rows are only counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from math import ceil
from typing import Any, Literal
from uuid import UUID

from contracts.base import BatchApplied, BatchReverted
from contracts.importer import COMMITTED, BatchCommitted, BatchEndedV1, BatchRow, BatchUndoneV1, Target
from pydantic import TypeAdapter
from servicekit.auth import Actor
from servicekit.refusals import Refusal, declare, require

type Step = Literal["refuse", "find", "fail", "recheck", "not_answered", "commit", "apply", "give_up", "undo"]

CHUNK: Mapping[Target, int] = {"records": 500, "archive": 200, "identity": 200}
"""Rows per event at most; a roster's row takes its receiver the most time."""
CHUNK_BYTES = 400_000
"""Bytes of rows per event at most: the bus allows a megabyte."""
SHOWN = 1_000
"""Problems stored with the batch; the answer workbook has all of them."""
_ROWS = TypeAdapter(tuple[BatchRow, ...])
MAX_ATTEMPTS = 3
"""A check whose process died this often is not begun again."""

for _code, _status, _title in (
    ("batch_has_problems", 409, "文件中还有问题，请修改后重新上传"),
    ("batch_has_questions", 409, "还有需要学校确认的内容，请在文件中填写后重新上传"),
    ("batch_empty", 409, "文件中没有可以导入的数据"),
    ("batch_running", 409, "同一班级的同一类数据正在导入，请等它完成后再提交"),
    ("batch_outdated", 409, "检查之后学生信息有变动，请重新上传检查"),
    ("batch_locked", 409, "公示已经开始、时间已过或档案已生成，不能撤销"),
    ("term_sealed", 409, "本学期的档案已经生成，不能再导入"),
    ("answer_missing", 404, "没有标注结果的工作簿"),
    ("scheme_missing", 503, "评价方案暂不可用"),
    ("import_unknown", 404, "本方案没有这种导入，或您的身份不能使用"),
):
    declare(_code, _status, _title)


class State(StrEnum):
    """The state of a batch."""

    CHECKING = "checking"
    REFUSED = "refused"
    """The file was refused as a whole."""
    CHECKED = "checked"
    RECHECKING = "rechecking"
    """Somebody committed it; the receiving service is asked again whether its check still holds (L-10)."""
    COMMITTING = "committing"
    APPLIED = "applied"
    UNDONE = "undone"
    FAILED = "failed"
    """The platform failed, whatever the file."""


MOVES: Mapping[tuple[State, Step], State] = {
    (State.CHECKING, "refuse"): State.REFUSED,
    (State.CHECKING, "find"): State.CHECKED,
    (State.CHECKING, "fail"): State.FAILED,
    (State.CHECKED, "recheck"): State.RECHECKING,
    (State.RECHECKING, "commit"): State.COMMITTING,
    (State.RECHECKING, "find"): State.CHECKED,  # the check is outdated
    (State.RECHECKING, "not_answered"): State.CHECKED,
    (State.COMMITTING, "apply"): State.APPLIED,
    (State.COMMITTING, "give_up"): State.FAILED,
    (State.FAILED, "apply"): State.APPLIED,  # the answer came after `give_up`
    (State.APPLIED, "undo"): State.UNDONE,
}
ENDS: Mapping[State, Literal["checked", "refused", "failed", "applied"]] = {
    State.CHECKED: "checked",
    State.REFUSED: "refused",
    State.FAILED: "failed",
    State.APPLIED: "applied",
}
"""States at which something that takes its time came to an end."""
FINAL = frozenset({State.REFUSED, State.CHECKED, State.APPLIED, State.UNDONE, State.FAILED})
"""Nothing more happens by itself; a checked batch may still be committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One workbook. `roles` may import this type; `role` is the one it was uploaded in. Counts are of rows."""

    id: UUID
    type: str
    title: str
    target: Target
    path: str
    term_id: UUID | None
    scheme_id: str | None
    scheme_version: str | None
    roles: tuple[str, ...]
    role: str
    account_id: UUID
    author_name: str
    file_id: UUID
    file_name: str
    state: State
    created_at: datetime
    given: Mapping[str, str] = field(default_factory=dict)
    """Values for all rows that the workbook does not contain, by column id (L-04)."""
    own_students: tuple[UUID, ...] = ()
    """The students whose own account uploaded it (BJ-10)."""
    rows_read: int = 0
    rows_bad: int = 0
    problem_count: int = 0
    question_count: int = 0
    """Cells that the school has to explain before anything can be imported."""
    attempt: int = 0
    """How often the receiving service was asked what a commit would do; only answers to the last attempt count."""
    shown_attempt: int = 0
    """The attempt whose answers are shown; 0: the service was not asked, because the file itself has problems."""
    refusal_code: str | None = None
    refusal_message: str | None = None
    answer_key: str | None = None
    chunks: int = 0
    chunks_applied: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    not_applied: int = 0
    """Rows that the receiving service had to leave out."""
    removed: int | None = None
    restored: int | None = None
    kept: int | None = None
    """After an undo, as the receiving service reports it: rows removed, restored, and kept because they are used."""
    checked_at: datetime | None = None
    committed_at: datetime | None = None
    applied_at: datetime | None = None
    undone_at: datetime | None = None
    version: int = 1

    @property
    def rows_good(self) -> int:
        """Rows without any problem."""
        return self.rows_read - self.rows_bad

    @property
    def scheme(self) -> str | None:
        """Id and version of the scheme; a roster has none."""
        return f"{self.scheme_id}@{self.scheme_version}" if self.scheme_id else None

    @property
    def may_commit(self) -> bool:
        """Checked, and without any problem or question."""
        return self.state == State.CHECKED and not self.problem_count and not self.question_count and self.rows_read > 0

    @property
    def has_answer(self) -> bool:
        """Whether there is a workbook with coloured problem cells."""
        return self.answer_key is not None

    def seconds_left(self, now: datetime) -> int | None:
        """How long the rest of a commit takes if it goes on as fast as so far; None: not known, or nothing is left."""
        if self.state != State.COMMITTING or self.committed_at is None or not self.chunks_applied:
            return None
        seconds = (now - self.committed_at).total_seconds()
        return max(1, ceil(seconds / self.chunks_applied * (self.chunks - self.chunks_applied)))

    @property
    def final(self) -> bool:
        """Nothing more will happen: neither by itself, nor because somebody commits what was checked."""
        return self.state in FINAL and not self.may_commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a dry run counted: rows read, rows with a problem or question, problems, questions."""

    rows: int
    bad_rows: int = 0
    problems: int = 0
    questions: int = 0


def move(batch: Batch, step: Step) -> Batch:
    """The batch after a step, with its next version. Raises `wrong_state` for a move that is not in the table."""
    after = MOVES.get((batch.state, step))
    if after is None:
        raise Refusal("wrong_state", rule="X-12", state=batch.state.value, step=step)
    return replace(batch, state=after, version=batch.version + 1)


def sees_all(by: Actor) -> bool:
    """Administrators see every batch of their scope."""
    return by.can("import_roster")


def need_visible(batch: Batch, by: Actor) -> None:
    """Within the scope, actors see their own batches and those of types that they may import; administrators see all."""
    by.need(batch.path)
    require(batch.account_id == by.account_id or sees_all(by) or by.is_(*batch.roles), "not_found")


def need_may_change(batch: Batch, by: Actor, rule: str) -> None:
    """To commit or undo, an actor must see the batch and have a role that imports this type, by `rule`."""
    need_visible(batch, by)
    require(by.is_(*batch.roles), "forbidden", rule=rule)


def refuse(batch: Batch, code: str, message: str, now: datetime) -> Batch:
    """The file is refused as a whole; `message` says why."""
    return replace(move(batch, "refuse"), refusal_code=code, refusal_message=message, checked_at=now)


def ask(batch: Batch, rows: int) -> Batch:
    """The file itself has no problem: the receiving service is asked what committing its rows would do (L-10)."""
    require(batch.state == State.CHECKING, "wrong_state", rule="L-10", state=batch.state.value)
    return replace(batch, rows_read=rows, attempt=batch.attempt + 1, version=batch.version + 1)


def found(batch: Batch, found: Found, answer_key: str | None, now: datetime) -> Batch:
    """A dry run ended (X-12): the first one, or one that was out of date when somebody committed it (L-10)."""
    after = move(batch, "find")
    return replace(
        after,
        rows_read=found.rows,
        rows_bad=found.bad_rows,
        problem_count=found.problems,
        question_count=found.questions,
        shown_attempt=batch.attempt,
        answer_key=answer_key,
        checked_at=now,
    )


def fail(batch: Batch, message: str, now: datetime) -> Batch:
    """The check cannot be done."""
    return replace(move(batch, "fail"), refusal_code="fault", refusal_message=message, checked_at=now)


def recheck(batch: Batch, rows: int) -> Batch:
    """Somebody commits: the receiving service is asked again. Refuses while a problem or question is left, where there is
    nothing to commit, and where the stored `rows` are not those that were checked."""
    after = move(batch, "recheck")
    require(batch.problem_count == 0, "batch_has_problems", rule="X-12", problems=batch.problem_count)
    require(batch.question_count == 0, "batch_has_questions", rule="L-10", questions=batch.question_count)
    require(batch.rows_read > 0, "batch_empty", rule="X-12")
    require(rows == batch.rows_read, "batch_outdated", rule="X-12")
    return replace(after, attempt=batch.attempt + 1, refusal_code=None, refusal_message=None)


def not_answered(batch: Batch, message: str) -> Batch:
    """The receiving service did not answer whether the check still holds; nothing is committed."""
    return replace(move(batch, "not_answered"), refusal_code="not_answered", refusal_message=message)


def events_of(batch: Batch, rows: Sequence[BatchRow], together: str | None = None) -> list[BatchCommitted]:
    """The events of a commit of these rows, in order: at most `CHUNK` rows and about `CHUNK_BYTES` each. `together`: rows with
    the same value of this key, which follow each other, are in one event, so that they are applied in one transaction."""
    parts = _parts(rows, CHUNK[batch.target]) if together is None else _groups(rows, CHUNK[batch.target], together)
    return [
        COMMITTED[batch.target](
            batch_id=batch.id,
            chunk=number,
            chunks=len(parts),
            target=batch.target,
            import_type=batch.type,
            path=batch.path,
            term_id=batch.term_id,
            scheme_id=batch.scheme_id,
            scheme_version=batch.scheme_version,
            account_id=batch.account_id,
            author_name=batch.author_name,
            role=batch.role,
            own_students=batch.own_students,
            rows=tuple(part),
        )
        for number, part in enumerate(parts, start=1)
    ]


def commit(batch: Batch, chunks: int, now: datetime) -> Batch:
    """Commit all rows or none (X-12): those that were checked, stored as so many `chunks`."""
    return replace(move(batch, "commit"), chunks=chunks, shown_attempt=batch.attempt, committed_at=now)


def _parts(rows: Sequence[BatchRow], most: int) -> list[Sequence[BatchRow]]:
    parts: list[Sequence[BatchRow]] = []
    for first in range(0, len(rows), most):
        parts += _halves(rows[first : first + most])
    return parts


def _groups(rows: Sequence[BatchRow], most: int, key: str) -> list[Sequence[BatchRow]]:
    parts: list[Sequence[BatchRow]] = []
    for _, found in groupby(rows, lambda row: row.data.get(key)):
        group = list(found)
        if parts and len(parts[-1]) + len(group) <= most:
            parts[-1] = [*parts[-1], *group]
        else:
            parts.append(group)
    return parts


def _halves(rows: Sequence[BatchRow]) -> list[Sequence[BatchRow]]:
    if len(rows) == 1 or len(_ROWS.dump_json(tuple(rows))) <= CHUNK_BYTES:
        return [rows]
    half = len(rows) // 2
    return [*_halves(rows[:half]), *_halves(rows[half:])]


def count_chunk(batch: Batch, event: BatchApplied, now: datetime) -> Batch:
    """Count an applied chunk; after the last one the batch is applied. A chunk that comes late still counts."""
    after = replace(
        batch,
        chunks_applied=batch.chunks_applied + 1,
        created=batch.created + event.created,
        changed=batch.changed + event.changed,
        unchanged=batch.unchanged + event.unchanged,
        not_applied=batch.not_applied + len({problem.row for problem in event.problems}),
        version=batch.version + 1,
    )
    if after.state in (State.COMMITTING, State.FAILED) and after.chunks_applied == after.chunks:
        done = move(after, "apply")
        return replace(done, version=after.version, refusal_code=None, refusal_message=None, applied_at=now)
    return after


def give_up(batch: Batch, message: str) -> Batch:
    """The receiving service did not answer for all chunks in time."""
    return replace(move(batch, "give_up"), refusal_code="not_answered", refusal_message=message)


def ended(batch: Batch) -> BatchEndedV1 | None:
    """What its author is told of a batch; None while it goes on."""
    state = ENDS.get(batch.state)
    return state and BatchEndedV1(
        batch_id=batch.id,
        state=state,
        title=batch.title,
        file_name=batch.file_name,
        account_id=batch.account_id,
        rows=batch.rows_read,
        wrong=batch.problem_count + batch.question_count,
        not_applied=batch.not_applied,
    )


def undo_import(batch: Batch, by: Actor, reason: str, locked: bool, now: datetime) -> tuple[Batch, BatchUndoneV1]:
    """Undo the import (X-12, L-10): rows that nobody has used since are removed. Not once it is `locked`."""
    after = move(batch, "undo")
    require(not locked, "batch_locked", rule="X-12")
    event = BatchUndoneV1(
        batch_id=batch.id,
        target=batch.target,
        import_type=batch.type,
        path=batch.path,
        account_id=by.account_id,
        author_name=by.name,
        reason=reason,
    )
    return replace(after, undone_at=now), event


def note_undo_result(batch: Batch, event: BatchReverted) -> Batch:
    """Record how many rows the receiving service removed, restored and kept."""
    kept = len(event.kept)
    return replace(batch, removed=event.removed, restored=event.restored, kept=kept, version=batch.version + 1)


@dataclass(frozen=True)
class Findings:
    """What is said about a batch: findings of the dry run, differences between it and a later one (L-10), and rows that the
    receiving service could not apply. `planned`: what a commit would do, None where the service was not asked."""

    problems: list[Any] = field(default_factory=list)
    questions: list[Any] = field(default_factory=list)
    warnings: list[Any] = field(default_factory=list)
    row_warnings: list[Any] = field(default_factory=list)
    differences: list[Any] = field(default_factory=list)
    applied: list[Any] = field(default_factory=list)
    planned: dict[str, Any] | None = None
    excerpt: list[Any] = field(default_factory=list)
    """Rows of the workbook in which something is wrong (`excerpts`)."""
