"""Lists at a hundred thousand records, filters and their counts, and what students share (JX-04, JX-18, CS-04)."""

import json
from typing import Any

import pytest
from records.app import SERVICE
from records.store.lists import PAGE, RecordFilters, parameters
from servicekit.auth import Actor
from servicekit.ids import new_id
from servicekit.testing import a_service, an_actor

from .builders import CLASS, NEXT_CLASS, SCHOOL, a_report, a_school

_MANY = """
INSERT INTO records (id, term_id, student_id, student_name, path, dimension, kind, title, data, evidence, state, step,
    reviewer_role, origin, level, visibility, author_id, author_name, author_role, version, created_at, submitted_at)
SELECT uuidv7(), $1, CASE n % 100 WHEN 3 THEN $3 ELSE ('00000000-0000-0000-0000-' || lpad((n % 2000)::text, 12, '0'))::uuid END,
       '学生' || n % 2000,
       ('jx.nc.d' || n % 3 || '.s' || n % 30 || '.g2025.c' || n % 600)::ltree, 'moral', 'volunteer_service', '志愿服务' || n,
       '{}', '[]', CASE WHEN n % 40 = 0 THEN 'submitted' ELSE 'approved' END, 'class_teacher', 'class_teacher', 'reported',
       'student', CASE WHEN n % 50 = 0 THEN 'class' ELSE 'private' END, uuidv7(), '学生', 'student', 2, now(), now()
  FROM generate_series(1, $2) n
"""
PLACES = ("jx.nc.d1.s1.g2025.c1", "jx.nc.d1.s1", "jx.nc.d1.s10", "jx.nc.d1", "jx.nc", "jx", "")
"""In the school `s1` nothing waits; in `s10` a quarter does. One student has a hundredth of all records."""
LIMIT = 20
MOST = 3 * LIMIT
"""A line takes its record and its student, two blocks, at any size; half as much again is for walking the index."""


def nodes(plan: Any) -> list[Any]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes(child))]


async def cost(tx: Any, actor: Actor, wanted: RecordFilters) -> tuple[set[str], int]:
    """How a page is found, and how many blocks that took."""
    content = await parameters(tx, actor, None, wanted, None, LIMIT)
    assert content is not None
    [row] = await tx.fetch(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {PAGE}", *content)
    plan = (json.loads(row[0]) if isinstance(row[0], str) else row[0])[0]["Plan"]
    on_records = {node["Node Type"] for node in nodes(plan) if node.get("Relation Name") == "records"}
    return on_records, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


@pytest.mark.feature("JX-04", "JX-18")
async def test_a_page_costs_the_same_among_a_hundred_times_as_many_records(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        asked = [
            (an_actor("class_teacher" if url.count(".") == 5 else "administrator", url), RecordFilters(state=state, q=q))
            for url in PLACES
            for state in (None, "submitted")
            for q in (None, "不会有的字样")
        ]
        busy = new_id()
        asked.append((an_actor("student", PLACES[0], students=(busy,)), RecordFilters()))
        costs: list[list[int]] = []
        owner = await kit.deps.db.dedicated(kit.deps.settings.database_owner_url.get_secret_value())
        async with kit.deps.db.reading() as tx:
            for many in (1_000, 99_000):
                await tx.execute(_MANY, school.term_id, many, busy, timeout=300)
                await owner.execute("VACUUM ANALYZE records", timeout=300)
                found = [await cost(tx, actor, wanted) for actor, wanted in asked]
                costs.append([blocks for _, blocks in found])
        await owner.close()
        scans = [
            (actor.path, wanted.state, wanted.q)
            for (actor, wanted), (how, _) in zip(asked, found, strict=True)
            if "Seq Scan" in how
        ]
        assert scans == []
        dear = [
            (actor.path, wanted.state, wanted.q, blocks)
            for (actor, wanted), *of_each in zip(asked, *costs, strict=True)
            for blocks in of_each
            if blocks > MOST
        ]
        assert dear == [], "few or a hundred times as many, a page is as cheap, also where nothing is found"


@pytest.mark.feature("JX-18", "JX-04")
async def test_a_queue_is_narrowed_and_counted_by_the_same_filters(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        league = {
            "name": "学习主题团日",
            "held_on": "2026-09-12",
            "place": "礼堂",
            "account": "和同学们一起学习并分享了自己的心得体会，很有收获。",
        }
        for kind_of in ("league_day", "ceremony"):
            sent = {
                "term_id": str(school.term_id),
                "kind": "youth_league_activity",
                "evidence": [await school.file()],
                "submit": True,
            }
            answer = await school.student.post("/records", sent | {"data": league | {"activity_type": kind_of}})
            assert answer.status == 201, answer.json
        await school.submitted(school.mate)
        await school.approved(school.mate)
        for query, waiting, approved in (
            ({}, 3, 1),
            ({"activity_type": "ceremony"}, 1, 0),
            ({"kind": "volunteer_service"}, 1, 1),
            ({"q": "王小"}, 1, 1),
            ({"student_id": school.student_id}, 2, 0),
            ({"since": "2026-10-10T08:00:00Z"}, 3, 1),
            ({"until": "2026-10-10T16:00:00+08:00"}, 0, 0),
            ({"path": SCHOOL, "dimension": "moral"}, 3, 1),
            ({"path": NEXT_CLASS}, 0, 0),
        ):
            listed = (await school.teacher.get("/records", state="submitted", **query)).json["items"]
            counts = (await school.teacher.get("/counts", term_id=school.term_id, **query)).json
            assert (len(listed), counts["submitted"], counts["approved"]) == (waiting, waiting, approved), query
        assert len((await school.teacher.get("/records", waiting="true")).json["items"]) == 3
        assert (await school.admin.get("/records", waiting="true")).json["items"] == []
        assert len((await school.admin.get("/records", q="主题团")).json["items"]) == 2
        assert len((await school.admin.get("/records", q="王小明", path=CLASS)).json["items"]) == 2
        district = kit.as_(an_actor("administrator", "jx.nc.dh"))
        assert len((await district.get("/records", q="王小")).json["items"]) == 2, "the beginning of a name"


@pytest.mark.feature("CS-04")
async def test_what_is_shared_is_seen_by_the_class_or_the_school_without_what_is_private(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        shown = await school.draft(visibility="class")
        hidden = await school.draft()
        url = f"/records/{hidden['id']}/visibility"
        schoolmate = kit.as_(an_actor("student", NEXT_CLASS, students=(school.term_id,)))

        async def ids(who: Any, circle: str, **query: Any) -> list[str]:
            return [line["id"] for line in (await who.get("/shared", circle=circle, **query)).json["items"]]

        for who in (school.mate, school.teacher, school.guardian):
            assert await ids(who, "class") == [shown["id"]]
        assert await ids(school.admin, "class", path=CLASS) == [shown["id"]]
        for who in (schoolmate, school.next_teacher, school.stranger):
            assert (await ids(who, "class"), await ids(who, "class", path=CLASS), await ids(who, "school")) == ([], [], [])
        assert (await school.mate.put(url, {"visibility": "school"})).code == "not_found"
        assert (await school.student.put(url, {"visibility": "everyone"})).code == "invalid_input"
        assert (await school.student.put(url, {"visibility": "school"})).json["visibility"] == "school"
        assert await ids(schoolmate, "school") == [hidden["id"]]
        assert await ids(school.mate, "class") == [hidden["id"], shown["id"]]
        assert await ids(school.stranger, "school") == []
        [line] = (await schoolmate.get("/shared", circle="school")).json["items"]
        assert line["fields"]["服务对象"] == "敬老院老人"
        assert {"state", "data", "history", "author_name", "student_id"}.isdisjoint(line)
        file = line["files"][0]
        where = f"/shared/{hidden['id']}/evidence/{file['evidence_id']}/address"
        assert "zp-evidence-public" in (await schoolmate.get(where)).json["url"]
        assert (await schoolmate.get(where, preview="true")).status == 200
        assert (await schoolmate.get(f"/records/{hidden['id']}")).code == "not_found"
        assert (await schoolmate.get(f"/shared/{shown['id']}/evidence/{file['evidence_id']}/address")).code == "not_found"
        await school.student.put(url, {"visibility": "private"})
        assert (await ids(schoolmate, "school"), (await schoolmate.get(where)).code) == ([], "not_found")
        assert (await school.student.get(f"/records/{hidden['id']}")).json["history"][-1]["action"] == "share"
        imported = a_report(school.term_id)["data"]
        assert (await school.student.put(f"/records/{shown['id']}", {"data": imported}, If_Match='"1"')).json[
            "visibility"
        ] == "private"
