"""The score sheet of a class: entered, checked, locked, unlocked with a reason (BJ-10); shares of bands (X-15). Pure.

Scores change only while the sheet is at its first step. Whoever checks passes the sheet on, or returns it with a reason;
locked, it is what families see and archives print.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from contracts.archive import ResultGrade, StudentResult
from scheme import Allowed, ScoredResult, ScorePart
from scheme.results import Share
from servicekit.auth import Actor
from servicekit.directory import Student
from servicekit.refusals import Refusal

from archive.domain.score_values import StudentScore
from archive.domain.scores import RULE, clean_reason, dimensions_in
from archive.domain.states import Collecting, need_collecting
from archive.domain.terms import ArchiveTerm

type SheetAction = Literal["pass", "return", "lock", "unlock"]
type SheetChange = Literal["pass", "return", "lock", "unlock", "correct", "carry_over"]
"""What happened to a sheet. `correct`: a case against a published result decided so (X-15). `carry_over`: the term moved to a
newer version of its scheme, which has other steps (X-01)."""
ACTIONS: tuple[SheetAction, ...] = ("pass", "return", "lock", "unlock")


@dataclass(frozen=True)
class Sheet:
    """How far the scores of a class are: `step` of the scheme's steps is next; all passed: they wait for the lock."""

    term_id: UUID
    path: str
    step: int = 0
    locked: bool = False
    version: int = 0

    @property
    def open(self) -> bool:
        """Whether scores may be entered."""
        return self.step == 0 and not self.locked


@dataclass(frozen=True)
class ScoredClass:
    """A class with the number of its students who take part in the term."""

    path: str
    grade_title: str
    class_title: str
    students: int


@dataclass(frozen=True)
class SheetMove:
    """What somebody did with a sheet, and why; `step`: the step that was next then."""

    version: int
    action: SheetChange
    step: int
    reason: str
    author_name: str
    role: str
    at: datetime


@dataclass(frozen=True)
class LockedScore:
    """A student's scores as they were locked. content: `rows` of a table under `columns`, in the words people read."""

    term_id: UUID
    student_id: UUID
    path: str
    version: int
    total: Decimal | None
    band: str | None
    content: dict[str, Any]
    dimensions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """`score`, `band` and `values` of the parts of each dimension ("": the result has none), for later terms and reports."""
    term_title: str = ""


@dataclass(frozen=True)
class ShareCount:
    """How many students of a scope have one of a share's bands in a dimension, of how many, and how many may have (X-15)."""

    share: Share
    dimension: str
    students: int
    taken: int
    seats: int


@dataclass(frozen=True)
class SheetRow:
    """A student of a class with their scores."""

    student: Student
    score: StudentScore


def need_formed(term: ArchiveTerm, path: str) -> None:
    """Refuse a class that gets no result in this term."""
    if not term.scores_class(path):
        raise term.refusal("no_scores", term.scheme.rule(RULE), detail="这个班本学期不评结果")


def what_is_locked(term: ArchiveTerm) -> str:
    """What readers see of results: scores, or only grades."""
    return "结果" if term.need_scored().show == "bands" else "成绩"


def need_enterable(term: ArchiveTerm, sheet: Sheet) -> None:
    """Refuse entries once the sheet was handed over, and once the term is archived."""
    cited = term.scheme.rule(RULE)
    need_collecting(term.state, cited)
    need_formed(term, sheet.path)
    if sheet.locked:
        lock = term.need_scored().lock
        help_ = f"确需更改时，请{term.scheme.role_title(lock.unlocked_by)}解锁"
        raise term.refusal("wrong_state", cited, detail=f"{what_is_locked(term)}已经锁定，不能再改", state="locked", help=help_)
    if sheet.step:
        step = term.need_scored().steps[sheet.step - 1]
        raise term.refusal(
            "wrong_state", cited, detail=f"已完成“{step.title}”，不能再改", state="in_review", help="确需更改时，请审核人退回"
        )


def actions_open(term: ArchiveTerm, sheet: Sheet, roles: Collection[str]) -> tuple[SheetAction, ...]:
    """What these roles may do next, windows aside."""
    return tuple(action for action in ACTIONS if _may(term.need_scored(), sheet, action, roles))


def _may(rule: ScoredResult, sheet: Sheet, action: SheetAction, roles: Collection[str]) -> bool:
    if action == "unlock":
        return sheet.locked and rule.lock.unlocked_by in roles
    if sheet.locked:
        return False
    if sheet.step < len(rule.steps):
        mine = rule.steps[sheet.step].by in roles
        return mine and (action == "pass" or (action == "return" and sheet.step > 0))
    return action in ("lock", "return") and rule.lock.by in roles and (action == "lock" or bool(rule.steps))


def entry(
    term: ArchiveTerm, sheet: Sheet, part: ScorePart, roles: Collection[str], now: datetime
) -> tuple[bool, str | None, datetime | None]:
    """Whether these roles enter the part now; else why not; and until when."""
    if part.source == "evaluation":
        return False, f"取自{term.scheme.evaluation(part.evaluation or '').title}", None
    if not part.by:
        return False, "由系统计算", None
    if set(part.by).isdisjoint(roles):
        return False, f"由{'、'.join(term.scheme.role_title(role) for role in part.by)}填写", None
    try:
        need_enterable(term, sheet)
    except Refusal as refusal:
        return False, refusal.detail, None
    answer = term.ask(part.operation or "", roles, now, sheet.path)
    return (True, None, answer.until) if isinstance(answer, Allowed) else (False, answer.message, None)


def acting(term: ArchiveTerm, sheet: Sheet, action: SheetAction) -> str:
    """The role that takes this action on the sheet as it is."""
    rule = term.need_scored()
    if action == "unlock":
        return rule.lock.unlocked_by
    return rule.steps[sheet.step].by if sheet.step < len(rule.steps) else rule.lock.by


def need_may_read(term: ArchiveTerm, actor: Actor) -> None:
    """Staff read scores who see all records, or who enter, check, lock, unlock or consent to them; a role that enters reads
    what it enters and all that it adds up to, since it supervises the whole (BJ-10)."""
    rule = term.need_scored()
    with_duty = {role for part in rule.parts for role in part.by} | {step.by for step in rule.steps}
    with_duty |= {rule.lock.by, rule.lock.unlocked_by, *(consent.by for consent in rule.consents)}
    if not actor.is_staff or not (actor.can("see_records") or actor.is_(*with_duty)):
        raise term.refusal("forbidden", term.scheme.rule(RULE))


def move(
    term: ArchiveTerm, sheet: Sheet, action: SheetAction, roles: Collection[str], reason: str, now: datetime
) -> tuple[Sheet, str]:
    """The sheet after an action and the reason as stored. Refuses other roles, other states, closed windows, short reasons."""
    rule, cited = term.need_scored(), term.scheme.rule(RULE)
    need_collecting(term.state, cited)
    if not _may(rule, sheet, action, roles):
        who, state = _next(term, sheet)
        raise term.refusal("wrong_state", cited, detail=f"当前状态：{state}，由{who}办理", state=state)
    if action == "unlock":
        return replace(sheet, step=0, locked=False, version=sheet.version + 1), clean_reason(term, rule.lock.reason, reason)
    waits = sheet.step < len(rule.steps)
    term.need_open(rule.steps[sheet.step].operation if waits else rule.lock.operation, roles, now, sheet.path, cited)
    if action == "return":
        return replace(sheet, step=0, version=sheet.version + 1), clean_reason(term, rule.returned_because, reason)
    if action == "pass":
        return replace(sheet, step=sheet.step + 1, version=sheet.version + 1), ""
    return replace(sheet, locked=True, version=sheet.version + 1), ""


def _next(term: ArchiveTerm, sheet: Sheet) -> tuple[str, str]:
    """Who acts next, and how the state is called."""
    rule, title = term.need_scored(), term.scheme.role_title
    if sheet.locked:
        return title(rule.lock.unlocked_by), "已锁定"
    if sheet.step < len(rule.steps):
        return title(rule.steps[sheet.step].by), f"待{rule.steps[sheet.step].title}"
    return title(rule.lock.by), f"待{term.scheme.operation(rule.lock.operation).title}"


def state_title(term: ArchiveTerm, sheet: Sheet) -> str:
    """How the state of a sheet is called: 待班主任提交, 已锁定."""
    return _next(term, sheet)[1]


def need_complete(term: ArchiveTerm, rows: Iterable[SheetRow]) -> None:
    """Refuse to hand over or lock while a weighted part of a student is missing; says which and whose."""
    lacking = Counter[str]()
    names: dict[str, list[str]] = {}
    split = set[str]()
    for row in rows:
        for part in term.scored_at(row.student.path).parts:
            if any(one.lacks(part) for one in row.score.dimensions):
                lacking[part.id] += 1
                names.setdefault(part.id, []).append(row.student.name)
                split |= {part.id for one in row.score.dimensions if part.id in one.unsettled}
    if not lacking:
        return
    parts = [part for part in term.need_scored().parts if part.id in lacking]
    detail = "；".join(
        f"{part.title}还缺{lacking[part.id]}人（{'、'.join(names[part.id][:3])}{'等' if lacking[part.id] > 3 else ''}）"
        f"{'，有的意见不一致' if part.id in split else ''}"
        for part in parts
    )
    missing = {part.id: {"title": part.title, "count": lacking[part.id]} for part in parts}
    raise term.refusal("scores_missing", term.scheme.rule(RULE), detail=detail, missing=missing)


def share_counts(
    term: ArchiveTerm, of: Literal["class", "grade", "school"], scores: Sequence[StudentScore]
) -> list[ShareCount]:
    """How the shares of this scope stand, among the students of the scope; those without a score take no seat (X-15)."""
    rule = term.need_scored()
    found = []
    for share in rule.shares:
        if share.of != of:
            continue
        for dimension in share.dimensions or dimensions_in(term, rule):
            if not any(band.id in share.bands for band in rule.bands_of(dimension)):
                continue
            bands = [one.band.id for s in scores for one in s.dimensions if one.dimension == dimension and one.band]
            taken = sum(1 for band in bands if band in share.bands)
            found.append(ShareCount(share, dimension, len(scores), taken, share.seats(len(scores))))
    return found


def need_shares(term: ArchiveTerm, counts: Iterable[ShareCount]) -> None:
    """Refuse to lock while more students have a band than its share allows (X-15)."""
    rule = term.need_scored()
    over = [one for one in counts if one.share.enforced and one.taken > one.seats]
    if not over:
        return
    scope = {"class": "班级", "grade": "年级", "school": "学校"}
    detail = "；".join(
        f"{_dimension(term, one.dimension)}{'、'.join(band_title(rule, b) for b in one.share.bands)}："
        f"{scope[one.share.of]}{one.students}人最多{one.seats}人，现有{one.taken}人"
        for one in over
    )
    raise term.refusal("shares_exceeded", term.scheme.rule(RULE), detail=detail)


def _dimension(term: ArchiveTerm, dimension: str) -> str:
    return f"{term.scheme.dimension(dimension).title} " if dimension else ""


def band_title(rule: ScoredResult, name: str) -> str:
    """A band as people read it: D（较差）."""
    band = rule.band_by_id(name)
    return name if band is None or band.title == name else f"{name}（{band.title}）"


def need_locked(term: ArchiveTerm, unlocked: Mapping[str, int]) -> None:
    """Refuse to seal while classes are not locked. `unlocked`: their students, by path."""
    if unlocked:
        rule = term.need_scored()
        detail = f"还有{len(unlocked)}个班的{what_is_locked(term)}没有锁定"
        help_ = f"请联系{term.scheme.role_title(rule.lock.by)}"
        raise term.refusal("results_open", term.scheme.rule(RULE), detail=detail, help=help_, paths=sorted(unlocked))


def waiting_until(term: ArchiveTerm, sheet: Sheet, roles: Collection[str], now: datetime) -> tuple[bool, datetime | None]:
    """Whether the sheet waits for these roles to pass it on or lock it now, and until when they may."""
    rule = term.need_scored()
    if term.state is not Collecting.COLLECTING or not {"pass", "lock"} & set(actions_open(term, sheet, roles)):
        return False, None
    operation = rule.steps[sheet.step].operation if sheet.step < len(rule.steps) else rule.lock.operation
    answer = term.ask(operation, roles, now, sheet.path)
    return (True, answer.until) if isinstance(answer, Allowed) else (False, None)


def need_version(sheet: Sheet, seen: int) -> None:
    """Refuse an action on another state of the sheet than the one that was looked at."""
    if seen != sheet.version:
        raise Refusal("stale_version", version=sheet.version)


def locked_score(term: ArchiveTerm, sheet: Sheet, row: SheetRow) -> LockedScore:
    """What is locked of a student whose score is complete: a table in the words people read, as archives print it."""
    rule, score = term.scored_at(sheet.path), row.score
    numbers = rule.show == "scores"
    parts = rule.parts if numbers else ()
    columns = [
        *(["维度"] if rule.per_dimension else []),
        *(part.title for part in parts),
        *(["得分"] if numbers else []),
        "等级",
    ]
    rows: list[list[str]] = []
    known: dict[str, dict[str, Any]] = {}
    for one in score.dimensions:
        assert one.score is not None
        assert one.band is not None
        values = [_shown(one.values.get(part.id)) for part in parts]
        title = [term.scheme.dimension(one.dimension).title] if one.dimension else []
        rows.append([*title, *values, *([_shown(one.score)] if numbers else []), band_title(rule, one.band.id)])
        of_parts = {part: _shown(value) for part, value in one.values.items()}
        known[one.dimension] = {"score": str(one.score), "band": one.band.id, "values": of_parts}
    if rule.per_dimension and score.band is not None:
        rows.append(
            ["总评", *("" for _ in parts), *([_shown(score.total)] if numbers else []), band_title(rule, score.band.id)]
        )
    content = {"columns": columns, "rows": rows}
    band = score.band.id if score.band else None
    return LockedScore(term.id, row.student.id, sheet.path, sheet.version, score.total, band, content, known)


def student_result(row: SheetRow) -> StudentResult:
    """What is published of a student whose score is complete (X-15)."""
    score = row.score
    grades = [
        ResultGrade(dimension=one.dimension, score=one.score, band=one.band.id)
        for one in score.dimensions
        if one.score is not None and one.band is not None
    ]
    return StudentResult(
        student_id=row.student.id, grades=tuple(grades), total=score.total, band=score.band.id if score.band else None
    )


def _shown(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"
