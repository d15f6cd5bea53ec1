"""What loads and is wrong all the same: rules that contradict themselves, and what has no effect. Pure.

Paths as in `ContentError.at`. Problems that only follow from others are left out by `report`, by their `about`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from scheme import words
from scheme.base import ContentError, Model, Step, twice, with_paths
from scheme.calendars import Calendar
from scheme.cases import PARTIES
from scheme.checking import patterns
from scheme.consistency import references
from scheme.fields import Choice, Field, FieldError, FieldOutcome
from scheme.kinds import Kind
from scheme.operations import Operation, Window
from scheme.parts import Board, Catalog, FinalSubmission, Switch
from scheme.scheme import Scheme
from scheme.timetable_check import Remedy
from scheme.timetable_check import check as check_timetable
from scheme.values import half_width

type Path = tuple[Step, ...]
type Found = Iterator[ContentError]

_ACTS = (
    "by",
    "role",
    "roles",
    "entry_roles",
    "declared_by",
    "opened_by",
    "set_by",
    "picked_by",
    "actor",
    "locked_by",
    "uploaded_by",
)
"""Keys of roles that do the `operation` beside them."""
_ORDINARY = Calendar(years=frozenset({2026, 2027}))
"""A year without holidays: a default timetable is of no particular year."""
_PAIRS = (("min", "max"), ("minimum", "maximum"), ("min_length", "max_length"))
_NUMBERS = frozenset({"integer", "decimal", "duration", "duration_hours"})
_ONLY_FOR = {
    "minimum": _NUMBERS,
    "maximum": _NUMBERS,
    "decimals": _NUMBERS - {"integer"},
    "unit": _NUMBERS,
    "min_length": frozenset({"text", "long_text", "catalog"}),
    "max_length": frozenset({"text", "long_text", "catalog"}),
    "pattern": frozenset({"text", "long_text", "catalog"}),
    "not_future": frozenset({"date", "datetime"}),
}
"""Keys of fields that mean something for these types only."""


def unsound(scheme: Scheme) -> Found:
    """Everything that is wrong in a scheme that has no contradictions."""
    for path, part in with_paths(scheme):
        yield from _repeated_ids(path, part)
        yield from _limits(path, part)
        yield from _admitted(scheme, path, part)
        yield from _grades(scheme, path, part)
        choices = getattr(part, "choices", ())
        if isinstance(choices, tuple) and all(isinstance(choice, Choice) for choice in choices):
            yield from _names(path, choices, "choices")
        if isinstance(part, Field):
            yield from _field(scheme, path, part)
        if isinstance(part, Kind):
            yield from _restricted(path, part)
    yield from _restricted_elsewhere(scheme)
    yield from _unused(scheme)


def _repeated_ids(path: Path, part: Model) -> Found:
    for key in type(part).model_fields:
        items, seen = getattr(part, key), set[str]()
        for number, item in enumerate(items if isinstance(items, tuple) else ()):
            name = getattr(item, "id", None)
            if isinstance(item, Model) and isinstance(name, str):
                if name in seen:
                    yield twice(words.item(key) or words.name(key), name, *path, key, number, "id")
                seen.add(name)


def _limits(path: Path, part: Model) -> Found:
    for low, high in _PAIRS:
        least, most = getattr(part, low, None), getattr(part, high, None)
        if least is not None and most is not None and least > most:
            yield ContentError(
                f"{low} is above {high}",
                f"{words.name(low)}{least}大于{words.name(high)}{most}",
                f"请改正 {low} 或 {high}",
                *(*path, low),
            )


# --- operations


def _admitted(scheme: Scheme, path: Path, part: Model) -> Found:
    """Roles that do something in an operation that does not admit them."""
    for key, role, operation_id, below in _acting(scheme, part):
        operation = scheme.find_operation(operation_id)
        if operation is None or role in operation.roles or not any(role == one.id for one in scheme.roles):
            continue
        yield ContentError(
            f"{key}: operation {operation.id!r} does not admit {role!r}",
            f"操作“{operation.title}”（{operation.id}）不允许角色“{scheme.role_title(role)}”（{role}）进行",
            f"请在 timing.operations 的 {operation.id} 的 roles 中加上 {role}，或在这里去掉它",
            *(*path, key, *below),
            about=[role, operation.id, *([part.id] if hasattr(part, "id") else [])],
            root=True,
        )


def _acting(scheme: Scheme, part: Model) -> Iterator[tuple[str, str, str, Path]]:
    """Who acts in which operation: key, role, operation, and the path of the role below the key."""
    if isinstance(part, Board):
        if part.operation is not None:
            for number, rule in enumerate(part.rules):
                yield "rules", rule.role, part.operation, (number, "role")
        return
    if isinstance(part, FinalSubmission):
        yield "reviewer", part.reviewer, part.review_operation, ()
    operation = getattr(part, "operation", None)
    if not isinstance(operation, str):
        return
    for key in _ACTS:
        value = getattr(part, key, None)
        if isinstance(value, str):
            name, at, _ = value.partition("@")
            if at:
                of_levels = scheme.cases.level_roles.get(name, {})
                yield from ((key, role, operation, ()) for role in dict.fromkeys(of_levels.values()))
            elif name not in PARTIES or name == "student":
                yield key, name, operation, ()
        elif isinstance(value, tuple):
            yield from ((key, role, operation, (number,)) for number, role in enumerate(value) if role not in PARTIES[1:])


def _unused(scheme: Scheme) -> Found:
    """Operations, switches and catalogs that nothing refers to."""
    used: dict[str, set[str]] = {}
    for path, part in with_paths(scheme):
        for key, what, id_, _ in references(part):
            if (
                path[:2] != ("timing", "usual")
                and not (path == ("timing",) and key == "phases")
                and path[:2] != ("timing", "phases")
            ):
                used.setdefault(what, set()).add(id_)
    kinds: tuple[tuple[str, Path, Sequence[Operation | Switch | Catalog], str], ...] = (
        ("operation", ("timing", "operations"), scheme.timing.operations, "请在用到它的地方写 operation: {0}，或删去"),
        ("switch", ("switches",), scheme.switches, "请在审核步骤中写 switch: {0}，或删去"),
        ("catalog", ("catalogs",), scheme.catalogs, "请在某个字段中写 catalog: {0}，或删去"),
    )
    for what, base, parts, hint in kinds:
        for number, one in enumerate(parts):
            if one.id not in used.get(what, set()):
                yield ContentError(
                    f"{what} {one.id!r} is used nowhere",
                    f"{words.sort(what)}“{one.title}”没有被任何地方用到",
                    hint.format(one.id),
                    *(*base, number),
                    about=[one.id, f"unused {what}"],
                )


def _grades(scheme: Scheme, path: Path, part: Model) -> Found:
    grades = getattr(part, "grades", None)
    if part is scheme or not isinstance(grades, tuple):
        return
    for number, grade in enumerate(grades):
        if isinstance(grade, int) and grade not in scheme.grades:
            yield ContentError(
                f"grade {grade} is not of this stage",
                f"本学段没有{grade}年级",
                f"可以写：{'、'.join(map(str, scheme.grades))}（学年数）",
                *(*path, "grades", number),
                about=["usual"],
                root=True,
            )


def usual(scheme: Scheme) -> Found:
    """The default timetable keeps the rules of the scheme, on whichever day of the week a term begins. One problem for each
    window, and one for all that is missing."""
    reported, missing = set[int](), dict[str, None]()
    for day in range(7 if scheme.timing.usual else 0):
        windows = scheme.timing.lay_out(date(2026, 8, 31) + timedelta(days=day), scheme.zone)
        findings = check_timetable(scheme, windows, calendar=_ORDINARY)
        for finding in sorted(findings, key=lambda one: one.code != "ends_before_start"):
            if not finding.windows:
                missing[finding.message] = None
            elif not reported & set(finding.windows):
                reported |= set(finding.windows)
                hint = "；或".join(_in_days(scheme, windows, remedy) for remedy in finding.remedies)
                for index in finding.windows:
                    yield ContentError(
                        f"usual: {finding.code}",
                        f"常规时间表不符合本方案的规定：{finding.message}",
                        hint or "请改正 from_day、to_day",
                        *("timing", "usual", index),
                        root=True,
                    )
    if missing:
        says = f"常规时间表不完整：{'；'.join([*missing][:3])}{'等' if len(missing) > 3 else ''}"
        yield ContentError("usual: missing", says, "请在 usual 中补上这些操作的时间", "timing", "usual")


def _in_days(scheme: Scheme, windows: Sequence[Window], remedy: Remedy) -> str:
    """A change of a window as a change of the default timetable."""
    plan, window = scheme.timing.usual[remedy.window], windows[remedy.window]
    key, now, edge = (
        ("from_day", plan.from_day, window.starts) if remedy.edge == "starts" else ("to_day", plan.to_day, window.ends)
    )
    by = remedy.at - edge
    return f"把 {plan.operation} 的 {key} 由{now}改为{now + by.days + bool(by % timedelta(days=1))}"


# --- fields


def _field(scheme: Scheme, path: Path, field: Field) -> Found:
    yield from _without_effect(path, field)
    if field.pattern is not None and (why := patterns.problem(field.pattern)) is not None:
        correction = "请去掉重复之内的重复，如把 (\\d+)+ 写成 \\d+，或限定次数，如 \\d{1,20}"
        yield ContentError("pattern: may take for ever", f"格式（正则表达式）{why}", correction, *(*path, "pattern"))
    elif field.example is not None:
        try:
            field.parse(field.example, scheme.zone)
        except FieldError as wrong:
            says, correction = f"示例“{field.example[:30]}”不符合本字段的规定：{wrong.message}", "请改正示例，或改正规定"
            yield ContentError("example: breaks its own field", says, correction, *(*path, "example"))


def _restricted(path: Path, kind: Kind) -> Found:
    """Fields that not everybody may read, whose values would show all the same (BJ-05)."""
    shown = {kind.title_field: "标题", kind.date_field: "日期", kind.duration_field: "时长", kind.activity_field: "活动类型"}
    restricted = {field.id: field.read_by for field in kind.form.fields if field.read_by}
    for number, field in enumerate(kind.form.fields):
        at = (*path, "form", "fields", number)
        if field.computed is not None and (read := set(field.computed.fields()) & restricted.keys()) - {field.id}:
            says = f"由“{'、'.join(sorted(read))}”计算，不能读这些字段的人也能看到结果"
            yield from _shows(says, "请为本字段写上同样的 read_by，或去掉所用字段的", at, wrong=not field.read_by)
        if not field.read_by:
            continue
        yield from _shows(f"本字段是记录的{shown.get(field.id)}，各处都显示", "请删去 read_by", at, wrong=field.id in shown)
        yield from _shows("本字段在公示栏和共享中显示（public）", "请删去 read_by 或 public", at, wrong=field.public)
        yield from _shows("图片与佐证材料一起显示", "请删去 read_by", at, wrong=field.type == "image")
        writers = [role for role in field.written_by or kind.entry_roles if role not in field.read_by]
        says = f"能填写的角色 {'、'.join(writers)} 不能读自己填的内容"
        yield from _shows(says, "请把这些角色写入 read_by，或写明 written_by", at, wrong=bool(writers))


def _shows(says: str, correction: str, at: Path, *, wrong: bool) -> Found:
    if wrong:
        yield ContentError(f"read_by cannot hold: {says}", says, correction, *(*at, "read_by"))


def _restricted_elsewhere(scheme: Scheme) -> Found:
    """Other forms than those of records have one kind of reader, so that `read_by` would do nothing there."""
    records = {id(field) for _, part in with_paths(scheme) if isinstance(part, Kind) for field in part.form.fields}
    counted = {quota.field for quota in scheme.quotas if quota.field is not None}
    for path, part in with_paths(scheme):
        if isinstance(part, Field) and part.read_by and id(part) not in records:
            yield from _shows("只有记录的表单可以限定谁能读", "请删去 read_by", path, wrong=True)
        elif isinstance(part, Field) and part.read_by and part.id in counted:
            yield from _shows("本字段的合计在限额中显示", "请删去 read_by", path, wrong=True)


def _without_effect(path: Path, field: Field) -> Found:
    """Keys that say nothing for the type of the field."""
    for key, types in _ONLY_FOR.items():
        if key in field.model_fields_set and field.type not in types:
            yield ContentError(
                f"{key}: has no effect on {field.type}",
                f"“{words.name(key)}”对类型 {field.type} 不起作用",
                f"请删去 {key}，或改正 type（{'、'.join(sorted(types))}）",
                *(*path, key),
            )
    if field.pattern_says is not None and field.pattern is None:
        says, correction = "写了格式说明，却没有写格式", "请补上 pattern，或删去 pattern_says"
        yield ContentError("pattern_says without pattern", says, correction, *(*path, "pattern_says"))


def _names(path: Path, choices: Iterable[Choice | FieldOutcome], key: str) -> Found:
    """Two choices with one name: which one a workbook means would be a guess."""
    seen: dict[str, int] = {}
    for number, choice in enumerate(choices):
        own: list[tuple[str, Path]] = [(choice.title, ("title",))]
        own += [(alias, ("aliases", index)) for index, alias in enumerate(choice.aliases)]
        for name, below in own:
            first = seen.setdefault(half_width(name), number)
            if first != number:
                yield ContentError(
                    f"{name!r} is the name of two choices",
                    f"“{name}”同时是两个选项的写法（第{first + 1}项与第{number + 1}项），导入时无法分辨",
                    "请只留在其中一个",
                    *(*path, key, number, *below),
                )
