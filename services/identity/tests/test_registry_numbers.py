"""A registry number contains an ID number: encrypted in tables and events, masked for readers (ADR 5)."""

from typing import Any

import pytest
from contracts.identity import StudentMovedV1, StudentsEnrolledV1
from identity.actions.seal_registry_numbers import seal_plaintext_numbers
from servicekit.encryption import Sealer

from .builders import KEYS, SCHOOL, Pupil, a_registry_number, a_roster, a_tree, an_administrator, an_identity

NUMBER = a_registry_number(1)
MASKED = f"{NUMBER[:7]}********{NUMBER[-4:]}"


async def test_a_registry_number_is_nowhere_in_clear_and_decrypts_with_the_seal_key(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        batch = a_roster(Pupil(1), Pupil(2, class_number=2))
        assert NUMBER not in batch.model_dump_json()
        await kit.receive(batch)
        admin = kit.as_(an_administrator())
        [student] = (await admin.post("/students/search", {"q": NUMBER})).json["items"]
        assert (student["name"], student["registry_number"]) == ("学生1", MASKED)
        assert (await admin.get(f"/students/{student['id']}")).json["registry_number"] == MASKED
        await admin.post(f"/students/{student['id']}/move", {"path": f"{SCHOOL}.g2025.c02", "reason": "x"}, If_Match='"1"')
        [enrolment] = [
            s for f in await kit.events(StudentsEnrolledV1) for s in f.students if str(s.student_id) == student["id"]
        ]
        assert enrolment.registry_number == MASKED
        assert enrolment.registry_sealed is not None
        assert Sealer(KEYS["seal"]).open(enrolment.registry_sealed, f"registry:{enrolment.student_id}") == NUMBER
        with pytest.raises(ValueError, match="does not open"):
            Sealer(KEYS["seal"]).open(enrolment.registry_sealed, "registry:another")
        async with kit.deps.db.reading() as tx:
            for table in await tx.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
                rows = await tx.fetch("SELECT t::text FROM " + table["tablename"] + " t")
                assert NUMBER not in str(rows), table["tablename"]
            bodies = b"".join(row["body"] for row in await tx.fetch("SELECT body FROM outbox"))
        assert NUMBER.encode() not in bodies
        assert [f.enrolment.registry_number for f in await kit.events(StudentMovedV1)] == [MASKED]


async def test_numbers_stored_in_clear_by_older_releases_are_encrypted_at_start(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1), Pupil(2)))
        async with kit.deps.db.transaction() as tx:
            await tx.execute("UPDATE students SET registry_sealed = NULL, registry_index = NULL")
            await tx.execute(
                "UPDATE students s SET registry_number = 'G360102201001' || lpad(right(p.name, 1), 6, '0') FROM persons p "
                "WHERE p.id = s.person_id"
            )
        assert await seal_plaintext_numbers(kit.deps) == 2
        assert await seal_plaintext_numbers(kit.deps) == 0
        [one] = (await kit.as_(an_administrator()).post("/students/search", {"q": "G360102201001000001"})).json["items"]
        assert (one["name"], one["registry_number"]) == ("学生1", "G360102********0001")


@pytest.mark.feature("L-20")
async def test_a_search_by_address_is_refused_and_told_where_to_go(parts: Any) -> None:
    async with an_identity(parts) as kit:
        admin = kit.as_(an_administrator())
        refused = await admin.get("/students", q="张三")
        assert (refused.status, refused.code, refused.json["rule"]) == (400, "search_by_post", "L-20")
        assert refused.json["use"] == "POST /students/search"
        assert (await admin.get("/students", q="G360102201001000001")).code == "number_in_address"
        assert (await admin.post("/students/search", {"q": "G360102201001000001"})).json["items"] == []
