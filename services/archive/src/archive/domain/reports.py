"""Reports of locked results: who may have which, and their tables in the words people read (BJ-08). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from contracts.base import level_of
from scheme import Scheme, ScoredResult
from scheme.reports import STUDENT_COLUMNS, Report
from servicekit.auth import Actor
from servicekit.directory import masked_number
from servicekit.refusals import Refusal

from archive.domain.bundles import safe
from archive.domain.statistics import WHOLE, Named, Period, Statistics, bands_of, dimensions_of

RULE: Final = "statistics"
type ReportFormat = Literal["xlsx", "pdf"]
type Cell = str | int | float | None
MEDIA_TYPES: dict[str, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pdf": "application/pdf",
}  # fmt: skip
_SEXES = {"male": "男", "female": "女"}


@dataclass(frozen=True)
class ReportRun:
    """A report that somebody asked for. done of total: steps, one for each class and one that puts them together."""

    id: UUID
    report: str
    title: str
    path: str
    scheme_id: str
    scheme_version: str
    school_year: str
    number: int
    term_id: UUID | None
    format: ReportFormat
    account_id: UUID
    author_name: str
    asked_at: datetime
    state: Literal["making", "ready", "failed"]
    done: int
    total: int
    name: str
    object_key: str
    expires_at: datetime
    sha256: str | None = None
    size: int | None = None
    ready_at: datetime | None = None
    problem: str | None = None
    stage: str = ""

    @property
    def period(self) -> Period:
        """The term and stage of which it is."""
        return Period(self.scheme_id, self.school_year, self.number, self.scheme_version, self.stage)


@dataclass(frozen=True)
class ResultRow:
    """A student's result in force: the grades by dimension as they were locked, or a verdict with its reason."""

    name: str
    sex: str
    registry_number: str
    class_title: str
    band: str
    total: str | None = None
    reason: str = ""
    dimensions: Mapping[str, Any] | None = None


def formats(report: Report) -> tuple[ReportFormat, ...]:
    """In which formats a report is made."""
    return ("pdf",) if report.type == "term_tables" else ("xlsx", "pdf")


def find(scheme: Scheme, name: str) -> Report | None:
    """The report with this id."""
    return next((report for report in scheme.reports if report.id == name), None)


def offered(scheme: Scheme, actor: Actor, level: str) -> list[Report]:
    """The reports that this card may have of an organisation at this level within its scope; those that name students only if
    it may see their records."""
    return [
        report
        for report in scheme.reports
        if level in report.levels
        and actor.is_(*report.roles)
        and actor.can("see_records" if report.names_students else "oversee")
    ]


def need_offered(scheme: Scheme, actor: Actor, path: str, name: str, wanted: ReportFormat) -> Report:
    """The report, for a card that may have it in this format; else a refusal that says who may."""
    report, cited = find(scheme, name), scheme.rule(RULE)
    if report is None:
        raise Refusal("invalid_input", rule=cited, field="report", detail="本方案没有这一报表")
    if report not in offered(scheme, actor, level_of(path)):
        titles = "、".join(scheme.role_title(role) for role in report.roles)
        detail = f"这一层级的“{report.title}”不由您取得" if actor.is_(*report.roles) else f"“{report.title}”由{titles}取得"
        raise Refusal("forbidden", rule=cited, detail=detail, help=f"需要时请联系{titles}")
    if wanted not in formats(report):
        raise Refusal("invalid_input", rule=cited, field="format", detail=f"“{report.title}”只有PDF格式")
    return report


def file_name(report: Report, scope: str, period: Period, ending: ReportFormat) -> str:
    """评价明细表-初三（1）班-2026—2027学年第一学期.xlsx"""
    return f"{safe(f'{report.title}-{scope}-{period.title}', 100)}.{ending}"


def document(
    title: str, scope: str, run: ReportRun, made_at: str, note: str, tables: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """A report as JSON, for the functions that write its file."""
    return {
        "title": title, "scope": scope, "period": run.period.title, "made_at": made_at, "made_by": run.author_name,
        "note": note, "tables": list(tables),
    }  # fmt: skip


def detail_rows(scheme: Scheme, report: Report, rows: Iterable[ResultRow]) -> list[list[Cell]]:
    """The cells of students in the columns of `detail_columns`, without the serial number."""
    result, titles = scheme.result, dict(bands_of(scheme))
    found: list[list[Cell]] = []
    for row in rows:
        own = {"sex": _SEXES.get(row.sex, ""), "registry_number": masked_number(row.registry_number)}
        cells: list[Cell] = [row.class_title, row.name, *(own[name] for name in report.columns)]
        if isinstance(result, ScoredResult):
            for dimension in dimensions_of(scheme):
                if dimension.id != WHOLE:
                    cells += _scores(result, report, (row.dimensions or {}).get(dimension.id) or {}, titles)
            if not result.per_dimension and _numbers(result) and report.parts:
                cells += _values(result, (row.dimensions or {}).get(WHOLE) or {})
            cells += [*([_number(row.total)] if _numbers(result) else []), titles.get(row.band, row.band)]
        else:
            cells += [titles.get(row.band, row.band), row.reason]
        found.append(cells)
    return found


def _numbers(result: ScoredResult) -> bool:
    return result.show == "scores"


def _scores(result: ScoredResult, report: Report, of: Mapping[str, Any], titles: Mapping[str, str]) -> list[Cell]:
    band = of.get("band")
    values = _values(result, of) if report.parts and _numbers(result) else []
    score = [_number(of.get("score"))] if _numbers(result) else []
    return [*values, *score, titles.get(band or "", band or "")]


def _values(result: ScoredResult, of: Mapping[str, Any]) -> list[Cell]:
    values = of.get("values", {})
    return [_number(values.get(part.id)) for part in result.parts]


def _number(text: str | None) -> Cell:
    """A number of a locked score; None where there is none."""
    return float(text) if text else None


def detail_table(scheme: Scheme, report: Report, rows: Sequence[Sequence[Cell]]) -> dict[str, Any]:
    """The table of all students. A column with a `group` stands below its heading; a `wide` one is left out on paper."""
    result = scheme.result
    columns: list[dict[str, Any]] = [{"title": "序号"}, {"title": "班级"}, {"title": "姓名"}]
    columns += [{"title": STUDENT_COLUMNS[name]} for name in report.columns]
    if isinstance(result, ScoredResult):
        parts: list[dict[str, Any]] = (
            [{"title": part.title, "wide": True} for part in result.parts] if report.parts and _numbers(result) else []
        )
        score: list[dict[str, Any]] = [{"title": "得分"}] if _numbers(result) else []
        for dimension in dimensions_of(scheme):
            whole = dimension.id == WHOLE
            own = [*([] if whole and result.per_dimension else parts), *score, {"title": "等级"}]
            columns += [{**column, "group": dimension.title} for column in own]
    else:
        columns += [{"title": "评价结果"}, {"title": "说明"}]
    numbered = [[number, *row] for number, row in enumerate(rows, 1)]
    return {"title": report.title, "columns": columns, "rows": numbered, "chart": None}


def summary_tables(found: Statistics) -> list[dict[str, Any]]:
    """Grades by dimension with a chart, then of each organisation below on the whole with a chart, then both."""
    scheme = found.scheme
    bands, dimensions = bands_of(scheme), dimensions_of(scheme)
    tables = [
        _counts("各项等级人数", "项目", bands, [(d.title, _of(found, found.total.path, d.id, bands)) for d in dimensions])
    ]
    if found.children:
        whole = [(child.title, _of(found, child.path, WHOLE, bands)) for child in found.children]
        tables.append(_counts(f"各单位{dimensions[-1].title}", "单位", bands, whole))
    for dimension in dimensions[:-1] if found.children else ():
        rows = [(child.title, _of(found, child.path, dimension.id, bands)) for child in found.children]
        tables.append(_counts(f"各单位{dimension.title}", "单位", bands, rows))
    return tables


def _of(found: Statistics, path: str, dimension: str, bands: Sequence[Named]) -> list[int]:
    return [found.students(path, dimension, band.id) for band in bands]


def _counts(title: str, first: str, bands: Sequence[Named], rows: Sequence[tuple[str, list[int]]]) -> dict[str, Any]:
    """A table with the number and the share of each grade; the chart is of the numbers."""
    columns: list[dict[str, Any]] = [{"title": first}, {"title": "人数"}]
    columns += [{"title": "人数", "group": band.title} for band in bands]
    shares = [{"title": "占比", "group": band.title, "share": True} for band in bands]
    columns = columns[:2] + [column for pair in zip(columns[2:], shares, strict=True) for column in pair]
    cells: list[list[Cell]] = []
    for name, counts in rows:
        of = sum(counts)
        cells.append([name, of, *(cell for count in counts for cell in (count, count / of if of else None))])
    chart = {"names": [name for name, _ in rows], "series": [band.title for band in bands], "values": [c for _, c in rows]}
    return {"title": title, "columns": columns, "rows": cells, "chart": chart if rows else None}


def summary_note(found: Statistics) -> str:
    """How many students and classes are counted."""
    of = f"，共{found.expected}人参加" if found.expected is not None else ""
    return f"按{found.total.classes}个班{found.total.students}名学生已确定的结果统计{of}"


def open_note(classes: Sequence[str]) -> str:
    """That only locked results are in the report, and which classes lack them."""
    if not classes:
        return "按已锁定的结果生成"
    named = "、".join(classes[:10])
    return f"按已锁定的结果生成；尚未锁定、没有列入的班级：{named}{f'等{len(classes)}个班' if len(classes) > 10 else ''}"
