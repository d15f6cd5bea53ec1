"""Seals, and their archives until they are ready."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from archive.domain.seals import Archive, Progress, Seal, StoredFiles
from archive.domain.states import Making
from archive.store.rows import columns


def an_archive(row: Any) -> Archive:
    """An archive from its row; the column `place` holds the index of its leaf."""
    files = from_row(StoredFiles, row) if row["state"] == Making.READY else None
    return from_row(Archive, row, leaf_index=row["place"], state=Making(row["state"]), files=files)


async def add(tx: Tx, seal: Seal, archives: Iterable[Archive]) -> None:
    """Save a seal and all archives that are planned under it."""
    await tx.execute(
        "INSERT INTO seals (id, kind, term_id, student_id, path, title, version, state, asked_by, asked_by_name, made_at, "
        "without_missing, archives, key_id, stage) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        seal.id, seal.kind, seal.term_id, seal.student_id, seal.path, seal.title, seal.version, seal.state, seal.asked_by,
        seal.asked_by_name, seal.made_at, seal.without_missing, seal.archives, seal.key_id, seal.stage,
    )  # fmt: skip
    rows = [
        (a.id, a.seal_id, a.kind, a.term_id, a.student_id, a.student_name, a.path, a.leaf_index, a.version, a.code,
         a.document_no, a.school_title, a.term_title, a.state, a.grade_title, a.class_title, a.former_name, a.stage,
         a.filed_at)
        for a in archives
    ]  # fmt: skip
    await tx.execute(
        """
        INSERT INTO archives (id, seal_id, kind, term_id, student_id, student_name, path, place, version, code,
                              document_no, school_title, term_title, state, grade_title, class_title, former_name,
                              stage, filed_at)
        SELECT id, seal_id, kind, term_id, student_id, student_name, path::ltree, place, version, code, document_no,
               school_title, term_title, state, grade_title, class_title, former_name, stage, filed_at::ltree
          FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::int[],
                      $9::int[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
                      $17::text[], $18::text[], $19::text[])
            AS n (id, seal_id, kind, term_id, student_id, student_name, path, place, version, code, document_no,
                  school_title, term_title, state, grade_title, class_title, former_name, stage, filed_at)
        """,
        *columns(rows, 19),
    )


async def get(tx: Tx, seal_id: UUID) -> Seal:
    """One seal that exists."""
    return from_row(Seal, await tx.fetchrow("SELECT * FROM seals WHERE id = $1", seal_id))


async def lock(tx: Tx, seal_id: UUID) -> Seal:
    """One seal, locked: of the steps that ask whether they are the last, one asks at a time."""
    return from_row(Seal, await tx.fetchrow("SELECT * FROM seals WHERE id = $1 FOR UPDATE", seal_id))


async def of_term(tx: Tx, term_id: UUID) -> Seal | None:
    """The seal of a whole term; corrections have seals of their own (`supplements`)."""
    row = await tx.fetchrow("SELECT * FROM seals WHERE term_id = $1 AND kind = 'term' AND version = 1", term_id)
    return from_row(Seal, row) if row else None


async def supplements(tx: Tx, term_id: UUID) -> list[Seal]:
    """The sealed roots of a term's corrections, oldest first."""
    rows = await tx.fetch(
        "SELECT * FROM seals WHERE term_id = $1 AND kind = 'term' AND version > 1 AND state = 'sealed' ORDER BY version",
        term_id,
    )
    return [from_row(Seal, row) for row in rows]


async def next_version(tx: Tx, kind: str, term_id: UUID | None, student_id: UUID | None, stage: str | None) -> int:
    """The number of the next seal of a term or a career. The caller holds the lock on its term or career."""
    found: int = await tx.fetchval(
        "SELECT coalesce(max(version), 0) + 1 FROM seals WHERE kind = $1 "
        "AND (term_id = $2 OR (student_id = $3 AND stage IS NOT DISTINCT FROM $4))",
        kind, term_id, student_id, stage,
    )  # fmt: skip
    return found


async def of_career(tx: Tx, student_id: UUID, stage: str) -> list[Archive]:
    """A student's ready career archives of a stage, newest version first; those whose stage is not known last."""
    rows = await tx.fetch(
        "SELECT * FROM archives WHERE student_id = $1 AND kind = 'career' AND state = 'ready' "
        "AND coalesce(stage, '') IN ($2, '') ORDER BY coalesce(stage, '') DESC, version DESC",
        student_id, stage,
    )  # fmt: skip
    return [an_archive(row) for row in rows]


async def classmates(tx: Tx, term_id: UUID, path: str) -> list[UUID]:
    """The students of a class who have an archive of this term."""
    rows = await tx.fetch(
        "SELECT DISTINCT student_id FROM archives WHERE term_id = $1 AND path = $2::ltree AND kind = 'term'", term_id, path
    )
    return [row["student_id"] for row in rows]


async def in_state(tx: Tx, seal_id: UUID, state: Making, path: str | None = None) -> list[Archive]:
    """The archives of a seal (or of one of its classes) that are in a state, in the order of their leaves."""
    rows = await tx.fetch(
        "SELECT * FROM archives WHERE seal_id = $1 AND state = $2 AND ($3::ltree IS NULL OR path = $3) ORDER BY place",
        seal_id, state, path,
    )  # fmt: skip
    return [an_archive(row) for row in rows]


async def write(tx: Tx, rows: Sequence[tuple[UUID, bytes, bytes]], state: Making) -> None:
    """Save signed documents until they are stored: (archive, hash of the leaf, document)."""
    await tx.execute(
        "UPDATE archives a SET leaf_hash = n.leaf, draft = n.draft, state = $4 "
        "FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS n (id, leaf, draft) WHERE a.id = n.id AND a.state = 'planned'",
        *columns(rows, 3),
        state,
    )


async def leaves(tx: Tx, seal_id: UUID) -> list[bytes]:
    """The hashes of all leaves, in order."""
    rows = await tx.fetch("SELECT leaf_hash FROM archives WHERE seal_id = $1 ORDER BY place", seal_id)
    return [row["leaf_hash"] for row in rows]


async def save_root(tx: Tx, seal_id: UUID, root: str, proofs: list[str], state: Making) -> None:
    """Save the Merkle root and each archive's inclusion proof (JSON), in the order of the leaves."""
    await tx.execute("UPDATE seals SET root = $2 WHERE id = $1", seal_id, root)
    await tx.execute(
        "UPDATE archives a SET proof = n.proof::jsonb, state = $3 FROM unnest($2::text[]) WITH ORDINALITY AS n (proof, number) "
        "WHERE a.seal_id = $1 AND a.place = n.number - 1 AND a.state = 'written'",
        seal_id, proofs, state,
    )  # fmt: skip


async def drafts(tx: Tx, seal_id: UUID, first: int, last: int) -> list[tuple[Archive, bytes]]:
    """The archives with leaves `first` to `last` that have a proof, and their signed documents."""
    rows = await tx.fetch(
        "SELECT * FROM archives WHERE seal_id = $1 AND place BETWEEN $2 AND $3 AND state = 'placed' ORDER BY place",
        seal_id, first, last,
    )  # fmt: skip
    return [(an_archive(row), row["draft"]) for row in rows]


async def save_files(tx: Tx, stored: Sequence[tuple[UUID, StoredFiles]], now: datetime, state: Making) -> None:
    """The objects were read back: the archives are ready, and their drafts are deleted."""
    rows = [(archive_id, *astuple(files)) for archive_id, files in stored]
    await tx.execute(
        """
        UPDATE archives a SET pdf_key = n.pdf_key, pdf_sha256 = n.pdf_sha256, pdf_size = n.pdf_size, json_key = n.json_key,
               json_sha256 = n.json_sha256, json_size = n.json_size, ready_at = $8, state = $9, draft = NULL, problem = NULL
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::int[])
            AS n (id, pdf_key, pdf_sha256, pdf_size, json_key, json_sha256, json_size)
         WHERE a.id = n.id AND a.state = 'placed'
        """,
        *columns(rows, 7),
        now,
        state,
    )


async def fail(tx: Tx, problems: Sequence[tuple[UUID, str]]) -> None:
    """Save why archives could not be made; they stay in their state and are tried again."""
    await tx.execute(
        "UPDATE archives a SET problem = n.problem FROM unnest($1::uuid[], $2::text[]) AS n (id, problem) WHERE a.id = n.id",
        *columns(problems, 2),
    )


async def progress(tx: Tx, seal_id: UUID) -> Progress:
    """How far the archives of a seal are."""
    row = await tx.fetchrow(
        """
        SELECT count(*) FILTER (WHERE state = 'planned') AS planned, count(*) FILTER (WHERE state = 'written') AS written,
               count(*) FILTER (WHERE state = 'placed') AS placed, count(*) FILTER (WHERE state = 'ready') AS ready,
               count(*) FILTER (WHERE problem IS NOT NULL) AS failed
          FROM archives WHERE seal_id = $1
        """,
        seal_id,
    )
    return from_row(Progress, row)


async def finish(tx: Tx, seal_id: UUID, now: datetime) -> None:
    """All archives are ready."""
    await tx.execute("UPDATE seals SET state = 'sealed', sealed_at = $2 WHERE id = $1", seal_id, now)
