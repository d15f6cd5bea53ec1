"""An id of another service is not found: whoever may use a route gets 404 for it."""

import asyncio
from collections.abc import Iterator

import pytest
from stack import plan

from tests.world.region import EVERYBODY

from .callers import Callers
from .rows import Row, people, table

KINDS = {
    "identity": ("card", "account"),
    "records": ("submitted", "evidence", "position"),
    "publicity": ("open_case", "open_case_file"),
    "archive": ("archive", "evaluation", "backfill"),
    "import": ("good_batch", "unsent_upload"),
    "notify": ("webhook",),
}
"""Things by the service that gave them their ids. Terms, pupils and entries go by one id everywhere."""
OURS = ("card_id", "account_id", "reset_id", "record_id", "evidence_id", "file_id", "position_id", "case_id", "entry_id",
        "archive_id", "evaluation_id", "correction_id", "backfill_id", "batch_id", "webhook_id", "delivery_id", "term_id",
        "student_id", "adjustment_id", "adoption_id", "application_id", "claim_id", "form_id", "print_id", "run_id",
        "submission_id")  # fmt: skip
"""Parameters of a path that hold an id."""
SHARED = {"record_id": ("submitted",), "evidence_id": ("evidence",)}
"""A record's id, and its file's, are also the record's and the file's on the board and in the archive."""
ALIKE = {
    "POST /password-resets/{reset_id}/password": (422, "reset_code_wrong"),
    "POST /password-resets/{reset_id}/login-name": (422, "reset_code_wrong"),
}
"""To a stranger with a code, a request that nobody made looks like a wrong code."""
USERS = ("student@own", "class_teacher@class", "school_administrator@school", "district_administrator@above")


def routes() -> Iterator[tuple[str, str, Row, str]]:
    """(service, route, a row of it, parameter) of each route with an id in its path."""
    for service in plan.PATHS:
        for route, rows in table(service).items():
            for parameter in OURS:
                if f"{{{parameter}}}" in route:
                    row = next((one for one in rows if one.allowed or one.but), rows[0])
                    yield service, route, row, parameter


@pytest.mark.feature("NR-05")
@pytest.mark.parametrize("service", plan.PATHS)
async def test_ids_of_other_services_are_not_found_by_those_who_may_ask(callers: Callers, service: str) -> None:
    ids, wrong = callers.region.ids, list[str]()
    foreign = [ids[kind] for owner, kinds in KINDS.items() if owner != service for kind in kinds]
    shared = {name: {ids[kind] for kind in kinds} for name, kinds in SHARED.items()}

    async def one(route: str, row: Row, parameter: str, given: str, name: str) -> None:
        method, path, sent = callers.request(service, route, row.model_copy(update={"of": {**row.of, parameter: given}}))
        answer = await callers.ask(name, method, path, **sent)
        wanted = ALIKE.get(route, (404, "not_found"))
        if (answer.status, answer.code) != wanted:
            wrong.append(f"{method} {path} as {name}: {answer.status} {answer.content[:200].decode(errors='replace')}")

    asked = []
    for _, route, row, parameter in (found for found in routes() if found[0] == service):
        may = [name for name in row.asked_as(EVERYBODY) if row.expected(name) not in ("forbidden", "unauthenticated")]
        may += sorted(people(row.but))
        names = [name for name in USERS if name in may] or may[:1]
        assert names, f"nobody may use {route}"
        for given in foreign:
            if given not in shared.get(parameter, ()):
                asked += [one(route, row, parameter, given, name) for name in names]
    assert asked
    await asyncio.gather(*asked)
    assert not wrong, f"{len(wrong)} of {len(asked)}:\n" + "\n".join(sorted(wrong)[:60])
