"""The board as each viewer sees it: own school, fields by the scheme, every look logged (JX-07, X-09)."""

from dataclasses import replace
from typing import Any

import aiohttp
import asyncpg
import pytest
from contracts.base import EvidenceRef
from publicity.app import SERVICE
from publicity.store import board
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
    an_enrolment,
    enrolled,
)
from pydantic import SecretStr
from servicekit.directory import students_named
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


@pytest.mark.feature("X-09")
async def test_small_pictures_of_several_entries_are_asked_for_at_once_and_each_is_logged(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        one, two, unpictured = (
            EvidenceRef(
                evidence_id=new_id(),
                name="照片.jpg",
                media_type="image/jpeg",
                size=7,
                sha256="0" * 64,
                public_key="a.jpg",
                preview_key=key,
            )
            for key in ("a-small.jpg", "b-small.jpg", None)
        )
        first, _ = await house.selected(evidence=(one, unpictured))
        second, _ = await house.selected(evidence=(two,))
        wanted = {
            "files": [
                {"entry_id": str(entry_id), "evidence_id": str(file.evidence_id)}
                for entry_id, file in ((first, one), (first, unpictured), (second, two), (second, one))
            ]
        }
        await house.to(SHOWN)
        found = (await kit.as_(house.classmate).post("/board/previews", wanted)).json["items"]
        assert {(item["entry_id"], item["evidence_id"]) for item in found} == {
            (str(first), str(one.evidence_id)),
            (str(second), str(two.evidence_id)),
        }
        assert all("-small.jpg" in item["url"] for item in found)
        async with kit.deps.db.reading() as tx:
            rows = await tx.fetch("SELECT entry_id, file_id FROM board_views")
        assert {(row["entry_id"], row["file_id"]) for row in rows} == {(first, one.evidence_id), (second, two.evidence_id)}
        assert (await kit.as_(a_student(OTHER_SCHOOL_CLASS)).post("/board/previews", wanted)).code == "not_found"
        await house.to(CLOSES)
        assert (await kit.as_(house.classmate).post("/board/previews", wanted)).code == "window_closed"


@pytest.mark.feature("L-05", "JX-07")
async def test_a_search_of_the_board_finds_every_spelling_of_a_name_that_the_viewer_may_see(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        pupils = ("买买提·阿不都", "张\u3000𬭎", "王\u2f29明")
        for n, name in enumerate(pupils):
            pupil = a_student(OTHER_CLASS)
            await kit.receive(enrolled(an_enrolment(pupil.student_id, OTHER_CLASS, name)))
            await house.selected(pupil, path=OTHER_CLASS, student_name=name, kind="theme_education", title=f"演讲ＡＩ第{n}场")
        await house.to(SHOWN)
        viewer, term = kit.as_(house.classmate), house.term.term_id

        async def found(**query: Any) -> list[str]:
            return sorted(one["title"] for one in (await viewer.get("/board", term_id=term, **query)).json["items"])

        everything = [f"演讲ＡＩ第{n}场" for n in range(3)]
        for typed, titles in (
            ("买买提•阿不都", everything[:1]),
            ("提 . 阿", everything[:1]),
            ("张𬭎", everything[1:2]),
            ("张 𬭎", everything[1:2]),
            ("王小", everything[2:]),
            ("⼩明", everything[2:]),
            ("ai", everything),
            ("ａｉ第", everything),
            ("买买提阿不都", []),
        ):
            assert await found(q=typed) == titles, typed
            assert await found(q=typed, kind="theme_education", path=OTHER_CLASS) == titles, typed
        async with kit.deps.db.reading() as tx:
            named = await students_named(tx, SCHOOL, "王小明")
            assert len(named) == 1
            hidden = board.BoardQuery(term, None, q="王小明", in_name=False, in_title=True, named=named)
            for in_kinds in ((), ("volunteer_service",)):
                query = replace(hidden, in_kinds=in_kinds)
                _, rows = await board.log_and_read_page(tx, query, None, 51, 1, house.classmate, SHOWN)
                assert rows == [], "a name that is not shown is not searched"


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
