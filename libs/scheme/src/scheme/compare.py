"""The differences of two schemes, and what each of them does to terms under way (X-01). Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from pydantic import TypeAdapter

from scheme import words
from scheme.scheme import Scheme

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. path: keys and ids; where: in Chinese; `before` or `after` is None when there is no value.

    breaks: what happens to terms under way and to records that exist, if the change does not leave them as they are.
    """

    path: tuple[str, ...]
    where: str
    before: Any
    after: Any

    @property
    def breaks(self) -> str | None:
        path = "/".join(self.path)
        return next((says for pattern, applies, says in _BREAKING if fnmatchcase(path, pattern) and applies(self)), None)

    def __str__(self) -> str:
        sign = "＋" if self.before is None else "－" if self.after is None else "～"
        values = f"{_short(self.before)} → {_short(self.after)}"
        if self.before is None or self.after is None:
            values = _short(self.after if self.before is None else self.before)
        effect = f"【影响进行中的学期】{self.breaks}" if self.breaks else ""
        return f"{sign} {self.where}：{values}{effect}"


def diff(old: Scheme, new: Scheme) -> list[Change]:
    """What changed from `old` to `new`, in the order of the file."""
    return list(_changes((), "", old.model_dump(mode="json"), new.model_dump(mode="json")))


def _changes(path: tuple[str, ...], where: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    before, after = _keyed(old), _keyed(new)
    if before is None or after is None:
        yield Change(path, where, old if old is not _ABSENT else None, new if new is not _ABSENT else None)
        return
    listed = isinstance(old if old not in (_ABSENT, []) else new, list)
    if listed and path and words.item(path[-1]):
        where = " › ".join(where.split(" › ")[:-1])  # 退回原因“重复上报” names its list itself
    for key in dict.fromkeys((*before, *after)):
        name = _item_name(path, key, after.get(key, before.get(key))) if listed else words.name(key)
        below = f"{where} › {name}" if where else name
        yield from _changes((*path, key), below, before.get(key, _ABSENT), after.get(key, _ABSENT))
    if list(before) != list(after) and sorted(before) == sorted(after) and listed:
        yield Change(
            (*path, "order"), f"{where} › {words.name(path[-1])}的顺序".removeprefix(" › "), "、".join(before), "、".join(after)
        )


def _item_name(path: tuple[str, ...], key: str, item: Any) -> str:
    title = item.get("title", key) if isinstance(item, dict) else key
    return f"{words.item(path[-1]) or ''}“{title}”" if path else str(title)


def _keyed(value: Any) -> dict[str, Any] | None:
    """A mapping itself, a list of parts by their ids; None for anything else, which is compared as a whole."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and value and all(isinstance(item, dict) and "id" in item for item in value):
        return {item["id"]: item for item in value}
    return None


def _short(value: Any) -> str:
    if isinstance(value, dict) and "title" in value:
        return str(value["title"])
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "、".join(value) or "（无）"
    text = str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


# --- what breaks

type Applies = Callable[[Change], bool]


def _removed(change: Change) -> bool:
    return change.after is None


def _added(change: Change) -> bool:
    return change.before is None


def _any(_: Change) -> bool:
    return True


def _lower(change: Change) -> bool:
    """A limit that was not there, or is lower now."""
    return change.after is not None and (change.before is None or float(change.after) < float(change.before))


def _higher(change: Change) -> bool:
    return change.after is not None and float(change.after) > float(change.before or 0)


_LENGTH = TypeAdapter(timedelta)


def _shorter(change: Change) -> bool:
    if change.after is None:
        return False
    return change.before is None or _LENGTH.validate_python(change.after) < _LENGTH.validate_python(change.before)


def _fewer(change: Change) -> bool:
    """Something that a list named is no longer there; an empty list stands for all."""
    before, after = set(change.before or ()), set(change.after or ())
    return bool(before - after) if before and after else bool(after or before)


def _less(change: Change) -> bool:
    return bool(set(change.before or ()) - set(change.after or ()))


def _required_now(change: Change) -> bool:
    return bool(change.after)


def _new_required(change: Change) -> bool:
    return change.before is None and bool(change.after.get("required"))


_BREAKING: tuple[tuple[str, Applies, str], ...] = (
    ("id", _any, "这是另一个方案"),
    ("stage", _any, "学段变了，进行中的学期应留在旧版本"),
    ("last_grade", _any, "年级变了，进行中的学期应留在旧版本"),
    ("terms_in_stage", _any, "学期数变了，进行中的学期应留在旧版本"),
    ("time_zone", _any, "已安排的时间会平移"),
    ("roles/*", lambda one: _removed(one) and len(one.path) == 2, "持有这一身份的人不能再登录办事"),
    ("roles/*/may", _less, "持有这一身份的人不能再做其中几项"),
    ("roles/*/at", _any, "已发放的身份卡层级不符"),
    ("dimensions/*/kinds/*/entry_roles", _less, "这些人已存的草稿不能再提交"),
    ("dimensions/*/kinds/*/operation", _any, "填报改在另一项操作的时间内进行"),
    ("dimensions/*/kinds/*/level", _any, "已有记录的数据层级不符"),
    ("dimensions/*/kinds/*/quotas", _any, "已填的数量可能超过新的限制"),
    ("dimensions/*/kinds/*/publicity*", _any, "已通过审核的记录公示方式改变"),
    ("dimensions/*/kinds/*/archive", _any, "已有记录的归档方式改变"),
    ("dimensions/*/kinds/*/evidence/min", _higher, "已提交的记录佐证材料可能不足"),
    ("dimensions/*/kinds/*/evidence/max", _lower, "已提交的记录佐证材料可能过多"),
    ("dimensions/*/kinds/*/grades", _fewer, "部分年级不再有这一类别，已有记录无处修改"),
    ("*/review/steps/*", lambda one: one.path[-2] == "steps" and _removed(one), "停在这一步的记录须转到另一步"),
    ("*/review/steps/*", lambda one: one.path[-2] == "steps" and _added(one), "已通过的记录没有经过这一步"),
    ("*/review/steps", _any, "停在各步骤的记录须重新对应"),
    ("*/review/steps/order", _any, "停在各步骤的记录须重新对应"),
    ("*/review/steps/*/role", _any, "等待审核的记录改由另一角色处理"),
    ("*/silence/after", _shorter, "等待中的记录会提前到期"),
    ("*/form/fields/*/required", _required_now, "已提交的记录可能缺少此项"),
    ("*/form/fields/*/type", _any, "已填的内容可能不符合新类型"),
    ("*/form/fields/*/maximum", _lower, "已填的数值可能超过新的上限"),
    ("*/form/fields/*/minimum", _higher, "已填的数值可能低于新的下限"),
    ("*/form/fields/*/max_length", _lower, "已填的文字可能超过新的字数"),
    ("*/form/fields/*/min_length", _higher, "已填的文字可能少于新的字数"),
    ("*/form/fields/*/pattern", _any, "已填的内容可能不符合新的格式"),
    ("*/form/fields/*/choices/*", lambda one: one.path[-2] == "choices" and _removed(one), "选了这一项的记录须改选"),
    ("*/form/fields/*/written_by", _fewer, "原来能填的人不能再填"),
    ("*/form/fields/*", lambda one: one.path[-2] == "fields" and _removed(one), "已有记录中的这一项不再显示"),
    ("*/form/fields/*", lambda one: one.path[-2] == "fields" and _new_required(one), "已提交的记录缺少此项，修改时必须补填"),
    ("dimensions/*/kinds/*", lambda one: len(one.path) == 4 and _removed(one), "不能再填报；已有记录只按旧版本显示"),
    ("dimensions/*", lambda one: len(one.path) == 2 and _removed(one), "其中的类别不能再填报；已有记录只按旧版本显示"),
    ("timing/operations/*/roles", _less, "原来能做的人不能再做"),
    ("timing/operations/*/window", lambda one: one.after == "required", "须在进行中的学期补排时间，否则不开放"),
    ("timing/operations/*/not_before", _any, "已安排的时间可能不再有效"),
    ("timing/operations/*/not_after", _any, "已安排的时间可能不再有效"),
    ("timing/operations/*/during", _any, "开放时间改变"),
    ("timing/operations/*", lambda one: len(one.path) == 3 and _removed(one), "已安排的时间不再有效"),
    ("timing/precedences", _any, "已安排的时间可能不符合新的先后"),
    ("timing/min_publicity_working_days", _higher, "已安排的公示可能不够长"),
    ("cases/types/*", lambda one: len(one.path) == 3 and _removed(one), "未办结的案件没有去处"),
    ("cases/types/*/opened_by", _less, "原来能提出的人不能再提出"),
    ("cases/stages/*/deadline/after", _shorter, "未办结的案件会提前到期"),
    ("cases/stages/*/deadline/after_working_days", _lower, "未办结的案件会提前到期"),
    ("cases/stages/*/deadline", _any, "未办结案件的期限改变"),
    ("cases/stages/*/actor", _any, "未办结的案件改由他人处理"),
    ("cases/stages/*/actions*", _any, "未办结案件的去向改变"),
    ("cases/stages/*", lambda one: len(one.path) == 3 and _removed(one), "停在这一环节的案件须转到另一环节"),
    ("evaluations/*/text/max", _lower, "已写的评语可能超过新的字数"),
    ("evaluations/*/text/min", _higher, "已写的评语可能少于新的字数"),
    ("evaluations/*/choices/*", lambda one: one.path[-2] == "choices" and _removed(one), "选了这一项的评价须改选"),
    ("evaluations/*/required", _required_now, "档案会等待这一评价"),
    ("evaluations/*/by", _less, "原来能评价的人不能再评价"),
    ("evaluations/*", lambda one: len(one.path) == 2 and _removed(one), "已写的评价不再进入档案"),
    ("evaluations/*", lambda one: len(one.path) == 2 and _new_required(one), "档案会等待这一评价"),
    ("result*", _any, "同一学期会有两种算法的结果"),
    ("archives/career/max_per_kind", _lower, "已选的记录可能超过新的数量"),
    ("archives/career", _removed, "已开始的生涯档案不能完成"),
    ("archives/*/sign_off*", _any, "已开始的签字流程改变"),
)
"""Which changes touch terms under way, the most particular first: pattern of the path, condition, effect."""
