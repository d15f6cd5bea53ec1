"""One small term of one school as its people play it, whatever happens: from the timetable to sealed archives.

Every write is logged before it is sent. What may stay unknown is left unknown now and then; the play looks at what is
there and goes on, as people do.
"""

import asyncio
import io
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from demo.steps import timetable
from demo.steps.imports import rows_for
from demo.world import hours, now, window
from PIL import Image

from chaos import batch
from chaos.client import Caller, Lost, Refused, Unknown
from chaos.founding import Room
from chaos.journal import Journal
from demo import stories, workbooks

LATE = frozenset({"wrong_state", "stale_version", "not_found", "not_selectable", "amendment_missing", "window_closed"})
"""Refusals of one who comes too late, or too early: look again."""


@dataclass
class Term:
    """One play. `number` counts the terms of the school from 0; `records` is what each pupil reports."""

    room: Room
    number: int
    journal: Journal
    rng: random.Random
    records: int = 3
    id: str = ""
    amended: set[str] = field(default_factory=set)
    """Cases whose record was mended; what remains is to say so."""

    @property
    def name(self) -> str:
        """How the term is called in the log; unique."""
        return f"{self.room.code}-{self.number}"

    async def play(self) -> None:
        """From beginning to end. Raises Lost where something does not come to its end."""
        await self._schedule()
        await self._organisation()
        await asyncio.gather(*(self._report(pupil) for pupil in self.room.pupils), self._import())
        for _ in range(4):
            await self._review()
            await asyncio.gather(*(self._mend(pupil) for pupil in self.room.pupils))
        await self._review(all_of_it=True)
        await asyncio.gather(*(self._select(pupil) for pupil in self.room.pupils))
        await self._show_and_object()
        await self._settle()
        await self._evaluate()
        await self._seal()

    async def _schedule(self) -> None:
        year, begun = 2026 + self.number // 2, now()
        body = {
            "path": self.room.campus.path,
            "title": f"学期 {self.name}",
            "school_year": f"{year}-{year + 1}",
            "number": self.number % 2 + 1,
            "starts_on": f"{year}-09-01" if self.number % 2 == 0 else f"{year + 1}-02-20",
            "ends_on": f"{year + 1}-01-20" if self.number % 2 == 0 else f"{year + 1}-07-05",
            "windows": timetable.windows(begun - hours(1), begun + hours(48), begun + hours(72)),
        }
        admin, about = self.room.administrator, {"title": body["title"]}
        made = await admin.write(self.journal, "term.schedule", about, "POST", "/records/terms", body)
        if made is None:
            known = await admin.everything("/records/terms", path=self.room.campus.path)
            made = next(term for term in known if term["title"] == body["title"])
        self.id = made["id"]
        if not self.room.scheme:
            self.room.scheme = self.room.world.scheme = await admin.get("/records/schemes/jiangxi/2026.1")

    async def _organisation(self) -> None:
        """Something for identity to do: a grade that nobody is in."""
        code = f"g{2100 + self.number}"
        body = {"parent": self.room.campus.path, "code": code, "title": f"年级 {self.name}"}
        about = {"path": f"{self.room.campus.path}.{code}"}
        await self._maybe(self.room.administrator, "organisation", about, "POST", "/identity/organisations", body)

    async def _maybe(self, by: Caller, what: str, about: dict[str, Any], method: str, path: str, body: Any = None) -> Any:
        """A write that may be refused, or left unknown."""
        try:
            return await by.write(self.journal, what, about, method, path, body, must=False)
        except (Refused, Unknown):
            return None

    async def _report(self, pupil: Caller) -> None:
        await self._position(pupil)
        for number in range(self.records):
            kind = self.rng.choice(self.room.kinds())
            marker = f"{self.name} {pupil.username} 第{number}件"
            evidence = await pupil.send_file(
                self.journal, "/records/evidence", f"{marker}.jpg".replace(" ", "-"), "image/jpeg", _picture(self.rng)
            )
            body = {
                "term_id": self.id,
                "kind": kind["id"],
                "title": marker,
                "data": stories.fill(self.rng, kind, now().date()),
                "evidence": [evidence],
                "submit": number % 3 != 1,
            }
            made = await self._maybe(
                pupil, "record", {"title": marker, "submit": body["submit"]}, "POST", "/records/records", body
            )
            if made and not body["submit"]:
                await self._act(pupil, made["id"], "submission", must=number % 2 == 0)
            elif made and self.rng.random() < 0.2:
                await self._act(pupil, made["id"], "withdrawal", must=True)
                await self._act(pupil, made["id"], "submission", must=True)

    async def _act(self, by: Caller, record: str, action: str, body: Any = None, *, must: bool = False) -> None:
        try:
            await by.write(
                self.journal,
                f"record.{action}",
                {"record": record},
                "POST",
                f"/records/records/{record}/{action}",
                body,
                must=must,
            )
        except (Refused, Unknown):
            return

    async def _position(self, pupil: Caller) -> None:
        fields = {f["id"]: f for f in self.room.scheme["positions"]["form"]["fields"]}
        data = {
            "level": fields["level"]["choices"][0]["id"],
            "title": fields["title"]["choices"][0]["id"],
            "since": "2026-09-01",
            "duties": f"职责 {self.name} {pupil.username}",
        }
        body = {"term_id": self.id, "data": data}
        await self._maybe(pupil, "position", {"duties": data["duties"]}, "POST", "/records/positions", body)

    async def _import(self) -> None:
        """The class teacher's marks, from a workbook; then a second time, which changes nothing."""
        rows = rows_for(self.room.world, "exam_scores", self.room.campus.rooms[0].pupils, self.rng)
        await batch.bring_in(self.journal, self.room, self.id, "exam_scores", f"成绩 {self.name}.xlsx", rows)

    async def _waiting(self, **query: Any) -> list[dict[str, Any]]:
        return await self.room.teacher.everything("/records/records", term_id=self.id, state="submitted", limit=100, **query)

    async def _review(self, *, all_of_it: bool = False) -> None:
        """Some one by one, some in bulk, some returned; at the end until nothing waits."""
        teacher = self.room.teacher
        while waiting := await self._waiting():
            bulk = []
            for record in waiting:
                chance = 1.0 if all_of_it else self.rng.random()
                if chance < 0.15 and record["origin"] == "reported":
                    await self._act(teacher, record["id"], "return", {"reason_code": "incomplete", "note": "请补充。"})
                elif chance < 0.5:
                    await self._act(teacher, record["id"], "approval")
                else:
                    bulk.append(record["id"])
            if bulk:
                about = {"records": bulk}
                body = {"record_ids": bulk, "action": "approve"}
                await self._maybe(teacher, "record.bulk_approval", about, "POST", "/records/reviews", body)
            if not all_of_it:
                break
        while positions := (await teacher.get("/records/positions", term_id=self.id, state="submitted"))["items"]:
            for position in positions:
                path = f"/records/positions/{position['id']}/approval"
                await self._maybe(teacher, "position.approval", {"position": position["id"]}, "POST", path)

    async def _mend(self, pupil: Caller) -> None:
        for state in ("returned", "draft"):
            for record in await pupil.everything("/records/records", term_id=self.id, state=state):
                if state == "returned":
                    whole = await pupil.get(f"/records/records/{record['id']}")
                    body = {"title": whole["title"], "data": whole["data"], "evidence": _evidence(whole)}
                    path, about = f"/records/records/{record['id']}", {"record": record["id"]}
                    try:
                        await pupil.write(self.journal, "record.mend", about, "PUT", path, body, version=whole["version"])
                    except Refused as refused:
                        if refused.code not in LATE:
                            raise
                await self._act(pupil, record["id"], "submission")

    async def _select(self, pupil: Caller) -> None:
        """Wait for the approved ones to come through, then pick most of them."""
        reported = {kind["id"] for kind in self.room.kinds()}

        async def entries() -> list[dict[str, Any]] | None:
            approved = await pupil.everything("/records/records", term_id=self.id, state="approved")
            wanted = {record["id"] for record in approved if record["kind"] in reported}
            found = await pupil.everything("/publicity/entries", term_id=self.id)
            return found if wanted <= {entry["record_id"] for entry in found} else None

        found = await self._until("entries of approved records", entries)
        ids = [e["entry_id"] for e in found if e["state"] == "eligible" and e["kind"] in reported]
        kept = ids[: max(1, len(ids) - 1)]
        for entry in kept:
            about, body = {"entries": [entry]}, {"entry_ids": [entry]}
            await self._maybe(pupil, "select", about, "POST", "/publicity/selections", body)

    async def _until[T](self, what: str, look: Callable[[], Awaitable[T | None]]) -> T:
        deadline = asyncio.get_running_loop().time() + self.room.teacher.net.patience
        while True:
            found = await look()
            if found is not None:
                return found
            if asyncio.get_running_loop().time() > deadline:
                raise Lost(f"{self.name}: {what} never came")
            await asyncio.sleep(0.25)

    async def _move(self, windows: list[dict[str, Any]], why: str) -> None:
        """Another timetable; the administrator goes on until it stands."""
        admin, path = self.room.administrator, f"/records/terms/{self.id}"
        while True:
            term = await admin.get(path)
            body = {"windows": windows, "reason": why}
            try:
                await admin.write(
                    self.journal, "term.timetable", {"term": self.id}, "PUT", f"{path}/timetable", body, version=term["version"]
                )
            except Refused as refused:
                if refused.code != "stale_version":
                    raise
                continue
            return

    async def _show_and_object(self) -> None:
        opens = now()
        await self._move(timetable.windows(opens - hours(2), opens, opens + hours(24)), "公示开始")
        victim, objector = self.room.pupils[0], self.room.pupils[1]

        async def board() -> list[dict[str, Any]] | None:
            try:
                page = await objector.get("/publicity/board", term_id=self.id)
            except Refused:
                return None
            return [entry for entry in page["items"] if entry["student_id"] == victim.student_id] or None

        shown = await self._until("the board", board)
        for number, entry in enumerate(shown[:2]):
            text = f"质疑 {self.name} {number}：当天没有看到该同学参加。"
            body = {"entry_id": entry["entry_id"], "complaint_type": "untrue", "text": text, "files": []}
            await self._maybe(objector, "case", {"text": text, "entry": entry["entry_id"]}, "POST", "/publicity/cases", body)
        await self._move(timetable.windows(now() - hours(4), now() - hours(2), now()), "公示结束")

    async def _settle(self) -> None:
        """Until no case is open: pupils insist or amend, the teacher agrees, the administrator keeps or voids."""
        admin = self.room.administrator

        async def closed() -> bool | None:
            term = await admin.get(f"/archive/terms/{self.id}")
            if term["publicity_closed_at"] is None:
                return None
            return True

        await self._until("the end of publicity", closed)

        async def settled() -> bool | None:
            for by in (self.room.pupils[0], self.room.teacher, admin):
                for case in (await by.get("/publicity/cases", term_id=self.id, waiting="true"))["items"]:
                    await self._decide(by, case["case_id"])
            page = await admin.get("/publicity/cases", term_id=self.id, state="open", waiting="false")
            return True if not page["items"] else None

        await self._until("the end of all cases", settled)

    async def _decide(self, by: Caller, case_id: str) -> None:
        case = await by.get(f"/publicity/cases/{case_id}")
        actions = {action["id"] for action in case["actions"]}
        path, about = f"/publicity/cases/{case_id}/actions", {"case": case_id}
        if "insist" in actions:
            if case_id not in self.amended and self.rng.random() < 0.5 and await self._amend(by, case["record_id"]):
                self.amended.add(case_id)
            if case_id in self.amended:
                body: dict[str, Any] = {"action": "amend"}
            else:
                body = {"action": "insist", "text": "当天全程参加，有签到表为证。"}
        elif "agree" in actions:
            last = by is self.room.administrator and self.rng.random() < 0.3
            body = {"action": "disagree", "reason_code": "untrue", "text": "与事实不符。"} if last else {"action": "agree"}
        else:
            return
        try:
            await by.write(self.journal, f"case.{body['action']}", about, "POST", path, body, version=case["version"])
        except Refused as refused:
            if refused.code not in LATE:
                raise

    async def _amend(self, by: Caller, record_id: str) -> bool:
        record = await by.get(f"/records/records/{record_id}")
        if record["state"] != "amending":
            return False
        body = {"title": record["title"], "data": record["data"], "evidence": _evidence(record)}
        path, about = f"/records/records/{record_id}/amendment", {"record": record_id}
        try:
            await by.write(self.journal, "record.amend", about, "PUT", path, body, version=record["version"])
        except Refused as refused:
            if refused.code not in LATE:
                raise
            return False
        return True

    async def _evaluate(self) -> None:
        async def oneself(pupil: Caller) -> None:
            await self._evaluation(pupil, pupil.student_id, "self", {"text": stories.SELF})

        async def comment(pupil: Caller) -> None:
            body = {"text": stories.COMMENTS[0], "student_id": pupil.student_id}
            await self._evaluation(self.room.teacher, pupil.student_id, "teacher", body)

        async def opened() -> bool | None:
            page = await self.room.teacher.get("/archive/evaluations", term_id=self.id, pending="true", path=self.room.path)
            return True if page is not None else None

        await self._until("evaluations", opened)
        await asyncio.gather(*(oneself(p) for p in self.room.pupils), *(comment(p) for p in self.room.pupils))

    async def _evaluation(self, by: Caller, student: str, who: str, body: dict[str, Any]) -> None:
        about = {"term": self.id, "student": student, "type": "self_evaluation" if who == "self" else "teacher_comment"}
        body = {"term_id": self.id, **body}

        async def written() -> bool | None:
            try:
                await by.write(self.journal, "evaluation", about, "PUT", f"/archive/evaluations/{who}", body)
            except Refused as refused:
                if refused.code not in ("window_closed", "not_found", "busy"):
                    raise
                return None
            return True

        await self._until("the window for evaluations", written)

    async def _seal(self) -> None:
        past = timetable.windows(now() - hours(6), now() - hours(4), now() - hours(2))
        made = [w for w in past if w["operation"] not in ("seal", *timetable.AFTER)]
        made += [window(operation, now() - hours(2), now()) for operation in timetable.AFTER]
        made += [window("seal", now(), now() + hours(48))]
        await self._move(made, "开始归档")
        admin = self.room.administrator

        async def begun() -> bool | None:
            try:
                await admin.write(self.journal, "seal", {"term": self.id}, "POST", f"/archive/terms/{self.id}/seal", {})
            except Refused as refused:
                if refused.code not in ("term_not_ready", "window_closed", "evaluations_missing"):
                    raise
                return None
            return True

        await self._until("the seal's beginning", begun)

        async def sealed() -> bool | None:
            term = await admin.get(f"/archive/terms/{self.id}")
            return True if term["state"] == "sealed" else None

        await self._until("the sealed archives", sealed)


def _evidence(record: dict[str, Any]) -> list[str]:
    return [evidence["evidence_id"] for evidence in record["evidence"]]


def _picture(rng: random.Random) -> bytes:
    """A small JPEG like no other."""
    image = Image.new("RGB", (48, 32))
    image.putdata([(rng.randrange(256), rng.randrange(256), 128) for _ in range(48 * 32)])
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def workbook(form: bytes, rows: Iterable[dict[str, Any]]) -> bytes:
    """The template, filled."""
    return workbooks.fill(form, {workbooks.data_sheet(form): list(rows)})
