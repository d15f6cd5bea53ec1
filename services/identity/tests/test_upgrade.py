"""A database of the release before, with people in it, is migrated and goes on working (L-03, L-05)."""

from typing import Any

import pytest
from identity.actions.name_keys import add_missing_name_keys
from identity.adapters.sealed_numbers import SealedNumbers
from identity.settings import IdentitySettings
from identity.store import accounts
from pydantic import SecretStr
from servicekit.ids import new_id
from servicekit.testing import an_older_database

from .builders import CLASS, KEYS, SCHOOL, Pupil, a_registry_number, a_roster, an_administrator, an_id_number, an_identity

STUDENT, PERSON, ACCOUNT = new_id(), new_id(), new_id()


async def keep_as_before(db: Any) -> None:
    """The rows of a school with one student, as the release before wrote them."""
    keys = {f"{name}_key": SecretStr(key) for name, key in KEYS.items()}
    numbers = SealedNumbers(IdentitySettings.model_construct(**keys))
    async with db.transaction() as tx:
        for path, level, title in (
            ("jx", "province", "江西省"), ("jx.nc", "city", "南昌市"), ("jx.nc.dh", "district", "东湖区"),
            (SCHOOL, "school", "江西实验中学"), (f"{SCHOOL}.g2025", "grade", "2025级"), (CLASS, "class", "1班"),
        ):  # fmt: skip
            await tx.execute(
                "INSERT INTO organisations (path, level, title, stage, scheme_id, scheme_version, time_zone, own_scheme) "
                "VALUES ($1, $2, $3, 'senior_secondary', 'jiangxi', '2026.1', 'Asia/Shanghai', false)",
                path,
                level,
                title,
            )
        await tx.execute(
            "INSERT INTO persons (id, name, sex, born, id_number, id_number_index) "
            "VALUES ($1, '买买提•阿不都', 'female', '2010-01-01', $2, $3)",
            PERSON,
            numbers.seal_id_number(an_id_number(1), PERSON),
            numbers.id_number_index(an_id_number(1)),
        )
        await tx.execute("INSERT INTO accounts (id, username, person_id) VALUES ($1, '3601020000015', $2)", ACCOUNT, PERSON)
        await tx.execute("INSERT INTO credentials (account_id) VALUES ($1)", ACCOUNT)
        await tx.execute(
            "INSERT INTO students (id, person_id, account_id, registry_number, eid, path, status, registry_sealed, "
            "registry_index) VALUES ($1, $2, $3, 'G360102********0001', '3601020000015', $4, 'enrolled', $5, $6)",
            STUDENT,
            PERSON,
            ACCOUNT,
            CLASS,
            numbers.seal_registry_number(a_registry_number(1), STUDENT),
            numbers.registry_number_index(a_registry_number(1)),
        )


@pytest.mark.feature("L-03", "L-05")
async def test_people_of_the_release_before_are_found_and_a_roster_changes_nothing(parts: Any) -> None:
    async with an_older_database(parts, "identity", kit=5, own=7) as db:
        url = db.url
        await keep_as_before(db)
    async with an_identity(parts, url=url) as kit:
        admin = kit.as_(an_administrator())
        [found] = (await admin.post("/students/search", {"q": "提·阿"})).json["items"]
        assert (found["name"], found["class_title"]) == ("买买提•阿不都", "1班")
        assert (await admin.get(f"/students/{found['id']}")).json["document_type"] == "resident_id"
        again = a_roster(Pupil(1, name="买买提•阿不都", guardians=(), class_title="高一(1)班"))
        await kit.receive(again)
        async with kit.deps.db.reading() as tx:
            row = await tx.fetchrow("SELECT version, path::text FROM students")
        assert tuple(row) == (1, CLASS)
        async with kit.deps.db.transaction() as tx:  # code of the release before changes the name only
            await tx.execute("UPDATE persons SET name = '阿依古丽'")
            assert await tx.fetchval("SELECT name_key FROM persons") is None
        assert await add_missing_name_keys(kit.deps) == 1
        assert len((await admin.post("/students/search", {"q": "古丽"})).json["items"]) == 1
        async with kit.deps.db.transaction() as tx:
            person_id = await tx.fetchval("SELECT id FROM persons")
            for name in ("阿依·古丽", "阿依•古丽"):
                await accounts.change_persons(tx, [accounts.NewPerson(person_id, name)])
                assert await tx.fetchval("SELECT name_key FROM persons") == "阿依·古丽", "another spelling with the same key"
