"""A database of the release before, with a term in it, is migrated and goes on working."""

from datetime import date
from typing import Any

import pytest
from contracts.publicity import PublicityOpenedV1
from contracts.records import TermScheduledV1
from notify.app import SERVICE
from notify_builders import AT, PEOPLE, SCHOOL, TERM, a_term
from servicekit.db import Database
from servicekit.ids import new_id
from servicekit.testing import Kit, a_service, an_older_database

EVENT = new_id()
WEST = a_term().model_copy(update={"time_zone": "Asia/Urumqi"})
"""The term of a school whose clock is two hours behind Beijing's."""
OLD = {
    "term_id": TERM, "path": SCHOOL, "title": WEST.title, "scheme_id": "jiangxi", "scheme_version": "2026.1",
    "time_zone": "Asia/Urumqi", "version": 1,
}  # fmt: skip


async def told_end(kit: Kit) -> str:
    """What the school is told of the end of publicity on 2026-06-01 at 08:00 UTC."""
    await kit.receive(PublicityOpenedV1(term_id=TERM, path=SCHOOL, entries=3, ends=AT))
    [message] = (await kit.as_(PEOPLE["administrator"]).get("/messages")).json["items"]
    return str(message["body"])


async def keep_as_before(db: Database) -> None:
    """The statement of the release before."""
    async with db.transaction() as tx:
        await tx.execute(
            "INSERT INTO terms (term_id, path, title, scheme_id, scheme_version, time_zone, version) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (term_id) DO UPDATE SET path = excluded.path, "
            "title = excluded.title, version = excluded.version WHERE terms.version < excluded.version",
            *OLD.values(),
        )


async def test_a_database_of_the_release_before_keeps_every_row_and_goes_on_working(parts: Any) -> None:
    async with an_older_database(parts, "notify", kit=3, own=3) as db:
        url = db.url
        await keep_as_before(db)
        async with db.transaction() as tx:
            await tx.execute("INSERT INTO inbox (event_id, subject) VALUES ($1, $2)", EVENT, TermScheduledV1.subject)
    async with a_service(SERVICE, parts, url=url) as kit:
        async with kit.deps.db.reading() as tx:
            row = await tx.fetchrow("SELECT * FROM directory_terms")
            old = await tx.fetchrow("SELECT * FROM terms WHERE term_id = $1", TERM)
        assert {name: row[name] for name in OLD if name != "term_id"} == {k: v for k, v in OLD.items() if k != "term_id"}
        assert (row["id"], row["complete"], row["school_year"], row["starts_on"]) == (TERM, False, "", date.min)
        assert dict(old) == OLD | {"complete": False}
        assert "2026年6月1日 14:00" in await told_end(kit)

        assert await kit.receive(WEST, EVENT), "the inbox forgot the event, so that a replay fills the term in"
        async with kit.deps.db.reading() as tx:
            row = await tx.fetchrow("SELECT * FROM directory_terms")
        assert (row["complete"], row["school_year"], row["starts_on"]) == (True, WEST.school_year, WEST.starts_on)


async def test_what_a_process_of_the_release_before_keeps_while_an_upgrade_rolls_is_filled_in_later(parts: Any) -> None:
    async with an_older_database(parts, "notify", kit=3, own=3) as db, a_service(SERVICE, parts, url=db.url) as kit:
        await keep_as_before(db)
        await db.close()
        assert "2026年6月1日 14:00" in await told_end(kit)
        await kit.receive(WEST)
        async with kit.deps.db.reading() as tx:
            assert tuple(await tx.fetchrow("SELECT number, complete FROM directory_terms")) == (2, True)


@pytest.mark.feature("JX-07", "CS-01")
async def test_times_are_told_on_the_schools_clock_in_its_last_term_too(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(WEST.model_copy(update={"school_year": "2027-2028"}))
        assert "2026年6月1日 14:00" in await told_end(kit)
        term = kit.deps.directory.cached(TERM)
        assert (term.last_term(f"{SCHOOL}.g2025.c01"), term.last_term(f"{SCHOOL}.g2026.c01")) == (True, False)
