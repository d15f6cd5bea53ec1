"""Examples of a scheme: who does what when, and what must come of it. `check` runs them on the domain's own functions. Pure.

They stand in the key `examples` of a scheme file, which services do not read: an official states there what the rules shall do,
and every later version of the file is held to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Discriminator as ByKey
from pydantic import Field, Tag

from scheme.base import ContentError, Id, Level, Model, Ref, Step, Text, UnknownError
from scheme.cases import UnroutableError
from scheme.kinds import Period
from scheme.operations import Window
from scheme.results import ScoredResult
from scheme.scheme import Scheme
from scheme.stages import STAGE_TITLES, StageId
from scheme.timetable import Refused, allowed
from scheme.values import to_datetime


class ExampleWindow(Model):
    """A time that a school sets, in the scheme's time zone: `2026-03-01 08:00`."""

    operation: Id
    starts: Text
    ends: Text
    grades: tuple[int, ...] = ()


class MayExample(Model):
    """May this role do this operation then? first_day: of a term with the usual timetable; windows: of another timetable."""

    says: Text
    role: Id
    operation: Id
    at: Text
    first_day: date | None = None
    windows: tuple[ExampleWindow, ...] = ()
    grade: int | None = None
    last_term: bool | None = None
    allowed: bool
    because: Text | None = None


class RecordExample(Model):
    """Is a record with these values taken? refused: part of the sentence with which it is refused; absent: it is taken."""

    says: Text
    kind: Id
    role: Id | None = None
    values: dict[Id, Any]
    files: int | None = Field(default=None, ge=0)
    today: date | None = None
    refused: Text | None = None


class QuotaExample(Model):
    """How many more records of a kind are possible, after so many in each period? left absent: any number."""

    says: Text
    kind: Id
    used: dict[Period, int]
    left: int | None = None


class DeadlineExample(Model):
    """When does the time of a stage end that began then? Only of stages whose deadline is a length of time."""

    says: Text
    stage: Id
    since: Text
    ends: Text


class CaseExample(Model):
    """Where does a case come to by these actions, from its first stage? ends: an outcome, or else the id of the next stage."""

    says: Text
    case: Id
    level: Level = "student"
    actions: tuple[Id, ...]
    ends: Id


class ScoreExample(Model):
    """Which score and band do these parts make? entered: what each of a part's scorers said, bands or numbers; years: scores of
    earlier school years; left_out: parts that the student cannot have. band null: nothing can be said yet. dimension: where
    dimensions have different bands; grade, last_term: of the parts that count then; bands: of each dimension, which make the
    band of the total."""

    says: Text
    scores: dict[Id, Decimal] = Field(default_factory=dict)
    entered: dict[Id, tuple[str, ...]] = Field(default_factory=dict)
    years: dict[int, Decimal] = Field(default_factory=dict)
    left_out: tuple[Id, ...] = ()
    dimension: Annotated[Id, Ref("dimension")] | None = None
    grade: int | None = None
    last_term: bool = False
    bands: tuple[str, ...] = ()
    score: Decimal | None = None
    band: str | None


class FormedExample(Model):
    """Is a result formed in this school year, in its last term or another?"""

    says: Text
    grade: int
    last_term: bool = False
    formed: bool


class LengthExample(Model):
    """Which terms has a school of this stage and length (BJ-12)?"""

    says: Text
    school: StageId
    years: int | None = None
    last_grade: int | None = None
    terms: int


_SORTS: Mapping[str, type[Model]] = {
    "may_example": MayExample,
    "record_example": RecordExample,
    "quota_example": QuotaExample,
    "deadline_example": DeadlineExample,
    "case_example": CaseExample,
    "score_example": ScoreExample,
    "formed_example": FormedExample,
    "length_example": LengthExample,
}


def _sort(data: Any) -> str:
    """The sort with most of the keys that are given."""
    given = data.keys() if isinstance(data, Mapping) else set()
    return max(_SORTS, key=lambda name: len(given & _SORTS[name].model_fields.keys()))


Example = Annotated[
    Annotated[MayExample, Tag("may_example")]
    | Annotated[RecordExample, Tag("record_example")]
    | Annotated[QuotaExample, Tag("quota_example")]
    | Annotated[DeadlineExample, Tag("deadline_example")]
    | Annotated[CaseExample, Tag("case_example")]
    | Annotated[ScoreExample, Tag("score_example")]
    | Annotated[FormedExample, Tag("formed_example")]
    | Annotated[LengthExample, Tag("length_example")],
    ByKey(_sort),
]


class Examples(Model):
    """The key `examples` of a scheme file."""

    examples: tuple[Example, ...] = ()


class _OtherwiseError(Exception):
    """It came out otherwise: what did."""

    def __init__(self, key: str, found: str) -> None:
        super().__init__(found)
        self.key, self.found = key, found


def run(scheme: Scheme, examples: Sequence[Any]) -> Iterator[ContentError]:
    """What comes out otherwise than the examples say."""
    for number, one in enumerate(examples):
        path: tuple[Step, ...] = ("examples", number)
        try:
            _RUN[type(one)](scheme, one)
        except _OtherwiseError as other:
            says = f"结果与规则不符：{other.found}"
            yield ContentError(
                "example: comes out otherwise", says, "请改正规则，或改正用例", *path, other.key, about=_named(one)
            )
        except (UnknownError, UnroutableError) as unknown:
            name = getattr(unknown, "name", getattr(unknown, "what", ""))
            key = next((key for key in type(one).model_fields if getattr(one, key) == name), "says")
            says = f"方案中没有“{name}”"
            yield ContentError("example: refers to nothing", says, "请改正用例中的 id", *path, key, about=_named(one))
        except ValueError as wrong:
            yield ContentError("example: cannot be read", f"用例读不懂：{wrong}", "请改正用例", *path, about=_named(one))


def _named(one: Model) -> Iterator[str]:
    """The ids that an example speaks of."""
    return (str(value) for name in ("role", "operation", "kind", "stage", "case") if (value := getattr(one, name, None)))


def _may(scheme: Scheme, one: MayExample) -> None:
    scheme.operation(one.operation)
    if not any(role.id == one.role for role in scheme.roles):
        raise UnknownError("role", one.role)
    for window in one.windows:
        if scheme.find_operation(window.operation) is None:
            raise _OtherwiseError("windows", f"没有“{window.operation}”这个操作")
    _need_grade(scheme, one)
    windows = scheme.timing.lay_out(one.first_day, scheme.zone) if one.first_day else ()
    windows += tuple(_window(window, scheme.zone) for window in one.windows)
    at = to_datetime(one.at, scheme.zone)
    answer = allowed(scheme, windows, one.operation, one.role, at, grade=one.grade, last_term=one.last_term)
    if isinstance(answer, Refused) is one.allowed:
        raise _OtherwiseError("allowed", answer.message if isinstance(answer, Refused) else "可以进行")
    if one.because is not None and (not isinstance(answer, Refused) or one.because not in answer.message):
        raise _OtherwiseError("because", answer.message if isinstance(answer, Refused) else "可以进行")


def _need_grade(scheme: Scheme, one: MayExample) -> None:
    """The grade is one of the scheme's schools, and may be in its last term where the example says so."""
    if one.grade is not None and one.grade not in scheme.grades:
        raise _OtherwiseError("grade", f"方案没有{one.grade}年级，可以写：{'、'.join(map(str, scheme.grades))}")
    if one.last_term and one.grade is not None and one.grade not in scheme.last_grades:
        last = "、".join(map(str, sorted(scheme.last_grades)))
        raise _OtherwiseError("last_term", f"{one.grade}年级没有最后一学期，毕业年级是{last}")


def _window(window: ExampleWindow, zone: ZoneInfo) -> Window:
    starts, ends = (to_datetime(text, zone) for text in (window.starts, window.ends))
    return Window(operation=window.operation, starts=starts, ends=ends, grades=window.grades)


def _record(scheme: Scheme, one: RecordExample) -> None:
    kind = scheme.kind(one.kind)
    messages: list[str] = []
    if one.role is not None and not kind.may_enter(one.role):
        messages.append(f"{scheme.role_title(one.role)}不能填报{kind.title}")
    found = kind.validate_data(one.values, zone=scheme.zone, today=one.today, role=one.role)
    messages += [problem.message for problem in found] if isinstance(found, list) else []
    if one.files is not None and (wrong := kind.evidence.count_problem(one.files, scheme.text("evidence", "佐证材料"))):
        messages.append(wrong)
    if one.refused is None and messages:
        raise _OtherwiseError("values", f"被拒绝：{'；'.join(messages)}")
    if one.refused is not None and not any(one.refused in message for message in messages):
        raise _OtherwiseError("refused", f"被拒绝：{'；'.join(messages)}" if messages else "没有被拒绝")


def _quota(scheme: Scheme, one: QuotaExample) -> None:
    left = scheme.kind(one.kind).quota_left(one.used)
    if left != one.left:
        raise _OtherwiseError("left", "不限数量" if left is None else f"还可以填{left}条")


def _deadline(scheme: Scheme, one: DeadlineExample) -> None:
    deadline, since = scheme.cases.stage(one.stage).deadline, to_datetime(one.since, scheme.zone)
    until: datetime | None = None
    if deadline is not None and deadline.after is not None:
        until = since + deadline.after
    elif deadline is not None and deadline.after_working_days is not None:
        until = scheme.calendar.end_after(since, deadline.after_working_days, scheme.zone)
    shown = f"{until.astimezone(scheme.zone):%Y-%m-%d %H:%M}" if until is not None else "没有自己的期限"
    if until is None or f"{to_datetime(one.ends, scheme.zone):%Y-%m-%d %H:%M}" != shown:
        raise _OtherwiseError("ends", f"期限是{shown}")


def _case(scheme: Scheme, one: CaseExample) -> None:
    stage, proposed = scheme.cases.start(one.case, one.level), None
    for number, action in enumerate(one.actions):
        step = scheme.cases.act(stage.id, action, proposed)
        if step.next is None:
            if number < len(one.actions) - 1 or step.outcome != one.ends:
                raise _OtherwiseError("ends", f"第{number + 1}步之后结束，结果是 {step.outcome}")
            return
        stage, proposed = step.next, step.proposed
    if stage.id != one.ends:
        raise _OtherwiseError("ends", f"走到了环节“{stage.title}”（{stage.id}）")


def _score(scheme: Scheme, one: ScoreExample) -> None:
    if not isinstance(scheme.result, ScoredResult):
        raise UnknownError("result", "scored")
    result = scheme.result if one.grade is None else scheme.result.at(one.grade, one.last_term)
    if one.bands:
        _whole(result, one)
        return
    score = result.score(_score_parts(result, one), one.left_out)
    if score is not None and one.grade is not None:
        score = result.of_stage(score, one.grade, _years(result, one), one.dimension or "") or score
    band = result.band(score, one.dimension or "") if score is not None else None
    wrong = one.score is not None and score != one.score
    if wrong or (band.id if band else None) != one.band:
        raise _OtherwiseError("score", f"得分{score}，等级{band.id if band else '无'}" if score is not None else "缺少部分分数")


def _whole(result: ScoredResult, one: ScoreExample) -> None:
    """The band of the total that the bands of the dimensions make."""
    bands = [result.band_by_id(name) for name in one.bands]
    if None in bands:
        raise UnknownError("band", one.bands[bands.index(None)])
    total = result.total([band.worth for band in bands if band is not None])
    found = result.whole(total, bands)
    if (found.id if found else None) != one.band:
        raise _OtherwiseError("band", f"总评是{found.id if found else '无'}")


def _score_parts(result: ScoredResult, one: ScoreExample) -> dict[str, Decimal]:
    """The parts as given, and those that follow from what scorers said, and from earlier years."""
    values = dict(one.scores)
    for name, texts in one.entered.items():
        if (part := result.part(name)) is None:
            raise UnknownError("part", name)
        resolved = part.resolved([_worth(result, text) for text in texts])
        values |= {} if resolved is None else {name: resolved}
    for part in result.parts:
        if part.source == "earlier" and one.years and not part.with_this_term:
            of = one.dimension or ""
            found = {year: result.band(v, of).worth if part.takes == "band" else v for year, v in one.years.items()}
            value = part.of_years(found, one.scores.get(part.id))
            values = {key: held for key, held in values.items() if key != part.id} | ({} if value is None else {part.id: value})
    return values


def _years(result: ScoredResult, one: ScoreExample) -> dict[int, list[Decimal]]:
    """The scores of earlier years, as the part that weighs them with this term takes them."""
    in_bands = any(part.takes == "band" for part in result.parts if part.with_this_term)
    of = one.dimension or ""
    return {year: [result.band(value, of).worth if in_bands else value] for year, value in one.years.items()}


def _worth(result: ScoredResult, text: str) -> Decimal:
    band = result.band_by_id(text)
    if band is not None:
        return band.worth
    try:
        return Decimal(text)
    except ArithmeticError:
        raise UnknownError("band", text) from None


def _formed(scheme: Scheme, one: FormedExample) -> None:
    if not isinstance(scheme.result, ScoredResult):
        raise UnknownError("result", "scored")
    if scheme.result.formed(one.grade, one.last_term) != one.formed:
        raise _OtherwiseError("formed", "不评结果" if one.formed else "要评结果")


def _length(scheme: Scheme, one: LengthExample) -> None:
    found = scheme.find_schooling(one.school, one.years)
    if found is None:
        stage = next((stage for stage in scheme.school_stages if stage.id == one.school), None)
        if stage is None:
            raise _OtherwiseError("school", f"方案不适用于{STAGE_TITLES[one.school]}")
        lengths = "、".join(f"{length.years}年" for length in stage.lengths)
        raise _OtherwiseError("years", f"{STAGE_TITLES[one.school]}只能是{lengths}")
    if found.terms != one.terms:
        raise _OtherwiseError("terms", f"共{found.terms}个学期")
    if one.last_grade not in (None, found.last_grade):
        raise _OtherwiseError("last_grade", f"到{found.last_grade}年级结束")


_RUN: Mapping[type[Model], Any] = {
    MayExample: _may,
    RecordExample: _record,
    QuotaExample: _quota,
    DeadlineExample: _deadline,
    CaseExample: _case,
    ScoreExample: _score,
    FormedExample: _formed,
    LengthExample: _length,
}
