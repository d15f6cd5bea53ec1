"""A term under a scheme version that this process does not have yet: its event is retried, and requests answer 503."""

import asyncio
from typing import Any

import nats
import pytest
from publicity.app import SERVICE
from publicity_builders import SELECTING, House, a_term
from scheme import Schemes
from servicekit.ids import new_id
from servicekit.testing import Kit, a_service

NEWER = "2099.1"


def add_the_newer_version(schemes: Schemes) -> None:
    """Replace the schemes, like a new process that has the version."""
    schemes._all["jiangxi", NEWER] = schemes.get("jiangxi", "2026.1")


async def count(kit: Kit, table: str) -> int:
    async with kit.deps.db.reading() as tx:
        rows: int = await tx.fetchval(f"SELECT count(*) FROM {table}")
    return rows


@pytest.mark.feature("X-01")
async def test_the_event_of_a_term_under_a_newer_scheme_version_is_retried_until_a_process_has_the_version(parts: Any) -> None:
    async with a_service(SERVICE, parts, bus=True, storage=True) as kit:
        term = a_term(scheme_version=NEWER)
        connection = await nats.connect(parts.nats_url("records"), inbox_prefix="_INBOX.records")
        headers = {"Nats-Msg-Id": str(new_id()), "Zp-Aggregate": term.aggregate}
        await connection.jetstream().publish(term.subject, term.model_dump_json().encode(), headers=headers)
        await connection.close()
        await asyncio.sleep(1.5)
        assert (await count(kit, "inbox"), await count(kit, "dead_letters")) == (0, 0)
        add_the_newer_version(kit.deps.directory.schemes)
        async with asyncio.timeout(20):
            while True:
                if await count(kit, "inbox"):
                    break
                await asyncio.sleep(0.1)
        assert (await count(kit, "directory_terms"), await count(kit, "dead_letters")) == (1, 0)
    await parts.reset_bus()


@pytest.mark.feature("X-01")
async def test_a_request_about_a_term_under_a_newer_scheme_version_is_answered_busy_until_a_process_has_it(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.eligible()
        async with kit.deps.db.transaction() as tx:  # as another process, of the newer release, saved it
            await tx.execute("UPDATE directory_terms SET scheme_version = $1, version = version + 1", NEWER)
        select = {"entry_ids": [str(entry_id)]}
        kit.at(SELECTING)
        answer = await kit.as_(house.owner).post("/selections", select)
        assert (answer.status, answer.code) == (503, "busy")
        assert 1 <= int(answer.headers["Retry-After"]) <= 5
        add_the_newer_version(kit.deps.directory.schemes)
        assert (await kit.as_(house.owner).post("/selections", select)).status == 201
