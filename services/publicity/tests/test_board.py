"""The board as each viewer sees it: own school, fields by the scheme, every look logged (JX-07, X-09)."""

from typing import Any

import aiohttp
import asyncpg
import pytest
from contracts.base import EvidenceRef
from publicity.app import SERVICE
from publicity_builders import (
    CLOSES,
    OTHER_CLASS,
    OTHER_SCHOOL_CLASS,
    SCHOOL,
    SHOWN,
    House,
    a_guardian,
    a_teacher,
    an_actor,
)
from pydantic import SecretStr
from servicekit.files import Storage
from servicekit.ids import new_id
from servicekit.testing import a_service, a_student

SECRETS = ("registry_number", "id_number", "不公开")


@pytest.mark.feature("JX-07", "X-09")
async def test_the_board_shows_the_scheme_s_fields_to_the_own_school_only(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        await house.to(SHOWN)
        term = house.term.term_id
        viewers = (house.classmate, a_guardian(new_id()), an_actor("subject_teacher", OTHER_CLASS), house.teacher)
        for viewer in (*viewers, house.administrator, an_actor("principal", SCHOOL)):
            [item] = (await kit.as_(viewer).get("/board", term_id=term)).json["items"]
            assert item["entry_id"] == str(entry_id)
            detail = await kit.as_(viewer).get(f"/board/{entry_id}")
            shown = {one["id"]: one["shown"] for one in detail.json["fields"]}
            assert shown["hours"] == "2.5小时"
            assert "secret" not in shown
            assert not [word for word in SECRETS if word in detail.body.decode()]
            assert ("student_entries" in item and item["student_entries"] is not None) is viewer.is_staff or (
                viewer.role == "subject_teacher"
            )
        outside = (a_student(OTHER_SCHOOL_CLASS), a_teacher(OTHER_SCHOOL_CLASS), an_actor("administrator", "jx.nc.dh"))
        for viewer in outside:
            for path in (f"/board?term_id={term}", f"/board/tree?term_id={term}", f"/board/{entry_id}"):
                assert (await kit.as_(viewer).get(path)).code == "not_found"
        unknown = await kit.as_(an_actor("recorder", SCHOOL)).get("/board", term_id=term)
        assert (unknown.code, unknown.json["rule"]) == ("forbidden", "X-09")
        assert (await kit.anonymous.get("/board", term_id=term)).code == "unauthenticated"
        assert (await kit.as_(house.classmate).get("/board", term_id=new_id())).code == "not_found"


@pytest.mark.feature("X-09")
async def test_every_view_of_an_entry_is_logged_and_the_log_cannot_be_changed(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, record = await house.selected()
        await house.to(SHOWN)
        await kit.as_(house.classmate).get(f"/board/{entry_id}")
        await kit.as_(house.classmate).get(f"/board/{entry_id}/evidence/{record.evidence[0].evidence_id}/address")
        await kit.as_(a_student(OTHER_SCHOOL_CLASS)).get(f"/board/{entry_id}")
        async with kit.deps.db.reading() as tx:
            rows = await tx.fetch("SELECT account_id, entry_id, file_id FROM board_views ORDER BY id")
            assert [(row["account_id"], row["entry_id"], row["file_id"] is None) for row in rows] == [
                (house.classmate.account_id, entry_id, True),
                (house.classmate.account_id, entry_id, False),
            ]
            for statement in ("UPDATE board_views SET role = 'x'", "DELETE FROM board_views", "TRUNCATE board_views"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await tx.execute(statement)


@pytest.mark.feature("X-09")
async def test_the_public_copy_of_a_file_is_fetched_by_its_address_while_the_board_is_open(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        admin = parts.s3("records")
        keys = {"s3_access_key": admin.access_key, "s3_secret_key": SecretStr(admin.secret_key)}
        writer = Storage(kit.deps.settings.model_copy(update=keys))
        key = f"202612/{new_id().hex}.jpg"
        await writer.write("zp-evidence-public", key, b"picture", "image/jpeg")
        file = EvidenceRef(
            evidence_id=new_id(), name="照片.jpg", media_type="image/jpeg", size=7, sha256="0" * 64, public_key=key
        )
        entry_id, _ = await house.selected(evidence=(file,))
        await house.to(SHOWN)
        path = f"/board/{entry_id}/evidence/{file.evidence_id}/address"
        url = (await kit.as_(house.classmate).get(path)).json["url"]
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            assert (answer.status, await answer.read()) == (200, b"picture")
            assert answer.headers["Content-Disposition"].startswith("attachment")
        assert (await kit.as_(house.classmate).get(f"/board/{entry_id}/evidence/{new_id()}/address")).code == "not_found"
        with pytest.raises(OSError, match="AccessDenied"):
            await kit.deps.storage.write("zp-evidence-public", key, b"other", "image/jpeg")
        await house.to(CLOSES)
        assert (await kit.as_(house.classmate).get(path)).code == "window_closed"


@pytest.mark.feature("JX-07", "CS-09")
async def test_the_board_is_searched_filtered_paged_and_counted(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        other = a_student(OTHER_CLASS)
        await house.selected()
        await house.selected(title="第二次服务")
        await house.selected(house.classmate, student_name="陈一鸣", kind="theme_education", title="宪法演讲")
        await house.selected(other, path=OTHER_CLASS, student_name="赵%_强", dimension="arts", kind="volunteer_service")
        await house.to(SHOWN)
        viewer, term = kit.as_(house.classmate), house.term.term_id

        async def found(**query: Any) -> int:
            return len((await viewer.get("/board", term_id=term, **query)).json["items"])

        assert await found() == 4
        assert await found(q="陈一鸣") == 1
        assert await found(q="志愿") == 3  # the kind's title
        assert await found(q="第二次") == 1
        assert await found(q="%_") == 1
        assert await found(dimension="arts") == 1
        assert await found(kind="theme_education") == 1
        assert await found(path=OTHER_CLASS) == 1
        assert (await viewer.get("/board", term_id=term, path="jx.nc.dh.s2")).code == "not_found"
        assert (await viewer.get("/board", term_id=term, path="x'; --")).code == "invalid_input"
        seen, cursor = [], None
        while True:
            page = (await viewer.get("/board", term_id=term, limit=1, cursor=cursor)).json
            seen += [one["entry_id"] for one in page["items"]]
            if (cursor := page["next"]) is None:
                break
        assert len(seen) == len(set(seen)) == 4
        tree = (await viewer.get("/board/tree", term_id=term)).json
        assert tree["entries"] == 4
        [grade] = tree["grades"]
        assert (grade["title"], grade["entries"], grade["students"]) == ("高一", 4, 3)
        assert [(one["title"], one["entries"], one["students"]) for one in grade["below"]] == [("1班", 3, 2), ("c02", 1, 1)]
        assert {one["id"]: one["entries"] for one in tree["dimensions"]}["arts"] == 1
