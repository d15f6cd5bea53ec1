"""What is wrong with a migration: parts that the new version no longer has and of which nothing is named, and what it says of
parts that are not there. Pure."""

from collections.abc import Iterator, Mapping

from scheme.base import ContentError, Step
from scheme.forms import Field
from scheme.kinds import Kind
from scheme.migration import Migration, Sort
from scheme.moved_parts import SORTS, part_ids, parts_of
from scheme.roles import ADMINISTRATOR, FAMILY
from scheme.scheme import Scheme


def wrong(old: Scheme, new: Scheme, migration: Migration) -> Iterator[ContentError]:
    """Everything that is wrong with the migration from one version to the other."""
    yield from _kinds(old, new, migration)
    for kind in old.kinds:
        target = migration.kind(kind.id)
        if target is not None and new.has_kind(target):
            yield from _fields(kind, new.kind(target), migration)
            yield from _steps(kind, new.kind(target), migration)
    yield from _positions(old, new, migration)
    yield from _strangers(old, migration)
    for of in SORTS:
        if of != "stages" or new.cases.stages:
            yield from _gone(old, new, migration, of)
    yield from _lost_levels(old, new, migration)
    yield from _lost_actions(old, new, migration)


def _unsaid(what: str, name: str, correction: str, *at: Step) -> ContentError:
    english = f"the new version has no {name!r}, and the migration does not say what becomes of it"
    return ContentError(english, f"新版本没有{what}“{name}”，却没有写明怎样处理", correction, *at, about=[name])


def _absent(what: str, name: str, version: str, *at: Step) -> ContentError:
    english, correction = f"version {version} has no {name!r}", "请改正标识，或删去这一项"
    return ContentError(english, f"{version}版没有{what}“{name}”", correction, *at, about=[name])


def _still(what: str, name: str, *at: Step) -> ContentError:
    chinese = f"{what}“{name}”在新版本中仍然存在，不需要对应"
    return ContentError(f"the new version still has {name!r}", chinese, "请删去这一项", *at, about=[name])


def _kinds(old: Scheme, new: Scheme, migration: Migration) -> Iterator[ContentError]:
    for number, name in enumerate(migration.retired):
        if not old.has_kind(name):
            yield _absent("类别", name, old.version, "retired", number)
        elif new.has_kind(name):
            yield _still("类别", name, "retired", number)
    for number, one in enumerate(migration.kinds):
        if not old.has_kind(one.old):
            yield _absent("类别", one.old, old.version, "kinds", number, "old")
        elif new.has_kind(one.old):
            yield _still("类别", one.old, "kinds", number, "old")
        if not new.has_kind(one.new):
            yield _absent("类别", one.new, new.version, "kinds", number, "new")
    named = {*migration.retired, *(one.old for one in migration.kinds)}
    for kind in old.kinds:
        if not new.has_kind(kind.id) and kind.id not in named:
            yield _unsaid("类别", kind.id, "停用的写在 retired，改了标识的写在 kinds：{old: 原标识, new: 新标识}")


def _fields(kind: Kind, target: Kind, migration: Migration) -> Iterator[ContentError]:
    """Of a kind that goes on: its fields that are gone, and choices of those that are not."""
    renamed = {one.old: one.new for one in migration.fields if one.kind == kind.id}
    after = {field.id: field for field in target.form.fields}
    for field in kind.form.fields:
        name = renamed.get(field.id, field.id)
        if name is None:
            continue
        if name not in after:
            what = f"类别“{kind.title}”的字段"
            yield _unsaid(what, name, f"请写在 fields：{{kind: {kind.id}, old: {field.id}, new: 新标识}}；不再填写的不写 new")
            continue
        if after[name].type != field.type:
            yield ContentError(
                f"field {field.id!r} of {kind.id!r} becomes {name!r}, which is of another type",
                f"类别“{kind.title}”的字段“{field.title}”与新版本的“{after[name].title}”类型不同，内容不能沿用",
                "请在新版本中另用一个标识，并在 fields 中写明原字段不再填写（不写 new）",
                "fields",
                about=[field.id],
            )
            continue
        named = {one.old for one in migration.choices if (one.kind, one.field) == (kind.id, field.id)}
        kept = {choice.id for choice in after[name].choices}
        for choice in field.choices:
            if choice.id not in kept | named:
                correction = (
                    f"请写在 choices：{{kind: {kind.id}, field: {field.id}, old: {choice.id}, new: 新选项}}；须重选的不写 new"
                )
                yield _unsaid(f"字段“{field.title}”的选项", choice.id, correction)


def _steps(kind: Kind, target: Kind, migration: Migration) -> Iterator[ContentError]:
    after = {step.id for step in target.review.steps}
    for step in kind.review.steps if after else ():
        name = migration.step(kind.id, step.id)
        if not {name, step.id} & after:
            correction = f"请写在 steps：{{kind: {kind.id}, old: {step.id}, new: 接着办理的步骤}}"
            yield _unsaid(f"类别“{kind.title}”的审核步骤", name, correction)


def _positions(old: Scheme, new: Scheme, migration: Migration) -> Iterator[ContentError]:
    if old.positions is None or new.positions is None:
        return
    after = {step.id for step in new.positions.review.steps}
    for step in old.positions.review.steps:
        if not {step.id, migration.step("", step.id)} & after:
            yield _unsaid("职务的审核步骤", step.id, f"请写在 steps：{{old: {step.id}, new: 接着办理的步骤}}")


def _strangers(old: Scheme, migration: Migration) -> Iterator[ContentError]:
    """What the migration says of kinds, fields, choices and steps that the old version does not have."""
    for number, one in enumerate(migration.fields):
        yield from _known_field(old, one.kind, one.old, "fields", number, "old")
    for number, choice in enumerate(migration.choices):
        yield from _known_field(old, choice.kind, choice.field, "choices", number, "field")
        field = _field(old, choice.kind, choice.field)
        if field is not None and choice.old not in {known.id for known in field.choices}:
            yield _absent("选项", choice.old, old.version, "choices", number, "old")
    steps = {step.id for kind in old.kinds for step in kind.review.steps}
    steps |= {step.id for step in old.positions.review.steps} if old.positions else set()
    for number, moved in enumerate(migration.steps):
        if moved.old not in steps:
            yield _absent("审核步骤", moved.old, old.version, "steps", number, "old")


def _field(old: Scheme, kind: str, name: str) -> Field | None:
    fields = old.kind(kind).form.fields if old.has_kind(kind) else ()
    return next((field for field in fields if field.id == name), None)


def _known_field(old: Scheme, kind: str, name: str, key: str, number: int, last: str) -> Iterator[ContentError]:
    if not old.has_kind(kind):
        yield _absent("类别", kind, old.version, key, number, "kind")
    elif _field(old, kind, name) is None:
        yield _absent("字段", name, old.version, key, number, last)


_MUST_GO_ON: tuple[Sort, ...] = ("case_types", "stages")
"""Sorts of parts that cannot be given up: what is open there has to go on somewhere."""
_GIVEN_UP: Mapping[Sort, str] = {
    "roles": "不再设的不写 new，持有的身份卡到时停用",
    "operations": "不再有的不写 new，已排的时间取消",
    "dimensions": "不再设的不写 new",
    "evaluations": "不再评的不写 new，已写的不进入档案",
    "parts": "不再评的不写 new，已填的不再计入",
    "bands": "不再设的不写 new",
    "result_steps": "不再审核的不写 new，停在这一步的班级须重新送审",
}


def _gone(old: Scheme, new: Scheme, migration: Migration, of: Sort) -> Iterator[ContentError]:
    """Parts of one sort that are gone and of which nothing is said, and what is said of others."""
    what, before, after = SORTS[of], part_ids(old, of), part_ids(new, of)
    named: dict[str, str | None] = {}
    for number, one in enumerate(getattr(migration, of)):
        if one.old not in before:
            yield _absent(what, one.old, old.version, of, number, "old")
        elif one.old in after:
            yield _still(what, one.old, of, number, "old")
        if one.new is not None and one.new not in after:
            yield _absent(what, one.new, new.version, of, number, "new")
        elif one.new in named.values() and of not in (*_MUST_GO_ON, "roles", "operations"):
            yield _twice(what, one.new, of, number)
        elif one.new is not None and one.new in before and of in ("parts", "evaluations", "dimensions"):
            yield _had_already(what, one.new, of, number)
        elif one.new is None and of == "bands" and old.result.type == "verdict":
            chinese = f"选项“{one.old}”没有写改为哪一项，已评定的结果无法显示"
            yield ContentError(f"verdicts of {one.old!r} have no choice", chinese, "请写 new", of, number, about=[one.old])
        named[one.old] = one.new
    for part in parts_of(old, of):
        if part.id not in after and part.id not in named and after:
            without = f"；{_GIVEN_UP[of]}" if of in _GIVEN_UP else ""
            yield _unsaid(what, part.id, f"请写在 {of}：{{old: {part.id}, new: 新标识}}{without}")


def _twice(what: str, name: str, of: Sort, number: int) -> ContentError:
    chinese = f"两个{what}都改为“{name}”，已填的内容无法合并"
    return ContentError(
        f"two parts become {name!r}", chinese, "请只让其中一个改为它，另一个不写 new", of, number, "new", about=[name]
    )


def _had_already(what: str, name: str, of: Sort, number: int) -> ContentError:
    chinese = f"{what}“{name}”原来就有，不能再接收另一个的内容"
    english, correction = f"the old version has {name!r}, too", "请在新版本中另用一个标识，或不写 new"
    return ContentError(english, chinese, correction, of, number, "new", about=[name])


def _lost_levels(old: Scheme, new: Scheme, migration: Migration) -> Iterator[ContentError]:
    """Renamed roles that are not held at every level where the old ones were. Families and administrators stay."""
    for number, one in enumerate(migration.roles):
        if any(name and name.endswith(ADMINISTRATOR) for name in (one.old, one.new)):
            english, chinese = "administrators stay what they are", "各级管理员由平台设立，不能取消，也不能与其他角色对应"
            correction = "请在新版本中保留原来的标识；名称可以改"
            yield ContentError(english, chinese, correction, "roles", number, "old", about=[one.old])
            continue
        before = next((role for role in old.roles if role.id == one.old), None)
        after = next((role for role in new.roles if role.id == one.new), None)
        if before is None or after is None:
            continue
        if {before.id, after.id} & set(FAMILY):
            english, chinese = "students and guardians stay what they are", "学生和家长的身份由学籍而来，不能与其他角色对应"
            yield ContentError(english, chinese, "请删去这一项", "roles", number, "new", about=[before.id])
        elif lost := set(before.levels) - set(after.levels):
            english = f"role {after.id!r} is not held at {', '.join(sorted(lost))}, as {before.id!r} was"
            chinese = f"角色“{before.title}”的任职层级，“{after.title}”不全有"
            yield ContentError(
                english, chinese, "请在新版本中补写 also_at，或改正 new", "roles", number, "new", about=[after.id]
            )


def _lost_actions(old: Scheme, new: Scheme, migration: Migration) -> Iterator[ContentError]:
    """Stages that do not have the actions of the old ones, where decisions wait to be told: they name their action."""
    if all(one.told_after is None for one in old.cases.types):
        return
    for number, one in enumerate(migration.stages):
        before = next((stage for stage in old.cases.stages if stage.id == one.old), None)
        after = next((stage for stage in new.cases.stages if stage.id == one.new), None)
        if before is None or after is None:
            continue
        lost = [action for action in before.actions if action.outcome and action.id not in {kept.id for kept in after.actions}]
        if lost:
            english = f"stage {after.id!r} lacks the action {lost[0].id!r}, by which cases were decided"
            chinese = f"环节“{after.title}”没有动作“{lost[0].title}”，已作出、尚未告知的处理结果无法生效"
            correction = f"请在新版本的这一环节保留标识为 {lost[0].id} 的动作"
            yield ContentError(english, chinese, correction, "stages", number, "new", about=[after.id])
