"""What is wrong with a migration: parts that the new version no longer has and of which nothing is named, and what it says of
parts that are not there. Pure."""

from collections.abc import Collection, Iterator, Sequence

from scheme.base import ContentError, HasId, Step
from scheme.forms import Field
from scheme.kinds import Kind
from scheme.migration import Migration
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
    yield from _gone(old.roles, new.roles, "角色", {one.old: one.new for one in migration.roles}, "roles", given_up=True)
    stages = {one.old: one.new for one in migration.stages}
    if new.cases.stages:
        yield from _gone(old.cases.stages, new.cases.stages, "环节", stages, "stages")


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


def _gone(
    before: Sequence[HasId], after: Sequence[HasId], what: str, named: dict[str, str | None] | dict[str, str], key: str,
    *, given_up: bool = False,
) -> Iterator[ContentError]:  # fmt: skip
    old, new = _ids(before), _ids(after)
    for number, (name, target) in enumerate(named.items()):
        if name not in old:
            yield _absent(what, name, "原", key, number, "old")
        if target is not None and target not in new:
            yield _absent(what, target, "新", key, number, "new")
    for name in old:
        if name not in new and name not in named:
            without = "；不再设的不写 new" if given_up else ""
            yield _unsaid(what, name, f"请写在 {key}：{{old: {name}, new: 新标识}}{without}")


def _ids(parts: Collection[HasId]) -> list[str]:
    return [part.id for part in parts]
