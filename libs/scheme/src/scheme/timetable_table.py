"""Reading the windows of a term from a table as authorities send them (SH-01). Pure.

Its columns are 阶段, 开始时间, 结束时间, 操作对象, 操作要求; cells that are merged downwards are empty below. Which operations
a phase has is `timing.phases` of the scheme; of those, a row opens the ones of its actors. What is not understood is asked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from scheme.kinds import applies_to_grade
from scheme.operations import Operation, Window
from scheme.scheme import Scheme
from scheme.values import half_width

type Column = Literal["phase", "starts", "ends", "actors"]
_HEADINGS: tuple[tuple[Column, str], ...] = (
    ("phase", "阶段"), ("starts", "开始"), ("ends", "结束"), ("actors", "对象"),
)  # fmt: skip
_MOMENT = re.compile(
    r"(\d{4})[年./-](\d{1,2})[月./-](\d{1,2})日?(?:\((?:星期|周)([一二三四五六日天])\))?(?:(\d{1,2})(?:[点时:](?:(\d{1,2})分?)?|半))?"
)
_ONE = r"(?:十[一二]?|[一二三四五六七八九]|\d{1,2})"
_GRADE = re.compile(rf"{_ONE}(?=年级)|{_ONE}(?=(?:[、和及]{_ONE})+年级)")
_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "十一": 11, "十二": 12}
_WEEKDAYS = "一二三四五六日"
_ACTORS = ("校级", "区级", "市级", "管理员", "录入员", "审核员", "班主任", "校长", "学生", "家长")


@dataclass(frozen=True, slots=True)
class Question:
    """Something in a row (counted from 1; 0: the whole table) that a person has to decide, in Chinese."""

    row: int
    message: str


@dataclass
class ReadTable:
    """The windows that a table sets, the grades that it is for (empty: it names none), and what it leaves open.

    notes: rows that set nothing, and why, in Chinese.
    """

    windows: list[Window] = field(default_factory=list)
    grades: tuple[int, ...] = ()
    questions: list[Question] = field(default_factory=list)
    notes: list[Question] = field(default_factory=list)


def read_table(scheme: Scheme, rows: Sequence[Sequence[str]], zone: ZoneInfo) -> ReadTable:
    """The windows of a table of texts, as copied from a workbook. Of a table without its headings, a question is all."""
    found = ReadTable(grades=_grades(scheme, rows))
    header = next((n for n, row in enumerate(rows) if _columns(row).keys() >= {"phase", "starts", "ends"}), None)
    if header is None:
        found.questions.append(Question(0, "没有找到表头：需要“阶段”“开始时间”“结束时间”三列"))
        return found
    if not found.grades:
        found.questions.append(Question(0, "表中没有写明年级，时间将用于所有年级"))
    columns, above = _columns(rows[header]), dict[Column, str]()
    spans: dict[str, tuple[int, datetime, datetime]] = {}
    for number, row in enumerate(rows[header + 1 :], header + 2):
        cells = {name: _tidy(row[at]) if at < len(row) else "" for name, at in columns.items()}
        if not any(cells.values()):
            continue
        if cells["phase"] and cells["phase"] != above.get("phase"):  # a merged cell may stand in each of its rows
            above = {}
        above |= {name: text for name, text in cells.items() if text}
        _read_row(scheme, found, spans, number, above, cells.get("actors", ""), zone)
    for name, (number, starts, ends) in spans.items():
        operation = scheme.operation(name)
        grades = tuple(grade for grade in found.grades if applies_to_grade(operation.grades, grade))
        if found.grades and not grades:
            found.notes.append(Question(number, f"这些年级没有“{operation.title}”"))
            continue
        found.windows.append(Window(operation=name, starts=starts, ends=ends, grades=grades))
    return found


def _read_row(
    scheme: Scheme,
    found: ReadTable,
    spans: dict[str, tuple[int, datetime, datetime]],
    number: int,
    row: dict[Column, str],
    actors: str,
    zone: ZoneInfo,
) -> None:
    phase = next((phase for phase in scheme.timing.phases if phase.title in row.get("phase", "")), None)
    if phase is None:
        found.questions.append(Question(number, f"不认识的阶段“{row.get('phase', '')[:20]}”，请手工安排"))
        return
    moments = []
    for name, title in (("starts", "开始时间"), ("ends", "结束时间")):
        at = _moment(row.get(name, ""), zone)  # type: ignore[call-overload]
        if isinstance(at, str):
            found.questions.append(Question(number, f"{title}{at}"))
        else:
            moments.append(at)
    if len(moments) < 2:
        return
    chosen = [one for one in (scheme.operation(name) for name in phase.operations) if _concerns(scheme, one, actors)]
    if not chosen:
        found.questions.append(Question(number, f"“{phase.title}”中没有“{actors[:30]}”的操作，请手工安排"))
    for operation in chosen:
        if operation.window == "none":
            found.notes.append(Question(number, f"“{operation.title}”不单独安排时间"))
            continue
        span = (number, moments[0], moments[1])
        before = spans.setdefault(operation.id, span)
        if before[1:] != span[1:]:
            found.questions.append(Question(number, f"“{operation.title}”与第{before[0]}行的时间不同，按第{before[0]}行安排"))


def _concerns(scheme: Scheme, operation: Operation, actors: str) -> bool:
    """Whether a row about these actors is about the operation: without actors, or where one of its roles is named."""
    if not any(word in actors for word in _ACTORS):
        return True
    titles = [scheme.role_title(role) for role in operation.roles]
    return any(title in actors for title in titles)


def _columns(row: Sequence[str]) -> dict[Column, int]:
    found: dict[Column, int] = {}
    for at, cell in enumerate(row):
        for name, word in _HEADINGS:
            if word in cell and len(_tidy(cell)) <= 6 and name not in found:
                found[name] = at
    return found


def _tidy(text: str) -> str:
    return "".join(half_width(text).split())


def _moment(text: str, zone: ZoneInfo) -> datetime | str:
    """The time that a cell names, or what is wrong with it."""
    match = _MOMENT.search(text)
    if match is None or match[5] is None:
        return f"“{text[:30]}”看不懂，请写成 2022年2月28日8点" if text else "没有写"
    year, month, day, hour = (int(match[n]) for n in (1, 2, 3, 5))
    try:
        at = datetime(year, month, day, hour, int(match[6] or 0), tzinfo=zone)
    except ValueError:
        return f"“{text[:30]}”不是一个时间"
    weekday = (match[4] or "").replace("天", "日")
    if weekday and _WEEKDAYS[at.weekday()] != weekday:
        return f"“{text[:30]}”的星期不对，这一天是星期{_WEEKDAYS[at.weekday()]}"
    return at.astimezone(UTC)


def _grades(scheme: Scheme, rows: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """The grades of the stage that the table names, in its heading or in its rows."""
    texts = [text for row in rows for text in (_tidy(cell) for cell in row) if "年级" in text]
    return tuple(sorted({grade for text in texts[:1] for grade in _named(text)} & set(scheme.grades)))


def _named(text: str) -> Iterator[int]:
    for name in _GRADE.findall(text):
        yield _DIGITS.get(name) or int(name)
