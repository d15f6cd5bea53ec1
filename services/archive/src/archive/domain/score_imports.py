"""What a row of a workbook of scores would do: values that change, cells that change nothing, what is wrong (BJ-06). Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.importer import score_key
from scheme import ImportType, ScorePart
from scheme.score_parts import plain
from servicekit.refusals import Refusal

from archive.domain import score_values
from archive.domain import scores as rules
from archive.domain.evaluations import Author
from archive.domain.score_values import EarlierResult
from archive.domain.scores import ANYBODY, Adjustment, Score
from archive.domain.terms import ArchiveTerm

type Key = tuple[str, str]
"""Part and dimension."""


@dataclass(frozen=True)
class KnownScores:
    """What there is of a student: values by part and dimension, all earlier values by version, adjustments in force."""

    scores: Mapping[Key, Score] = field(default_factory=dict)
    history: Mapping[Key, Mapping[int, Decimal]] = field(default_factory=dict)
    adjustments: Sequence[Adjustment] = ()
    earlier: Sequence[EarlierResult] = ()


@dataclass(frozen=True)
class Importer:
    """Who brings the workbook, in which role, whose own account it is, and when."""

    author: Author
    role: str | None
    own: tuple[UUID, ...]
    now: datetime


@dataclass
class RowResult:
    """What becomes of a row. problems and warnings: the column, None for the row, and a Chinese sentence. The row changes
    something unless there is a problem."""

    scores: list[Score] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    empty: int = 0
    problems: list[tuple[str | None, str]] = field(default_factory=list)
    warnings: list[tuple[str | None, str]] = field(default_factory=list)
    seen: list[object] = field(default_factory=list)
    """What the plan is based on, for its fingerprint."""

    @property
    def outcome(self) -> str:
        """created, changed, unchanged or problem."""
        if self.problems:
            return "problem"
        if any(score.replaced is not None for score in self.scores):
            return "changed"
        return "created" if self.scores or self.adjustments else "unchanged"

    @property
    def changed(self) -> int:
        """How many values get another one."""
        return sum(score.replaced is not None for score in self.scores)


def parts_of(term: ArchiveTerm, import_type: ImportType) -> list[ScorePart]:
    """The parts that a workbook is about, in the scheme's order."""
    return [part for part in term.need_scored().parts if part.id in import_type.parts]


def plan_row(
    term: ArchiveTerm,
    import_type: ImportType,
    student_id: UUID,
    path: str,
    data: Mapping[str, Any],
    known: KnownScores,
    by: Importer,
) -> RowResult:
    """What a row does for a student in scope whose sheet is open. Every wrong cell is named."""
    found = RowResult()
    for part in parts_of(term, import_type):
        try:
            if part.source == "adjustment":
                rules.need_part(term, part.id, [by.role or ""], adjusts=True)
                rules.need_counts(term, part, path)
                term.need_open(part.operation or "", [by.role or ""], by.now, path, term.scheme.rule(rules.RULE))
                _adjust(term, part, student_id, path, data, known, by, found)
            elif columns := list(_columns(term, part, data)):
                rules.need_part(term, part.id, [by.role or ""], adjusts=False)
                rules.need_counts(term, part, path)
                term.need_open(part.operation or "", [by.role or ""], by.now, path, term.scheme.rule(rules.RULE))
                for dimension, column in columns:
                    _enter(term, part, dimension, column, student_id, path, data, known, by, found)
        except Refusal as refusal:
            found.problems.append((next((c for _, c in _columns(term, part, data)), None), _says(refusal)))
    return found


def _columns(term: ArchiveTerm, part: ScorePart, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The dimensions of a part that the workbook has a column for."""
    for dimension in rules.dimensions_in(term, term.need_scored()):
        if (column := score_key(part.id, dimension)) in data:
            yield dimension, column


def _says(refusal: Refusal) -> str:
    help_ = refusal.details.get("help")
    return f"{refusal.detail or refusal.meaning.title}{f'。{help_}' if help_ else ''}"


def _enter(
    term: ArchiveTerm,
    part: ScorePart,
    dimension: str,
    column: str,
    student_id: UUID,
    path: str,
    data: Mapping[str, Any],
    known: KnownScores,
    by: Importer,
    found: RowResult,
) -> None:
    text = data[column]
    before = known.scores.get((part.id, dimension))
    found.seen.append(before.version if before else 0)
    if text is None:
        found.empty += 1
        return
    try:
        rules.need_counts(term, part, path)
        value = rules.value_of(term, part, str(text), dimension)
        if part.asks and not score_values.lacks_year(term, part, dimension, known.earlier):
            raise rules.not_asked(term)
    except Refusal as refusal:
        found.problems.append((column, _says(refusal)))
        return
    if before is not None and before.value == value:
        return
    history = known.history.get((part.id, dimension), {})
    seen, version = data.get("seen", {}).get(column), before.version if before else 0
    if seen is not None and seen != version:
        _changed_meanwhile(term, part, dimension, column, value, before, history.get(seen), found)
    elif before is None:
        scorer = by.author.account_id if part.scorers == "each" else ANYBODY
        last = max(history, default=0) + 1
        found.scores.append(Score(term.id, student_id, path, part.id, dimension, scorer, value, by.author, by.now, last))
    else:
        if seen is None:
            shown = _shown(term, part, dimension, before.value)
            found.warnings.append(
                (column, f"原为{shown}（{before.author.name}），将改为{_shown(term, part, dimension, value)}")
            )
        found.scores.append(rules.changed(before, path, value, by.author, by.now))


def _changed_meanwhile(
    term: ArchiveTerm,
    part: ScorePart,
    dimension: str,
    column: str,
    value: Decimal,
    before: Score | None,
    downloaded: Decimal | None,
    found: RowResult,
) -> None:
    """A value that somebody changed after the download: it stays where the cell was left as it was, and is asked about where
    the cell was changed, too."""
    now = f"已由{before.author.name}改为{_shown(term, part, dimension, before.value)}" if before else "原来的评分已撤销"
    if downloaded == value:
        found.warnings.append((column, f"下载模板之后，{now}；本格没有改动，不更改"))
        return
    found.problems.append((column, f"下载模板之后，{now}，与本格不同。请清空本格，或重新下载模板后再改"))


def _shown(term: ArchiveTerm, part: ScorePart, dimension: str, value: Decimal) -> str:
    return term.need_scored().band(value, dimension).id if part.in_bands else plain(value)


def _adjust(
    term: ArchiveTerm,
    part: ScorePart,
    student_id: UUID,
    path: str,
    data: Mapping[str, Any],
    known: KnownScores,
    by: Importer,
    found: RowResult,
) -> None:
    dimension = str(data.get("dimension") or "")
    _judged(found, "dimension", lambda: rules.need_dimension(term, dimension))
    points = _judged(found, "points", lambda: rules.need_points(term, part, str(data.get("points") or "")))
    reason = _judged(found, "reason", lambda: rules.clean_reason(term, part.reason, str(data.get("reason") or "")))
    if found.problems or points is None or reason is None:
        return
    mine = [one for one in known.adjustments if (one.part, one.dimension) == (part.id, dimension)]
    found.seen.append(sorted(str(one.id) for one in mine))
    if any((one.points, one.reason) == (points, reason) for one in mine):
        return
    total = sum((one.points for one in mine), points)
    if part.capped([total]) != total + part.base:
        title = term.scheme.dimension(dimension).title if dimension else "合计"
        says = f"{title}的{part.title}合计{plain(total)}分，按规定计{plain(part.capped([total]))}分"
        found.warnings.append(("points", says))
    made = Adjustment(UUID(int=0), term.id, student_id, path, part.id, dimension, points, reason, by.author, by.now)
    found.adjustments.append(made)


def _judged[T](found: RowResult, column: str, judge: Callable[[], T]) -> T | None:
    """What a rule makes of a cell; None, with a problem, where it refuses it."""
    try:
        return judge()
    except Refusal as refusal:
        found.problems.append((column, _says(refusal)))
        return None
