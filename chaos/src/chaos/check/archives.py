"""Archives are complete, have the right hashes and proofs, and contain exactly what publicity cleared."""

import asyncio
import hashlib
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import rfc8785

from chaos.check.base import Databases, Finding, grouped
from chaos.check.tables import SEALED_ENTRIES

type Get = Callable[[str, str], Awaitable[Any]]
"""(term id, path) → the public API's answer to a caller who may read that term."""


def merkle_root(leaves: list[bytes]) -> str:
    """The Merkle root over leaf hashes (RFC 9162, 2.1): the left subtree has the largest power of two below the count."""
    if len(leaves) <= 1:
        return (leaves[0] if leaves else hashlib.sha256().digest()).hex()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = bytes.fromhex(merkle_root(leaves[:split])), bytes.fromhex(merkle_root(leaves[split:]))
    return hashlib.sha256(b"\x01" + left + right).hexdigest()


def leaf_hash(document: str) -> bytes:
    """The leaf hash (RFC 9162, 2.1) of a sealed document's canonical content (RFC 8785)."""
    return hashlib.sha256(b"\x00" + rfc8785.dumps(json.loads(document)["content"])).digest()


async def check(databases: Databases, get: Get, fetch: Callable[[str], Awaitable[bytes]], base: str) -> list[Finding]:
    """For every sealed term: download and hash each file, recompute its leaf, and verify one archive with `zp verify`."""
    found: list[Finding] = []
    keys = json.loads(await fetch(f"{base}/api/archive/keys"))
    seals = await databases.rows(
        "archive",
        "SELECT s.id, s.term_id::text AS term, s.root, s.archives, s.path::text AS path, t.scheme_id FROM seals s "
        "JOIN directory_terms t ON t.id = s.term_id WHERE s.kind = 'term' AND s.state = 'sealed'",
    )
    for seal in seals:
        rows = await databases.rows("archive", "SELECT * FROM archives WHERE seal_id = $1 ORDER BY place", seal["id"])
        found += await _check_completeness(databases, seal, rows)
        files = await asyncio.gather(*(_check_files(get, fetch, row) for row in rows))
        for row, (problems, pdf, text) in zip(rows, files, strict=True):
            found += problems
            found += await _check_content(databases, seal, row, text)
            if not problems and leaf_hash(text) != bytes(row["leaf_hash"]):
                found.append(Finding("archives", "archive", "content does not match its leaf", f"archive {row['id']}"))
            if row["place"] == 0 and not problems:
                found += await _check_with_zp(pdf, keys, seal)
    return found


async def _check_completeness(databases: Databases, seal: dict[str, Any], rows: list[dict[str, Any]]) -> list[Finding]:
    found = []
    entry = SEALED_ENTRIES.get(seal["scheme_id"])
    pupils = await databases.value(
        "identity",
        "SELECT count(*) FROM students WHERE path <@ $1::text::ltree AND ($2::text IS NULL OR path ~ $2::text::lquery)",
        seal["path"],
        None if entry is None else f"*.g{entry}.*",
    )
    if not pupils == len(rows) == seal["archives"] or any(row["state"] != "ready" for row in rows):
        what = f"{pupils} pupils, {len(rows)} archives, {seal['archives']} in the seal, {[row['state'] for row in rows]}"
        found.append(Finding("archives", "archive", "not complete", f"term {seal['term']}: {what}"))
    root = merkle_root([bytes(row["leaf_hash"]) for row in rows])
    published_root = await databases.value(
        "archive",
        "SELECT convert_from(body, 'utf8')::jsonb->>'root' FROM outbox WHERE subject = 'archive.term.sealed.v1' "
        "AND convert_from(body, 'utf8')::jsonb->>'term_id' = $1",
        seal["term"],
    )
    if not root == seal["root"] == published_root:
        found.append(
            Finding("archives", "archive", "roots differ", f"term {seal['term']}: {root}, {seal['root']}, {published_root}")
        )
    return found


async def _check_files(
    get: Get, fetch: Callable[[str], Awaitable[bytes]], row: dict[str, Any]
) -> tuple[list[Finding], bytes, str]:
    found, contents = [], []
    for kind in ("pdf", "json"):
        address = await get(str(row["term_id"]), f"/archive/archives/{row['id']}/address?format={kind}")
        content = await fetch(address["url"])
        contents.append(content)
        if hashlib.sha256(content).hexdigest() != row[f"{kind}_sha256"] or len(content) != row[f"{kind}_size"]:
            found.append(Finding("archives", "archive", f"{kind} has a different hash", f"archive {row['id']}"))
    return found, contents[0], contents[1].decode()


async def _check_content(databases: Databases, seal: dict[str, Any], row: dict[str, Any], text: str) -> list[Finding]:
    """The signed JSON contains each cleared record of this pupil and term, and none that was voided or not selected."""
    entries = await databases.rows(
        "publicity",
        "SELECT title, state FROM entries WHERE term_id = $1::text::uuid AND student_id = $2 "
        "AND snapshot->>'origin' IN ('reported', 'entered') AND record_version > 0",
        seal["term"],
        row["student_id"],
    )
    by_state = grouped(entries, "state")
    missing = [e["title"] for e in by_state.get("cleared", []) if e["title"] not in text]
    unexpected = [e["title"] for e in entries if e["state"] != "cleared" and e["title"] in text]
    if missing or unexpected:
        what = f"archive {row['id']}: lacks {missing}, has {unexpected}"
        return [Finding("archives", "archive", "does not contain what publicity cleared", what)]
    return []


async def _check_with_zp(pdf: bytes, keys: dict[str, Any], seal: dict[str, Any]) -> list[Finding]:
    with tempfile.TemporaryDirectory() as folder:
        file, jwks = Path(folder, "a.pdf"), Path(folder, "keys.json")
        await asyncio.to_thread(file.write_bytes, pdf)
        await asyncio.to_thread(jwks.write_text, json.dumps(keys))
        zp = Path(sys.executable).with_name("zp")
        process = await asyncio.create_subprocess_exec(
            zp, "verify", file, "--keys", jwks, "--root", seal["root"],
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        published_root, _ = await process.communicate()
    if process.returncode != 0:
        return [Finding("archives", "archive", "zp verify fails", f"term {seal['term']}: {published_root.decode()[-300:]}")]
    return []
