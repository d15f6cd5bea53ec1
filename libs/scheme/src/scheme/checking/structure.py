"""What the models refuse in a file, in Chinese, and the rest of it as a value, so that other checks can go on. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import NoneType
from typing import Any, Literal, TypeAliasType, get_args, get_origin

from pydantic import ValidationError

from scheme import words
from scheme.base import ContentError, Model, Step

type Path = tuple[Step, ...]
_ROUNDS = 12


@dataclass
class Sound[M: Model]:
    """What is left of a file without its structural problems. value: None where nothing sensible is left.

    removed: paths that were left out. tainted: ids of parts that were left out or lost something, of which nothing is said.
    touched: the mappings and lists (`id()`) that lost something; several uses of a shared part are one.
    """

    errors: list[ContentError] = field(default_factory=list)
    value: M | None = None
    removed: list[Path] = field(default_factory=list)
    tainted: set[str] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)
    numbers: Mapping[Path, list[int]] = field(default_factory=dict)

    def hides(self, error: ContentError) -> bool:
        """Whether an error between parts may only follow from what was left out."""
        if any(_near(error.at, path) for path in self.removed) or error.about & self.tainted:
            return True
        return not error.root and error.at[:1] == ("cases",) and any(path[0] == "cases" for path in self.removed)


class _Gone:
    """Stands for an item of a list that is left out, so that the others keep their numbers."""


def read[M: Model](model: type[M], data: dict[str, Any]) -> Sound[M]:
    """Validate; where something is refused, tell it, leave it out and validate again. Changes `data`."""
    sound = Sound[M]()
    for _ in range(_ROUNDS):
        pruned, numbers = _pruned(data)
        context: dict[str, list[ContentError]] = {"contradictions": []}
        try:
            sound.value = model.model_validate(pruned, context=context)
        except ValidationError as wrong:
            if not _take(sound, model, data, wrong, numbers):
                return sound
        else:
            sound.numbers = numbers
            moved = [moved_back(error, numbers) for error in context["contradictions"]]
            sound.errors += [error for error in moved if not sound.hides(error)]
            break
    return sound


def _take[M: Model](
    sound: Sound[M], model: type[M], data: dict[str, Any], wrong: ValidationError, numbers: Mapping[Path, list[int]]
) -> bool:
    """Record the errors of a round and leave their causes out. False: nothing can be left out."""
    errors = wrong.errors(include_url=False)
    paths = [_in_data(data, _original(error["loc"], numbers)) for error in errors]
    renamed = {
        path: right for path, error in zip(paths, errors, strict=True) if (right := _right_name(error, path, model, data))
    }
    taken = {(*path[:-1], right) for path, right in renamed.items()}
    reported: list[tuple[ContentError, str]] = []
    news: list[ContentError] = []
    for error, path in zip(errors, paths, strict=True):
        if error["type"] == "too_short" and any(len(other) > len(path) and other[: len(path)] == path for other in paths):
            continue  # its items are invalid, which is reported already
        if error["type"] == "missing" and path in taken:
            continue  # it is there, misspelt
        found = _content_error(error, path, model, data)
        found.at = _in_data(data, found.at)
        follows = found.about & sound.tainted or any(_near(found.at, old) for old in sound.removed)
        if not follows and not sound.touched & {id(part) for part in _deepest(data, found.at)}:
            news.append(found)
        reported.append((found, str(error["type"])))
    sound.errors += news
    for path, right in renamed.items():
        container = _at(data, _in_data(data, path)[:-1])
        if path[-1] in container:  # once for all places where a shared part is used
            container[right] = container.pop(path[-1])
    fixed, done = True, set[tuple[int, Step]]()
    for found, code in reported:
        if found.at not in renamed:
            fixed = _repair(sound, model, data, found, code, done) and fixed
    return fixed


def _right_name(error: Any, path: Path, model: type[Model], data: Any) -> str | None:
    """The key that was meant by an unknown one, if that is plain."""
    if error["type"] != "extra_forbidden":
        return None
    path = _in_data(data, path)
    owner, container = owners(model, path[:-1], data)[-1], _at(data, path[:-1])
    free = [name for name in owner.model_fields if name not in container] if owner is not None else []
    return next(iter(get_close_matches(str(path[-1]), free, n=1, cutoff=0.6)), None)


def _near(path: Path, removed: Path) -> bool:
    """Whether a problem may only follow from what was left out: it is of the same part, or of one around it."""
    return path == removed[: len(path)] or path[: len(removed) - 1] == removed[:-1]


def moved_back(error: ContentError, numbers: Mapping[Path, list[int]]) -> ContentError:
    """The error with the numbers that items of lists have in the file."""
    moved = error.under()
    moved.at = _original(error.at, numbers)
    return moved


# --- leaving out


def _pruned(value: Any, path: Path = ()) -> tuple[Any, dict[Path, list[int]]]:
    """A copy without what is gone, and the original numbers of the items of lists that lost some."""
    numbers: dict[Path, list[int]] = {}
    if isinstance(value, dict):
        copy: dict[Any, Any] = {}
        for key, item in value.items():
            copy[key], below = _pruned(item, (*path, key))
            numbers |= below
        return copy, numbers
    if isinstance(value, list):
        kept = [number for number, item in enumerate(value) if not isinstance(item, _Gone)]
        if len(kept) < len(value):
            numbers[path] = kept
        items = []
        for number in kept:
            item, below = _pruned(value[number], (*path, number))
            items.append(item)
            numbers |= below
        return items, numbers
    return value, numbers


def _original(loc: Sequence[Step], numbers: Mapping[Path, list[int]]) -> Path:
    path: Path = ()
    for step in loc:
        if step == "[key]":  # the key itself of a mapping is wrong
            continue
        kept = numbers.get(path)
        path = (*path, kept[step] if kept is not None and isinstance(step, int) and step < len(kept) else step)
    return path


def _repair[M: Model](
    sound: Sound[M], model: type[M], data: dict[str, Any], error: ContentError, code: str, done: set[tuple[int, Step]]
) -> bool:
    """Leave out what an error is about, or something around it; a misspelt key is put right. False: all would be left out."""
    path = _in_data(data, error.at)
    for length in range(len(path), 0, -1):
        container, step = _at(data, path[: length - 1]), path[length - 1]
        if (id(container), step) in done:
            return True
        if isinstance(container, list) and isinstance(step, int):
            done.add((id(container), step))
            sound.tainted |= set(_ids(container[step]))
            container[step] = _Gone()
        elif isinstance(container, dict) and isinstance(step, str):
            owner = owners(model, path[: length - 1], data)[-1]
            if not _left_out(container, step, owner, code):
                continue
            done.add((id(container), step))
        else:
            continue
        sound.removed.append(path[:length])
        sound.touched.add(id(container))
        sound.tainted |= {str(part["id"]) for part in _around(data, path[: length - 1])}
        return True
    return False


def _left_out(container: dict[str, Any], key: str, owner: type[Model] | None, code: str) -> bool:
    """Take an optional key out of a mapping, or give a required one some value. False: neither is possible."""
    found = owner.model_fields.get(key) if owner is not None else None
    if found is None:
        return container.pop(key, _Gone) is not _Gone
    if not found.is_required():
        container.pop(key, None)
        return True
    if code == "value_error":
        return False
    stand_in = _stand_in(found.annotation, key)
    if stand_in is None or container.get(key) == stand_in:
        return False
    container[key] = stand_in
    return True


def _stand_in(hint: Any, key: str) -> Any:
    """Some value of a simple type."""
    hint = _plain(hint)
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    return {str: "（缺）" if key in {"title", "says"} else None, int: 1, bool: True}.get(hint)


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("id"), str):
            yield value["id"]
        for item in value.values():
            yield from _ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _ids(item)


def _around(data: Any, path: Path) -> Iterator[dict[str, Any]]:
    """The parts with an id that a path lies in, without the scheme and its dimensions."""
    for length in range(1, len(path) + 1):
        part = _at(data, path[:length])
        if isinstance(part, dict) and isinstance(part.get("id"), str) and "kinds" not in part:
            yield part


def _deepest(data: Any, path: Path) -> Iterator[Any]:
    """The part at a path and the one around it."""
    around = _at(data, path[:-1])
    yield around
    if path:
        yield around.get(path[-1]) if isinstance(around, dict) else _item(around, path[-1])


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _in_data(data: Any, path: Path) -> Path:
    """The path without the steps that the file does not have, such as the tag of a union; the last one stays."""
    found: Path = ()
    for number, step in enumerate(path):
        if isinstance(data, dict) and step in data:
            data = data[step]
        elif (item := _item(data, step)) is not None:
            data = item
        elif number < len(path) - 1:
            continue
        found = (*found, step)
    return found


# --- models along a path


def owners(model: type[Model], path: Path, data: Any) -> list[type[Model] | None]:
    """The model at each step of a path; the first is that of the file. None: it is no model, or unknown."""
    found: list[type[Model] | None] = [model]
    hint: Any = model
    for step in path:
        data = data[step] if isinstance(data, dict) and step in data else _item(data, step)
        hint = _step(hint, step, data)
        found.append(hint if isinstance(hint, type) and issubclass(hint, Model) else None)
    return found


def _item(data: Any, step: Step) -> Any:
    return data[step] if isinstance(data, list) and isinstance(step, int) and step < len(data) else None


def _step(hint: Any, step: Step, data: Any) -> Any:
    hint = _plain(hint)
    if isinstance(hint, type) and issubclass(hint, Model):
        info = hint.model_fields.get(str(step))
        return _chosen(info.annotation if info is not None else None, data)
    arguments = get_args(hint)
    if get_origin(hint) is tuple and arguments:
        return _chosen(arguments[0], data)
    return _chosen(arguments[1], data) if get_origin(hint) is dict else None


def _plain(hint: Any) -> Any:
    """A type without its annotations and without None."""
    while True:
        if isinstance(hint, TypeAliasType):
            hint = hint.__value__
        elif hasattr(hint, "__metadata__"):
            hint = hint.__origin__
        elif NoneType in get_args(hint):
            hint = next((one for one in get_args(hint) if one is not NoneType), None)
        else:
            return hint


def _chosen(hint: Any, data: Any) -> Any:
    """Of a union of models the one whose `type` the data names, or else that with most of its keys."""
    hint = _plain(hint)
    models = [one for one in map(_plain, get_args(hint)) if isinstance(one, type) and issubclass(one, Model)]
    if not models or get_origin(hint) in (tuple, dict):
        return hint
    given = data if isinstance(data, dict) else {}
    typed = [one for one in models if "type" in one.model_fields]
    named = [one for one in typed if given.get("type") in get_args(one.model_fields["type"].annotation)]
    return max(named or models, key=lambda one: len(given.keys() & one.model_fields.keys()))


# --- words


def _content_error(error: Any, path: Path, model: type[Model], data: Any) -> ContentError:
    """An error of pydantic in Chinese."""
    inner = error.get("ctx", {}).get("error")
    if isinstance(inner, ContentError):
        return inner.under(*_in_data(data, path))
    key = str(path[-1]) if path else ""
    owner = owners(model, path[:-1], data)[-1]
    chinese, correction = _words_of(error, key, owner, path, data)
    return ContentError(error["msg"], chinese, correction, *path)


def _words_of(error: Any, key: str, owner: type[Model] | None, path: Path, data: Any) -> tuple[str, str]:
    kind, limits, given = error["type"], error.get("ctx", {}), error.get("input")
    shown = f"“{given}”" if isinstance(given, str | int | float) else "这里的内容"
    name, says = words.name(key, owner.__name__ if owner else None), words.says(key, owner.__name__ if owner else None)
    match kind:
        case "extra_forbidden":
            known = (
                [one for one in owner.model_fields if one not in (_at(data, _in_data(data, path)[:-1]) or ())] if owner else []
            )
            return f"没有“{key}”这个键", words.nearest(key, known)
        case "missing":
            return f"缺少必须写的“{name}”（{key}）", f"请补上 {key}{f'：{says}' if says else ''}"
        case "literal_error":
            allowed = [part.strip(" '") for part in str(limits.get("expected", "")).replace(" or ", ",").split(",")]
            return f"不能写{shown}", words.nearest(str(given), allowed)
        case "string_type":
            hint = f'加上引号，如 "{given}"' if isinstance(given, int | float) and not isinstance(given, bool) else "写成文字"
            return f"应是文字，{shown}不是", f"请{hint}"
        case "string_too_short":
            return "文字是空的", "请填写内容，或删去这一项"
        case "string_too_long":
            return f"文字太长，最多{limits.get('max_length')}个字", "请缩短"
        case "string_pattern_mismatch":
            return (
                f"{shown}的写法不对",
                f"写法须为 {limits.get('pattern')}：{says or '小写英文字母开头，只含小写字母、数字和下划线'}",
            )
        case "greater_than_equal" | "greater_than":
            least = limits.get("ge", limits.get("gt"))
            return f"{shown}太小", f"不能小于{least}" if "ge" in limits else f"必须大于{least}"
        case "less_than_equal" | "less_than":
            return f"{shown}太大", f"不能大于{limits.get('le', limits.get('lt'))}"
        case "too_short":
            return "项目太少", f"至少写{limits.get('min_length')}项"
        case "value_error":
            return f"不对：{limits.get('error')}", "请改正"
    return _of_type(kind, shown)


_TYPES = (
    (("int_",), "应是整数", "请写不带小数的数字"),
    (("decimal_", "float_", "is_instance"), "应是数字", "请写数字"),
    (("bool_",), "应是 true 或 false", "请写 true（是）或 false（否）"),
    (("tuple_", "list_"), "应是列表", "请写在方括号中，如 [a, b]，或每项一行、以“- ”开头"),
    (("dict_", "model_"), "应由“键: 值”组成", "请写在花括号中，如 {id: a, title: 甲}，或每个键一行"),
    (("time_delta_",), "时长的写法不对", "3天写 P3D，12小时写 PT12H"),
    (("date_", "datetime_"), "没有这个日期，或写法不对", "请写成 2026-03-01 这样，并核对是否有这一天"),
    (("time_",), "时刻的写法不对", '请写成 "08:00" 这样'),
    (("union_tag_",), "类型不对", "可以写：none、verdict、scored 等，见 scheme.schema.json"),
)


def _of_type(kind: str, shown: str) -> tuple[str, str]:
    for starts, chinese, correction in _TYPES:
        if kind.startswith(starts):
            return f"{chinese}，{shown}不是", correction
    return f"{shown}的写法不对", "请对照 schemes 中的其他文件改正"
