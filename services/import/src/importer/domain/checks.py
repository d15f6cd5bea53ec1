"""What the receiving service answered about a batch: summed up, in words, and compared with a later answer (L-10). Pure."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from contracts.base import BatchChecked, RowPlan, RowProblem

from importer.domain.messages import message_of
from importer.domain.templates import CellProblem, Layout, Notice

EFFECTS = {
    "values_cleared": "空白单元格将清除 {count} 项已有内容。",
    "access_lost": "{count} 名家长将失去对孩子的访问权。",
    "guardians_removed": "将移除 {count} 名监护人。",
    "guardians_added": "将增加 {count} 名监护人。",
    "guardians_changed": "将更新 {count} 名监护人的信息。",
    "cards_offered": "{count} 个手机号已有账号：只向其提供身份卡，由本人验证后领取。",
    "accounts_created": "将新建 {count} 个账号。",
    "moved": "{count} 名学生将调整班级。",
    "classes_created": "将新建 {count} 个班级。",
    "names_changed": "{count} 名学生将更名。",
    "documents_changed": "将更换或更正 {count} 名学生的身份证件。",
    "claims": "{count} 名学生现在其他学校就读：提交后作为学籍争议报上级管理员裁定，裁定之前不作改动。",
    "numbers_replaced": "将更换或更正 {count} 名学生的学籍号。",
    "scores_changed": "将更改 {count} 项已有的评分。",
    "cells_empty": "{count} 个空白单元格：已有的评分保持不变。",
    "phones_reassigned": "{count} 个手机号已换人：原账号保留，另建新账号。",
}
"""What a commit would do besides creating and changing rows, in the order in which it is shown."""
_OUTCOMES = {"created": "新增", "changed": "更新", "unchanged": "不变", "problem": "有问题", "question": "待确认"}

_GUARDIAN = re.compile(r"guardian_(\d)_")

type RowIds = Sequence[tuple[str, int]]
"""(sheet, row number) of each row of a chunk."""


@dataclass(frozen=True)
class CheckSummary:
    """The answers for all chunks together. Lists are in the order of the rows."""

    created: int
    changed: int
    unchanged: int
    counts: Mapping[str, int]
    problems: Sequence[RowProblem]
    questions: Sequence[RowProblem]
    warnings: Sequence[RowProblem]

    @property
    def planned(self) -> dict[str, Any]:
        """What a commit would do, as it is stored and shown."""
        return {"created": self.created, "changed": self.changed, "unchanged": self.unchanged, "counts": dict(self.counts)}

    @property
    def notices(self) -> list[Notice]:
        """The counts in words."""
        return [Notice(name, text.format(count=self.counts[name])) for name, text in EFFECTS.items() if self.counts.get(name)]

    @property
    def bad_rows(self) -> int:
        """Rows with a problem or a question."""
        return len({(found.sheet, found.row) for found in (*self.problems, *self.questions)})


def summed_up(answers: Sequence[BatchChecked]) -> CheckSummary:
    """The answers for all chunks of one attempt together."""
    counts: Counter[str] = Counter()
    for answer in answers:
        counts.update(answer.counts)

    def together(part: Callable[[BatchChecked], Sequence[RowProblem]]) -> list[RowProblem]:
        return sorted((found for answer in answers for found in part(answer)), key=lambda p: (p.sheet or "", p.row))

    return CheckSummary(
        created=sum(answer.created for answer in answers),
        changed=sum(answer.changed for answer in answers),
        unchanged=sum(answer.unchanged for answer in answers),
        counts={name: count for name, count in counts.items() if count},
        problems=together(lambda answer: answer.problems),
        questions=together(lambda answer: answer.questions),
        warnings=together(lambda answer: answer.warnings),
    )


def same_plan(before: Sequence[BatchChecked], now: Sequence[BatchChecked]) -> bool:
    """Whether a commit would still do what was shown."""
    return {answer.chunk: answer.fingerprint for answer in before} == {answer.chunk: answer.fingerprint for answer in now}


def differences(
    before: Sequence[BatchChecked], now: Sequence[BatchChecked], rows_of: Callable[[int], RowIds]
) -> list[RowProblem]:
    """What a commit would do now in another way than the shown check said: rows, then counts (as row 0). `rows_of`: the rows
    of a chunk by its number."""
    earlier = {answer.chunk: answer for answer in before}
    found: list[RowProblem] = []
    for answer in now:
        old = earlier.get(answer.chunk)
        if old is None or old.fingerprint == answer.fingerprint:
            continue
        rows = rows_of(answer.chunk)
        if len(old.rows) == len(answer.rows) == len(rows):
            found += [
                RowProblem(sheet=sheet, row=row, code="plan_changed", message=_difference(one, other))
                for (sheet, row), one, other in zip(rows, old.rows, answer.rows, strict=True)
                if one != other
            ]
        elif rows:
            (sheet, first), (_, last) = rows[0], rows[-1]
            found.append(
                RowProblem(
                    sheet=sheet, row=first, code="plan_changed", message=message_of("rows_changed", first=first, last=last)
                )
            )
    return found + _count_differences(summed_up(before), summed_up(now))


def _difference(before: RowPlan, now: RowPlan) -> str:
    if before.outcome == now.outcome:
        return message_of("plan_content_changed", now=_OUTCOMES[now.outcome])
    return message_of("plan_changed", before=_OUTCOMES[before.outcome], now=_OUTCOMES[now.outcome])


def _count_differences(before: CheckSummary, now: CheckSummary) -> list[RowProblem]:
    return [
        RowProblem(
            row=0,
            code="count_changed",
            message=message_of(
                "count_changed",
                effect=text.format(count=now.counts.get(name, 0)).rstrip("。"),
                before=before.counts.get(name, 0),
            ),
        )
        for name, text in EFFECTS.items()
        if before.counts.get(name, 0) != now.counts.get(name, 0)
    ]


def names_guardians(found: CheckSummary) -> bool:
    """Whether a finding is about a guardian, who is named by the position in the row's list."""
    return any(_GUARDIAN.match(one.field or "") for one in (*found.problems, *found.questions, *found.warnings))


def with_guardian_columns(found: CheckSummary, rows: Sequence[Mapping[str, Any]]) -> CheckSummary:
    """Name the columns of guardians as the workbook has them. `rows`: the rows of the batch as JSON; where the columns of an
    earlier guardian are empty, a later one has a `slot`."""
    slots = {
        (row["sheet"], row["row"], position): guardian["slot"]
        for row in rows
        for position, guardian in enumerate(row["data"].get("guardians") or (), start=1)
        if "slot" in guardian
    }

    def renamed(one: RowProblem) -> RowProblem:
        named = _GUARDIAN.match(one.field or "")
        slot = slots.get((one.sheet, one.row, int(named[1]))) if named else None
        return (
            one.model_copy(update={"field": f"guardian_{slot}_{(one.field or '')[named.end() :]}"}) if named and slot else one
        )

    return replace(
        found,
        problems=[renamed(one) for one in found.problems],
        questions=[renamed(one) for one in found.questions],
        warnings=[renamed(one) for one in found.warnings],
    )


def cell_problem(found: RowProblem, layouts: Mapping[str, Layout], kind: Any = "problem") -> CellProblem:
    """A finding of the receiving service as one of the workbook's cells."""
    sheet = found.sheet if found.sheet is not None and found.sheet in layouts else next(iter(layouts), "")
    columns = layouts[sheet].columns if sheet in layouts else {}
    column = next((name for name in _column_names(found.field) if name in columns), None)
    return CellProblem(found.row, column, found.code, found.message, sheet, kind)


def _column_names(field: str | None) -> list[str]:
    """Column ids under which a field of a row's data may stand in a workbook."""
    if field is None:
        return []
    return [field, *{"class_title": ["class_name"], "entry_year": ["entry_year", "entry_month"]}.get(field, [])]


def as_stored(problem: CellProblem, titles: Mapping[str, str], layouts: Mapping[str, Layout]) -> dict[str, Any]:
    """A finding as it is stored and shown."""
    layout = layouts.get(problem.sheet)
    column = problem.at or (layout.columns.get(problem.column or "") if layout else None)
    return {
        "sheet": titles.get(problem.sheet, problem.sheet) or None,
        "row": problem.row,
        "cell": f"{letters(column)}{problem.row}" if column and problem.row else None,
        "column": letters(column) if column else None,
        "field": problem.column,
        "code": problem.code,
        "message": problem.message,
    }


def letters(column: int) -> str:
    """1 is A, 27 is AA."""
    return (letters((column - 1) // 26) if column > 26 else "") + chr(ord("A") + (column - 1) % 26)
