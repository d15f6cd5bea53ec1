"""The home screens: `GET /home` of every service that has one, for a student, a class teacher and a school administrator;
and what their other screens read."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.base import Role
from contracts.records import RecordApprovedV1
from stack import plan

from bench import copy_rows
from bench.benchmarks.board import a_snapshot
from bench.benchmarks.submit import a_filling_school
from bench.environment import Environment, an_actor
from bench.figures import Figure
from bench.load import BenchError, Call, send
from bench.one_by_one import slowest
from bench.school import School, a_school, commenting_windows, reporting_windows

GOAL_MS, COMMENTS_MS = 50.0, 500.0
CLASSES, PUPILS, RECORDS, ENTRIES = 30, 50, 10, 6
"""Classes of the school, pupils of a class, records of a pupil, entries of a pupil in publicity."""
_RECORDS = """
'id', uuidv7(), 'term_id', $3::text, 'student_id', ($4::text[])[1 + g % cardinality($4::text[])],
'path', ($5::text[])[1 + g % cardinality($4::text[])], 'kind', 'volunteer_service', 'title', '社区敬老院志愿服务',
'dimension', (ARRAY['moral', 'academic', 'health', 'arts', 'practice'])[1 + (g / cardinality($4::text[])) % 5],
'state', (ARRAY['submitted', 'approved', 'approved', 'returned'])[1 + g % 4], 'step', 'class_teacher',
'reviewer_role', CASE WHEN g % 4 = 0 THEN 'class_teacher' END, 'origin', 'reported', 'level', 'student',
'author_role', 'student', 'waits_since', now() - interval '3 days', 'submitted_at', now() - interval '3 days'
"""


def _classes(code: str) -> School:
    """A school whose pupils are in many classes."""
    school = a_school(f"jx.nc.dh.{code}", "jiangxi", "senior_secondary", CLASSES * PUPILS)
    students = tuple(
        one.model_copy(update={"path": f"{school.path}.g2025.c{number % CLASSES + 1:02}"})
        for number, one in enumerate(school.students)
    )
    return School(school.path, school.scheme, school.stage, students)


async def _filled(env: Environment) -> School:
    """The school with its records, counted once by the job."""
    model = await (await a_filling_school(env, "homemodel", 200)).submit_one()
    school = _classes("home")
    _, term_id = await env.open_school(school, reporting_windows(), "publicity", "archive")
    students = [str(one.student_id) for one in school.students]
    async with env.database("records") as connection:
        paths = [one.path for one in school.students]
        more: tuple[Any, ...] = (str(term_id), students, paths)
        await copy_rows.insert_copies(connection, "records", "id", model, len(students) * RECORDS, _RECORDS, *more)
        await copy_rows.vacuum(connection, "records", "directory_students")
        await connection.execute(
            "INSERT INTO jobs (id, at, what, key, payload) VALUES (gen_random_uuid(), now(), 'count_progress', $1, '{}')",
            str(term_id),
        )
    await env.wait_until_true("records", "SELECT EXISTS (SELECT FROM class_progress WHERE term_id = $1)", term_id)
    await _fill_others(env, school, term_id)
    return school


_ENTRIES = """
'id', uuidv7(), 'record_id', uuidv7(), 'student_id', ($3::text[])[1 + g % cardinality($3::text[])],
'path', ($4::text[])[1 + g % cardinality($3::text[])], 'state', (ARRAY['selected', 'eligible'])[1 + g % 2]
"""


async def _fill_others(env: Environment, school: School, term_id: UUID) -> None:
    """Entries in publicity, and self-evaluations of half the pupils in archive."""
    first = school.students[0]
    snapshot = a_snapshot(term_id, first.student_id, first.path)
    event = RecordApprovedV1(record_id=snapshot.record_id, record=snapshot, at=datetime.now(UTC), approved_by="陈老师")
    await env.publish_events([event])
    await env.wait_until_true("publicity", "SELECT EXISTS (SELECT FROM entries WHERE record_id = $1)", snapshot.record_id)
    students, paths = [str(one.student_id) for one in school.students], [one.path for one in school.students]
    async with env.database("publicity") as connection:
        model = await connection.fetchval("SELECT id FROM entries WHERE record_id = $1", snapshot.record_id)
        await copy_rows.insert_copies(connection, "entries", "id", model, len(students) * ENTRIES, _ENTRIES, students, paths)
        await copy_rows.vacuum(connection, "entries", "directory_students")
    async with env.database("archive") as connection:
        await connection.execute(
            "INSERT INTO evaluations (id, term_id, student_id, path, type, text, account_id, author_name, written_at, version) "
            "SELECT uuidv7(), $1, id, path, 'self_evaluation', '本学期有进步', id, '某人', now(), 1 FROM directory_students "
            "WHERE path <@ $2::text::ltree AND id::text < '8'",
            term_id,
            school.path,
        )
        await copy_rows.vacuum(connection, "evaluations", "directory_students")


async def _services(env: Environment) -> list[str]:
    """The services that answer `GET /home`, by their OpenAPI documents."""
    found = []
    for name in plan.NAMES:
        document = json.loads(await send(env.http, Call("GET", env.url(name) + "/openapi.json", {})))
        if "/home" in document["paths"]:
            found.append(name)
    return found


async def measure(env: Environment) -> list[Figure]:
    """j: milliseconds of a home screen, one at a time; the screen of a role is there when its slowest service has answered.
    Then of every other request that screens make for what is counted or gathered."""
    school, services = await _filled(env), await _services(env)
    if "records" not in services:
        raise BenchError("records has no home screen")
    student = school.students[0]
    people: dict[str, tuple[Role, str, tuple[UUID, ...]]] = {
        "student": ("student", student.path, (student.student_id,)),
        "class teacher": ("class_teacher", student.path, ()),
        "school administrator": ("administrator", school.path, ()),
    }
    screens = [await _figure(env, name, services, *who) for name, who in people.items()]
    reads = [await _reads_figure(env, name, *who) for name, who in people.items()]
    return [*screens, *reads, await _comments_figure(env)]


def _reads(env: Environment, role: Role, headers: dict[str, str], path: str, term: str) -> dict[str, Call]:
    """What the screens of a role read besides the home screens, by what it is."""
    counted = {
        f"progress in {service}": env.call(service, "GET", f"/progress?path={path}", headers)
        for service in ("records", "publicity", "archive")
    }
    words = {"q": "服务", "path": path, "term_id": term}
    match role:
        case "student":
            return {
                "what one may report": env.call("records", "GET", f"/terms/{term}/kinds", headers),
                "selection": env.call("publicity", "GET", "/selection", headers),
                "terms of the board": env.call("publicity", "GET", "/board/terms", headers),
            }
        case "class_teacher":
            return counted | {
                "search": env.call("records", "POST", "/records/search", headers, words),
                "selections": env.call("publicity", "GET", f"/selections?term_id={term}&path={path}", headers),
            }
        case _:
            return counted | {
                "preview of a term": env.call("records", "POST", "/terms/preview", headers, {"term_id": term}),
                "preview of sealing": env.call("archive", "GET", f"/terms/{term}/preview", headers),
                "progress of sealing": env.call("archive", "GET", f"/terms/{term}/progress", headers),
            }


async def _reads_figure(env: Environment, name: str, role: Role, path: str, students: tuple[UUID, ...]) -> Figure:
    headers = env.headers(an_actor(role, path, "某人", students))
    term = (await env.request("records", "GET", "/terms", headers))["items"][0]["id"]
    calls = _reads(env, role, headers, path, term)
    return await slowest(env, "j", f"other screens of a {name}", calls, GOAL_MS, env.options.seconds / 2)


async def _figure(
    env: Environment, name: str, services: list[str], role: Role, path: str, students: tuple[UUID, ...]
) -> Figure:
    headers = env.headers(an_actor(role, path, "某人", students))
    calls = {service: env.call(service, "GET", "/home", headers) for service in services}
    return await slowest(env, "j", f"home screen of a {name}", calls, GOAL_MS, env.options.seconds)


async def _comments_figure(env: Environment) -> Figure:
    """A class teacher stores the comments on a class, as often as the table is saved."""
    school = a_school("jx.nc.dh.comments", "jiangxi", "senior_secondary", PUPILS)
    _, term = await env.open_school(school, commenting_windows(), "archive")
    headers = env.headers(an_actor("class_teacher", school.school_class, "陈老师"))
    pupils = [str(one.student_id) for one in school.students]

    def saves() -> Iterator[Call]:
        for version in itertools.count():
            comments = [{"student_id": one, "text": f"本学期有进步。第{version}稿", "version": version} for one in pupils]
            body = {"term_id": str(term), "comments": comments}
            yield env.call("archive", "PUT", "/evaluations/teacher/many", headers, body)

    first = json.loads(await send(env.http, next(calls := saves())))
    if not all(one["ok"] for one in first["results"]):
        raise BenchError(f"comments were refused: {first['results'][0]}")
    what = f"saving {len(pupils)} comments"
    return await slowest(env, "j", what, {"comments": calls}, COMMENTS_MS, env.options.seconds)
