"""Ids of one object of each sort that a school owns, and the requests that name them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from demo.client import User
from demo.world import Campus

from .client import Answer, Client

type Ids = dict[str, str]


@dataclass(frozen=True)
class RequestTemplate:
    """A request in which `{record}` in path, query or body stands for the id of the record."""

    method: str
    path: str
    body: Any = None
    query: tuple[tuple[str, str], ...] = ()
    version: int | None = None

    def __str__(self) -> str:
        named = "&".join(f"{name}={value}" for name, value in self.query)
        return f"{self.method} {self.path}{'?' if named else ''}{named}"

    async def send(self, client: Client, who: User | None, ids: Ids) -> Answer:
        """Fill in the ids and send it."""
        headers = {} if self.version is None else {"If-Match": f'"{self.version}"'}
        query: dict[str, Any] = {name: value.format(**ids) for name, value in self.query}
        return await client.ask(who, self.method, self.path.format(**ids), with_ids(self.body, ids), headers=headers, **query)


def with_ids(body: Any, ids: Ids) -> Any:
    """A body with the ids filled in."""
    match body:
        case dict():
            return {name: with_ids(value, ids) for name, value in body.items()}
        case list():
            return [with_ids(value, ids) for value in body]
        case str():
            return body.format(**ids)
    return body


def _get(path: str, /, **query: str) -> RequestTemplate:
    return RequestTemplate("GET", path, None, tuple(query.items()))


def _post(path: str, body: Any = None, version: int | None = None) -> RequestTemplate:
    return RequestTemplate("POST", path, {} if body is None else body, (), version)


def _put(path: str, body: Any, version: int | None = 1) -> RequestTemplate:
    return RequestTemplate("PUT", path, body, (), version)


_CONTENT = {"title": "不是我的", "data": {"name": "不是我的"}, "evidence": []}
_RETURN_REASON = {"reason_code": "incomplete"}
_REASON = {"reason": "不应成功"}

SCHOOL_REQUESTS = [
    _get("/records/terms/{term}"),
    _get("/records/terms/{term}/allowed"),
    _put("/records/terms/{term}/timetable", {"windows": [], "reason": "不应成功"}),
    _get("/records/counts", term_id="{term}"),
    _get("/records/tiles", term_id="{term}"),
    _get("/publicity/board", term_id="{term}"),
    _get("/publicity/board/tree", term_id="{term}"),
    _get("/publicity/board/{entry}"),
    _get("/publicity/board/{entry}/evidence/{evidence}/address"),
    _post("/publicity/cases", {"entry_id": "{entry}", "complaint_type": "untrue", "text": "不应成功的质疑。"}),
    _get("/archive/terms/{term}"),
    _post("/archive/terms/{term}/seal", {}),
    _get("/archive/evaluations", term_id="{term}"),
    _put("/archive/evaluations/self", {"term_id": "{term}", "text": "不应成功。" * 10}),
    _get("/import/types", term_id="{term}"),
    _post("/identity/staff", {"name": "不应成功", "phone": "18800000001", "role": "class_teacher", "path": "{path}"}),
    _post("/identity/staff", {"name": "不应成功", "phone": "18800000001", "role": "administrator", "path": "{school}"}),
    _post("/identity/organisations", {"parent": "{school}", "code": "g2031", "title": "不应成功"}),
    RequestTemplate("DELETE", "/identity/cards/{card}"),
]
"""What belongs to the whole school: teachers of its other classes may see it."""

CLASS_REQUESTS = [
    _get("/records/records/{record}"),
    _put("/records/records/{record}", _CONTENT),
    RequestTemplate("DELETE", "/records/records/{record}"),
    _post("/records/records/{record}/submission"),
    _post("/records/records/{record}/withdrawal"),
    _post("/records/records/{record}/approval"),
    _post("/records/records/{record}/return", _RETURN_REASON),
    _post("/records/records/{record}/void", _REASON),
    _post("/records/records/{record}/release", {"released_on": "2026-09-01", **_REASON}),
    _put("/records/records/{record}/amendment", _CONTENT),
    _post("/records/records", {"term_id": "{term}", "kind": "volunteer_service", "student_id": "{student}", **_CONTENT}),
    _get("/records/evidence/{evidence}/address"),
    _post("/records/evidence/{evidence}/completion"),
    _put("/records/positions/{position}", {"data": {"title": "monitor"}}),
    _post("/records/positions/{position}/approval"),
    _post("/records/positions/{position}/return", _RETURN_REASON),
    _post("/records/positions", {"term_id": "{term}", "student_id": "{student}", "data": {"title": "monitor"}}),
    _post("/publicity/selections", {"entry_ids": ["{entry}"]}),
    RequestTemplate("DELETE", "/publicity/selections/{entry}"),
    _get("/publicity/cases/{case}"),
    _post("/publicity/cases/{case}/actions", {"action": "agree"}),
    _get("/publicity/case-files/{case_file}/address"),
    _post("/publicity/case-files/{case_file}/completion"),
    _get("/archive/archives/{archive}"),
    _get("/archive/archives/{archive}/address"),
    _get("/archive/archives/{archive}/address", format="json"),
    _get("/archive/evaluations/{evaluation}"),
    _put("/archive/evaluations/teacher", {"term_id": "{term}", "student_id": "{student}", "text": "不应成功的评语。"}),
    _get("/archive/career/{student}"),
    _put("/archive/career/{student}/selection", {"record_ids": ["{record}"]}),
    _post("/archive/career/{student}/seal"),
    _get("/import/batches/{batch}"),
    _get("/import/batches/{batch}/progress"),
    _get("/import/batches/{batch}/answer"),
    _post("/import/batches/{batch}/commit"),
    _post("/import/batches/{batch}/undo", {}),
    _get("/import/templates/exam_scores", path="{path}", term_id="{term}"),
    _get("/identity/students/{student}"),
    _post("/identity/students/{student}/id-number", _REASON),
    _post("/identity/students/{student}/move", {"path": "{path}", **_REASON}, 1),
    _post("/identity/students/{student}/status", {"status": "suspended", **_REASON}, 1),
    _post("/identity/slips", {"path": "{path}", "audience": "students"}),
]
"""What belongs to one class, or to one pupil in it."""

LIST_REQUESTS = [
    _get("/records/records", term_id="{term}", student_id="{student}"),
    _get("/records/records", student_id="{student}"),
    _get("/records/tiles", term_id="{term}", student_id="{student}"),
    _get("/records/positions", student_id="{student}"),
    _get("/publicity/entries", student_id="{student}"),
    _get("/publicity/cases", stage="{stage}", term_id="{term}", waiting="true"),
    _get("/archive/archives", student_id="{student}"),
    _get("/archive/archives", student_id="{student}", kind="career"),
    _get("/archive/evaluations", term_id="{term}", path="{path}", type="teacher_comment", pending="true"),
    _get("/import/batches", path="{path}"),
    _get("/identity/students", path="{path}"),
    _get("/identity/staff", path="{path}"),
]


async def ids_of(campus: Campus) -> Ids:
    """Ids of objects of the school's first pupil, their class and the school."""
    pupil, teacher, administrator = campus.pupils[0], campus.school_classes[0].teacher, campus.administrator
    term = str(campus.term["id"])
    mine = {"term_id": term, "student_id": pupil.student_id}
    [entry, *_] = await pupil.user.everything("/publicity/entries", **mine, state="cleared")
    record = await pupil.user.get(f"/records/records/{entry['record_id']}")
    cases = await teacher.everything("/publicity/cases", term_id=term, waiting="false")
    case = next(one for one in cases if one["student_id"] == pupil.student_id)
    whole = await teacher.get(f"/publicity/cases/{case['case_id']}")
    [archive] = (await pupil.user.get("/archive/archives", term_id=term, kind="term"))["items"]
    written = await teacher.get("/archive/evaluations", term_id=term, pending="false")
    batches = await teacher.everything("/import/batches", path=pupil.path)
    positions = await teacher.everything("/records/positions", term_id=term)
    staff = await administrator.everything("/identity/staff", path=campus.path)
    evaluation = next(one for one in written["items"] if one["student_id"] == pupil.student_id)
    return {
        "term": term,
        "student": pupil.student_id,
        "path": pupil.path,
        "school": campus.path,
        "entry": entry["entry_id"],
        "record": record["id"],
        "evidence": record["evidence"][0]["evidence_id"],
        "case": case["case_id"],
        "stage": case["stage"],
        "case_file": whole["files"][0]["file_id"],
        "archive": archive["id"],
        "evaluation": evaluation["evaluation"]["id"],
        "batch": next(one["id"] for one in batches if one["term_id"] == term and one["state"] == "applied"),
        "position": next(one["id"] for one in positions if one["student_id"] != campus.pupils[-1].student_id),
        "card": next(one["card_id"] for one in staff if one["path"] == pupil.path),
    }


def unknown_ids(ids: Ids) -> Ids:
    """The same names with ids of objects that do not exist."""
    never = {name: str(uuid4()) if _is_id(value) else value for name, value in ids.items()}
    school = f"{ids['school'].rpartition('.')[0]}.nowhere"
    return {**never, "school": school, "path": ids["path"].replace(ids["school"], school)}


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
