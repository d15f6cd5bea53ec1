"""SQL for applications for changes of enrolment, their log, and the statements of evaluation data (BJ-04)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.base import StatementLine
from servicekit.db import Tx
from servicekit.mapping import from_row

from identity.domain.changed_by import ChangedBy
from identity.domain.enrolment_applications import Application, Statement, Step


def _application(row: Any) -> Application:
    titles = {name: row[name] or "" for name in ("school_title", "class_title")}
    return from_row(Application, row, approvals=tuple(Step(**one) for one in row["approvals"]), **titles)


def _values(new: Application) -> tuple[Any, ...]:
    return (
        new.id, new.to_path, new.passed, new.state, new.waits_for, new.due_at, new.escalated, new.attempt, new.confirmed,
        new.ended_at, new.answer, new.version,
    )  # fmt: skip


async def add(tx: Tx, new: Application) -> bool:
    """Insert an application; False where another one of the student is under way."""
    added = await tx.fetchval(
        "INSERT INTO enrolment_applications (id, to_path, passed, state, waits_for, due_at, escalated, attempt, "
        "confirmed, ended_at, answer, version, student_id, change, change_title, effect, from_path, other, "
        "decides, approvals, applied_by, reason, effective_on, within, rule, time_zone, applied_at, "
        "account_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,"
        " $20, $21, $22, $23, $24, $25, $26, $27, $28) ON CONFLICT (student_id) WHERE state IN ('open', "
        "'approved') DO NOTHING RETURNING true",
        *_values(new), new.student_id, new.change, new.change_title, new.effect, new.from_path, new.other, new.decides,
        [{"by": one.by, "title": one.title} for one in new.approvals], new.applied_by, new.reason,
        new.effective_on, new.within, new.rule, new.time_zone, new.applied_at, new.account_id,
    )  # fmt: skip
    return added is True


async def save(tx: Tx, changed: Application) -> None:
    """Update how far an application is."""
    await tx.execute(
        "UPDATE enrolment_applications SET to_path = $2, passed = $3, state = $4, waits_for = $5, due_at = $6, escalated = $7, "
        "attempt = $8, confirmed = $9, ended_at = $10, answer = $11, version = $12 WHERE id = $1",
        *_values(changed),
    )


async def get(tx: Tx, application_id: UUID) -> Application | None:
    """One application."""
    row = await tx.fetchrow("SELECT * FROM enrolment_application_details WHERE id = $1", application_id)
    return None if row is None else _application(row)


async def lock(tx: Tx, application_id: UUID) -> Application | None:
    """Lock an application until the transaction ends."""
    await tx.execute("SELECT 1 FROM enrolment_applications WHERE id = $1 FOR UPDATE", application_id)
    return await get(tx, application_id)


async def listed(tx: Tx, path: str, under_way: bool | None, before: UUID | None, limit: int) -> list[Application]:
    """Applications from or to a school within `path`, newest first; `under_way`: only those that are, or are not."""
    rows = await tx.fetch(
        "SELECT * FROM enrolment_application_details WHERE (from_path <@ $1::ltree OR other <@ $1::ltree) "
        "AND ($2::boolean IS NULL OR (state IN ('open', 'approved')) = $2) AND ($3::uuid IS NULL OR id < $3) "
        "ORDER BY id DESC LIMIT $4",
        path,
        under_way,
        before,
        limit,
    )
    return [_application(row) for row in rows]


async def of_students(tx: Tx, ids: Sequence[UUID], before: UUID | None, limit: int) -> list[Application]:
    """Applications about these students, newest first."""
    rows = await tx.fetch(
        "SELECT * FROM enrolment_application_details WHERE student_id = ANY($1::uuid[]) AND ($2::uuid IS NULL OR id < $2) "
        "ORDER BY id DESC LIMIT $3",
        list(ids),
        before,
        limit,
    )
    return [_application(row) for row in rows]


async def waiting(tx: Tx, path: str) -> tuple[int, datetime | None]:
    """How many applications wait for exactly this organisation, or were escalated to it, and the first end of their time."""
    row: Any = await tx.fetchrow(
        "SELECT count(*) AS number, min(due_at) AS until FROM enrolment_applications WHERE state = 'open' "
        "AND (waits_for = $1::text::ltree OR (escalated AND decides = $1::text::ltree))",
        path,
    )
    return row["number"], row["until"]


@dataclass(frozen=True)
class LogRow:
    """A step of an application. `organisation`: the title of the one for which somebody took it; None: the platform."""

    what: str
    side: str | None
    organisation: str | None
    reason: str
    at: datetime


async def add_log(
    tx: Tx, application: Application, what: str, side: str | None, by: ChangedBy, reason: str, now: datetime
) -> None:
    """Insert the step that led to this version of the application."""
    await tx.execute(
        "INSERT INTO enrolment_application_log (application_id, version, what, side, account_id, card_id, path, reason, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        application.id,
        application.version,
        what,
        side,
        by.account_id,
        by.card_id,
        by.path,
        reason,
        now,
    )


async def log(tx: Tx, application_id: UUID) -> list[LogRow]:
    """The steps of an application, in order."""
    rows = await tx.fetch(
        "SELECT l.what, l.side, o.title AS organisation, l.reason, l.at FROM enrolment_application_log l "
        "LEFT JOIN organisations o ON o.path = l.path WHERE l.application_id = $1 ORDER BY l.version",
        application_id,
    )
    return [from_row(LogRow, row) for row in rows]


async def add_statement(
    tx: Tx, application_id: UUID, attempt: int, service: str, lines: Sequence[StatementLine], now: datetime
) -> None:
    """Insert what a service has of the student; the first answer to an attempt counts."""
    await tx.execute(
        "INSERT INTO enrolment_statements (application_id, attempt, service, lines, at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT DO NOTHING",
        application_id,
        attempt,
        service,
        [line.model_dump() for line in lines],
        now,
    )


async def statement(tx: Tx, application_id: UUID, attempt: int) -> Statement:
    """What the services answered to an attempt."""
    rows = await tx.fetch(
        "SELECT service, lines FROM enrolment_statements WHERE application_id = $1 AND attempt = $2", application_id, attempt
    )
    return Statement(attempt, {row["service"]: tuple(StatementLine(**line) for line in row["lines"]) for row in rows})


@dataclass(frozen=True)
class NamedSchool:
    """A school that may receive a student. `above`: the title of the organisation above it."""

    path: str
    title: str
    above: str | None


async def schools_named(tx: Tx, words: str, limit: int) -> list[NamedSchool]:
    """The schools with these words in their title."""
    rows = await tx.fetch(
        "SELECT s.path, s.title, a.title AS above FROM organisations s "
        "LEFT JOIN organisations a ON a.path = subpath(s.path, 0, nlevel(s.path) - 1) "
        "WHERE s.level = 'school' AND strpos(s.title, $1) > 0 ORDER BY length(s.title), s.path LIMIT $2",
        words,
        limit,
    )
    return [from_row(NamedSchool, row) for row in rows]


def holder(application_id: UUID) -> str:
    """What the files that prove an application are attached to."""
    return f"enrolment:{application_id}"


@dataclass(frozen=True)
class EvidenceFile:
    """A file that proves an application: its clean copy."""

    id: UUID
    bucket: str
    object_key: str
    preview_key: str | None
    name: str
    media_type: str
    size: int
    pages: int | None


async def files(tx: Tx, application_id: UUID) -> list[EvidenceFile]:
    """The files that prove an application, in the order of their upload."""
    rows = await tx.fetch(
        "SELECT id, bucket, object_key, preview_key, name, media_type, size, pages FROM files "
        "WHERE attached_to = $1 AND state = 'ready' ORDER BY name, id",
        holder(application_id),
    )
    return [from_row(EvidenceFile, row) for row in rows]
