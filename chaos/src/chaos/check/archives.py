"""Archives: complete, hash-true, provable, and holding exactly what publicity cleared."""

import asyncio
import hashlib
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import rfc8785

from chaos.check.base import Books, Finding, grouped

type Get = Callable[[str, str], Awaitable[Any]]
"""(term id, path) → the public API's answer to one who may see that term."""


def merkle_root(leaves: list[bytes]) -> str:
    """RFC 9162, 2.1, over hashed leaves: the largest power of two below the count goes left."""
    if len(leaves) <= 1:
        return (leaves[0] if leaves else hashlib.sha256().digest()).hex()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = bytes.fromhex(merkle_root(leaves[:split])), bytes.fromhex(merkle_root(leaves[split:]))
    return hashlib.sha256(b"\x01" + left + right).hexdigest()


def leaf_hash(document: str) -> bytes:
    """RFC 9162, 2.1, of a sealed document's content in its canonical form (RFC 8785)."""
    return hashlib.sha256(b"\x00" + rfc8785.dumps(json.loads(document)["content"])).digest()


async def check(books: Books, get: Get, fetch: Callable[[str], Awaitable[bytes]], base: str) -> list[Finding]:
    """Every sealed term; each file is downloaded and hashed, each content is its leaf, one of each term is verified offline."""
    found: list[Finding] = []
    keys = json.loads(await fetch(f"{base}/api/archive/keys"))
    seals = await books.rows(
        "archive",
        "SELECT s.id, s.term_id::text AS term, s.root, s.archives, s.path::text AS path FROM seals s "
        "WHERE s.kind = 'term' AND s.state = 'sealed'",
    )
    for seal in seals:
        rows = await books.rows("archive", "SELECT * FROM archives WHERE seal_id = $1 ORDER BY place", seal["id"])
        found += await _whole(books, seal, rows)
        files = await asyncio.gather(*(_files(get, fetch, row) for row in rows))
        for row, (problems, pdf, text) in zip(rows, files, strict=True):
            found += problems
            found += await _content(books, seal, row, text)
            if not problems and leaf_hash(text) != bytes(row["leaf_hash"]):
                found.append(Finding("archives", "archive", "is not the leaf under its root", f"archive {row['id']}"))
            if row["place"] == 0 and not problems:
                found += await _proves(pdf, keys, seal)
    return found


async def _whole(books: Books, seal: dict[str, Any], rows: list[dict[str, Any]]) -> list[Finding]:
    found = []
    pupils = await books.value("identity", "SELECT count(*) FROM students WHERE path <@ $1::text::ltree", seal["path"])
    if not pupils == len(rows) == seal["archives"] or any(row["state"] != "ready" for row in rows):
        what = f"{pupils} pupils, {len(rows)} archives, {seal['archives']} said, {[row['state'] for row in rows]}"
        found.append(Finding("archives", "archive", "not complete", f"term {seal['term']}: {what}"))
    root = merkle_root([bytes(row["leaf_hash"]) for row in rows])
    said = await books.value(
        "archive",
        "SELECT convert_from(body, 'utf8')::jsonb->>'root' FROM outbox WHERE subject = 'archive.term.sealed.v1' "
        "AND convert_from(body, 'utf8')::jsonb->>'term_id' = $1",
        seal["term"],
    )
    if not root == seal["root"] == said:
        found.append(Finding("archives", "archive", "another root", f"term {seal['term']}: {root}, {seal['root']}, {said}"))
    return found


async def _files(get: Get, fetch: Callable[[str], Awaitable[bytes]], row: dict[str, Any]) -> tuple[list[Finding], bytes, str]:
    found, contents = [], []
    for kind in ("pdf", "json"):
        address = await get(str(row["term_id"]), f"/archive/archives/{row['id']}/address?format={kind}")
        content = await fetch(address["url"])
        contents.append(content)
        if hashlib.sha256(content).hexdigest() != row[f"{kind}_sha256"] or len(content) != row[f"{kind}_size"]:
            found.append(Finding("archives", "archive", f"{kind} has another hash", f"archive {row['id']}"))
    return found, contents[0], contents[1].decode()


async def _content(books: Books, seal: dict[str, Any], row: dict[str, Any], text: str) -> list[Finding]:
    """The signed JSON names each cleared record of this pupil and term, and none that was voided or not selected."""
    entries = await books.rows(
        "publicity",
        "SELECT title, state FROM entries WHERE term_id = $1::text::uuid AND student_id = $2 "
        "AND snapshot->>'origin' = 'reported'",
        seal["term"],
        row["student_id"],
    )
    by_state = grouped(entries, "state")
    missing = [e["title"] for e in by_state.get("cleared", []) if e["title"] not in text]
    surplus = [e["title"] for e in entries if e["state"] != "cleared" and e["title"] in text]
    if missing or surplus:
        what = f"archive {row['id']}: lacks {missing}, has {surplus}"
        return [Finding("archives", "archive", "does not hold what publicity cleared", what)]
    return []


async def _proves(pdf: bytes, keys: dict[str, Any], seal: dict[str, Any]) -> list[Finding]:
    with tempfile.TemporaryDirectory() as folder:
        file, jwks = Path(folder, "a.pdf"), Path(folder, "keys.json")
        await asyncio.to_thread(file.write_bytes, pdf)
        await asyncio.to_thread(jwks.write_text, json.dumps(keys))
        zp = Path(sys.executable).with_name("zp")
        run = await asyncio.create_subprocess_exec(
            zp, "verify", file, "--keys", jwks, "--root", seal["root"],
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await run.communicate()
    if run.returncode != 0:
        return [Finding("archives", "archive", "zp verify does not believe it", f"term {seal['term']}: {said.decode()[-300:]}")]
    return []
