"""The baseline server, aiohttp with asyncpg only: `python -m bench.baseline`.

`POST /records` writes the rows that submitting a record writes (record, history, outbox, jobs, idempotency with its
response), with one statement a table in one transaction. `GET /board` selects the rows of a board page and serialises
them with the same JSON library as the services. There are no tokens, rules or checks. Rows are copies, with new ids, of
real rows in the same tables.
"""

from __future__ import annotations

import json
import os
from typing import Any

import asyncpg
from aiohttp import web
from pydantic_core import from_json, to_json
from servicekit.ids import new_id

_BOARD = """
SELECT id, student_id, student_name, path, dimension, kind, title, open_cases, selected_at, snapshot FROM entries
 WHERE term_id = $1 AND state = 'selected' ORDER BY path, student_id, id LIMIT $2
"""
TABLES = ("idempotency", "records", "record_history", "outbox", "jobs")


async def _plain(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    await connection.set_type_codec("ltree", encoder=str, decoder=str, schema="public", format="text")


async def _json(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    await _plain(connection)
    await connection.set_type_codec("jsonb", encoder=_no, decoder=from_json, schema="pg_catalog")


def _no(_: object) -> str:
    raise TypeError("this connection only reads")


async def _nothing(_: object) -> None:
    """Do not reset released connections."""


async def _inserts(pool: asyncpg.Pool[asyncpg.Record]) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """For each table its INSERT, and the rows to copy."""
    found = {}
    async with pool.acquire() as connection:
        for table in TABLES:
            rows = [dict(row) for row in await connection.fetch(f"SELECT * FROM {table}")]  # noqa: S608
            for row in rows:
                row.pop("seq", None)
            placeholders = ", ".join(f"${number}" for number in range(1, len(rows[0]) + 1))
            found[table] = (f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({placeholders})", rows)  # noqa: S608
    return found


def _fresh(rows: list[dict[str, Any]], changed: dict[str, Any]) -> list[list[Any]]:
    return [[*({**row, **changed, "id": new_id()} if "id" in row else {**row, **changed}).values()] for row in rows]


async def application() -> web.Application:
    """The server."""
    env = os.environ
    writes = await asyncpg.create_pool(env["BENCH_RECORDS"], min_size=1, max_size=12, init=_plain, reset=_nothing)
    reads = await asyncpg.create_pool(env["BENCH_PUBLICITY"], min_size=1, max_size=12, init=_json, reset=_nothing)
    inserts = await _inserts(writes)
    answer = inserts["idempotency"][1][0]["body"]

    async def submit(request: web.Request) -> web.Response:
        json.loads(await request.read())
        record_id = new_id()
        ids: dict[str, dict[str, Any]] = {
            "idempotency": {"key": request.headers["Idempotency-Key"]},
            "records": {},
            "record_history": {"record_id": record_id},
            "outbox": {"event_id": new_id(), "aggregate": f"record:{record_id}"},
            "jobs": {"key": str(record_id)},
        }
        async with writes.acquire() as connection, connection.transaction():
            for table, (sql, models) in inserts.items():
                rows = _fresh(models, ids[table])
                if table == "records":
                    rows[0][0] = record_id
                if len(rows) == 1:
                    await connection.execute(sql, *rows[0])
                else:
                    await connection.executemany(sql, rows)
        return web.Response(body=answer, status=201, content_type="application/json")

    async def board(request: web.Request) -> web.Response:
        async with reads.acquire() as connection:
            rows = await connection.fetch(_BOARD, request.query["term_id"], int(request.query["limit"]))
        return web.Response(body=to_json({"items": [dict(row) for row in rows]}), content_type="application/json")

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/records", submit)
    app.router.add_get("/board", board)
    app.router.add_get("/healthz", healthz)
    return app


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), print=None, access_log=None)
