"""Importing 20,000 rows of ten columns, from upload to stored records, compared with openpyxl reading the same file."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

from demo.client import Gateway
from demo.steps.batches import XLSX
from openpyxl import Workbook

from bench import rounds
from bench.environment import Environment, an_actor
from bench.figures import Figure, ratio
from bench.load import BenchError
from bench.one_by_one import slowest
from bench.school import School, a_school, reporting_windows

GOAL, PAGE_MS = 1.0, 250.0
WRONG = 50
ROWS = 20_000
STUDENTS = 500
MAX_SECONDS = 600.0
"""Timeout, far above the goal: a slow import is a figure, one that never ends is an error."""
TYPE = "exam_scores"
HEADINGS = ("学籍号", "姓名", "班级", "考试", "科目", "成绩", "满分", "学分", "备注", "序号")
EXAMS = ("期中考试", "期末考试", "学业水平考试")
SUBJECTS = (
    "语文", "数学", "英语", "物理", "化学", "生物", "思想政治", "历史", "地理", "信息技术", "通用技术", "体育与健康", "音乐",
    "美术",
)  # fmt: skip
_READ = """
import sys, time
from openpyxl import load_workbook
begun = time.perf_counter()
rows = sum(1 for row in load_workbook(sys.argv[1], read_only=True).worksheets[0].iter_rows(values_only=True))
print(time.perf_counter() - begun, rows)
"""


@dataclass
class ImportingSchool:
    """A school with a term, and the class teacher of a large class."""

    env: Environment
    school: School
    term_id: str
    headers: dict[str, str]

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return await self.env.request("importer", method, path, self.headers, body)

    async def max_rows(self) -> int:
        """The maximum number of rows in a workbook."""
        found = await self._ask("GET", f"/types?term_id={self.term_id}")
        return next(int(school_["max_rows"]) for school_ in found["items"] if school_["type"] == TYPE)

    async def check_workbook(self, data: bytes) -> Any:
        """Upload and wait for the check; returns the import."""
        offer = await self._ask("POST", "/uploads", {"name": "成绩.xlsx", "media_type": XLSX, "size": len(data)})
        gateway = Gateway(self.env.platform.gateway_url, self.env.http, asyncio.Semaphore())
        await gateway.upload(offer, "成绩.xlsx", XLSX, data)
        wanted = {"file_id": offer["file_id"], "type": TYPE, "path": self.school.school_class, "term_id": self.term_id}
        batch = await self._ask("POST", "/batches", wanted)
        return await self._until(batch["id"], "checked")

    async def import_workbook(self, data: bytes, rows: int) -> None:
        """Check, commit, wait until records has stored every row."""
        batch = await self.check_workbook(data)
        if batch["problem_count"]:
            raise BenchError(f"the workbook has problems: {batch['problems'][:3]}")
        await self._ask("POST", f"/batches/{batch['id']}/commit", {})
        batch = await self._until(batch["id"], "applied")
        if (batch["created"], batch["not_applied"]) != (rows, 0):
            raise BenchError(f"{rows} rows, but {batch['created']} records and {batch['not_applied']} left out")

    async def _until(self, batch_id: str, state: str) -> Any:
        begun = time.perf_counter()
        while time.perf_counter() - begun < MAX_SECONDS:
            batch = await self._ask("GET", f"/batches/{batch_id}")
            if batch["state"] == state:
                return batch
            if batch["state"] in ("refused", "failed"):
                raise BenchError(f"import {batch['state']}: {batch['code']} {batch['message']}")
            await asyncio.sleep(0.05)
        raise BenchError(f"import did not reach {state} within {MAX_SECONDS:.0f} s")


async def an_import(env: Environment, number: int) -> ImportingSchool:
    """A new school for each round, so that every row is new."""
    school = a_school(f"jx.nc.dh.imp{number}", "jiangxi", "senior_secondary", STUDENTS)
    _, term_id = await env.open_school(school, reporting_windows(), "importer")
    return ImportingSchool(env, school, str(term_id), env.headers(an_actor("class_teacher", school.school_class, "陈老师")))


def workbooks(school: School, max_rows: int) -> list[tuple[bytes, int]]:
    """The rows as workbooks of at most `max_rows`, each with its number of rows."""
    found = []
    rows = [
        (
            who.registry_number,
            who.name,
            who.class_title,
            exam,
            subject,
            60 + (at + number) % 40,
            100,
            2,
            None,
            at * 1000 + number,
        )
        for at, who in enumerate(school.students)
        for number, (exam, subject) in enumerate((exam, subject) for exam in EXAMS for subject in SUBJECTS)
        if number < ROWS // STUDENTS
    ]
    for first in range(0, len(rows), max_rows):
        book = Workbook(write_only=True)
        sheet = book.create_sheet("成绩")
        sheet.append(HEADINGS)
        for row in rows[first : first + max_rows]:
            sheet.append(row)
        out = io.BytesIO()
        book.save(out)
        found.append((out.getvalue(), len(rows[first : first + max_rows])))
    return found


def read_alone(files: list[tuple[bytes, int]]) -> float:
    """Seconds in which openpyxl reads them, in a separate process, without the import of the library."""
    seconds = 0.0
    for data, rows in files:
        with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
            file.write(data)
            file.flush()
            done = subprocess.run([sys.executable, "-c", _READ, file.name], capture_output=True, text=True, check=True)  # noqa: S603
        taken, seen = done.stdout.split()
        if int(seen) != rows + 1:
            raise BenchError(f"openpyxl saw {seen} rows of {rows}")
        seconds += float(taken)
    return seconds


async def measure(env: Environment) -> list[Figure]:
    """e: seconds of openpyxl over those of the import. At most three rounds, because each imports 20,000 rows. Then
    milliseconds of what the page of an import reads."""
    turns = min(3, env.options.rounds)
    schools = [await an_import(env, number) for number in range(turns)]
    max_rows = await schools[0].max_rows()
    files = [await asyncio.to_thread(workbooks, school_.school, max_rows) for school_ in schools]
    schools_and_files = iter(zip(schools, files, strict=True))

    async def import_all() -> float:
        importing, files_ = next(schools_and_files)
        begun = time.perf_counter()
        for data, rows in files_:
            await importing.import_workbook(data, rows)
        return time.perf_counter() - begun

    async def read_all() -> float:
        return await asyncio.to_thread(read_alone, files[0])

    found = await rounds.paired(turns, import_all, read_all)
    made_of: dict[str, float | int | str] = {
        "ours s": median([ours for ours, _ in found]),
        "openpyxl s": median([baseline for _, baseline in found]),
        "rows": ROWS,
        "columns": len(HEADINGS),
        "files": len(files[0]),
        "of at most rows": max_rows,
    }
    what = "openpyxl reading ÷ import of 20,000 rows, upload to stored records"
    whole = ratio("e", what, GOAL, [baseline / ours for ours, baseline in found], made_of)
    return [whole, await _page(env, await an_import(env, turns))]


async def _page(env: Environment, importing: ImportingSchool) -> Figure:
    """The page of an import with `WRONG` wrong cells."""
    data = await asyncio.to_thread(_with_wrong_cells, importing.school)
    batch = await importing.check_workbook(data)
    if batch["problem_count"] < WRONG:
        raise BenchError(f"{batch['problem_count']} problems were found in {WRONG} wrong cells")
    headers, address = importing.headers, f"/batches/{batch['id']}"
    where = f"path={importing.school.school_class}&term_id={importing.term_id}"
    calls = {
        "problems": env.call("importer", "GET", f"{address}/problems", headers),
        "rows with wrong cells": env.call("importer", "GET", f"{address}/sheets", headers),
        "address of the coloured workbook": env.call("importer", "POST", f"{address}/answer", headers),
        "template of a class": env.call("importer", "POST", f"/templates/{TYPE}/address?{where}", headers),
    }
    return await slowest(env, "e", f"import with {WRONG} wrong cells", calls, PAGE_MS, env.options.seconds / 2)


def _with_wrong_cells(school: School) -> bytes:
    """A workbook with one row for each student, in `WRONG` of which the score is a word."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("成绩")
    sheet.append(HEADINGS)
    for number, who in enumerate(school.students):
        score = "缺考了" if number < WRONG else 88
        sheet.append((who.registry_number, who.name, who.class_title, EXAMS[0], SUBJECTS[0], score, 100, 2, None, number))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
