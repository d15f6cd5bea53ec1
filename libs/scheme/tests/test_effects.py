"""Every part of the format has its row in the table of effects, and the newer parts say what their changes do (X-01)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAliasType, get_args

import pytest
import yaml
from scheme import Scheme, diff
from scheme.base import Model
from scheme.effects import EFFECTS, WITHOUT_EFFECT, matches
from scheme.quotas import SharedQuota

SCHEMES = Path(__file__).parents[3] / "schemes"
pytestmark = pytest.mark.feature("X-01")


def _models(annotation: Any) -> Iterator[type[Model]]:
    if isinstance(annotation, TypeAliasType):
        annotation = annotation.__value__
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _places(model: type[Model], path: tuple[str, ...] = (), above: tuple[type[Model], ...] = ()) -> Iterator[tuple[str, str]]:
    """Each model of the format with the paths at which a difference of it may be: its own, and those of its keys."""
    yield model.__name__, "/".join(path)
    for key, field in model.model_fields.items():
        inner = [one for one in _models(field.annotation) if one not in (*above, model)]
        if not inner:
            yield model.__name__, "/".join((*path, key))
        several = "tuple[" in str(field.annotation) or "dict[" in str(field.annotation)
        for one in inner:
            below = (*path, key, *(("an_id",) if several else ()))
            if several:  # a list may also be compared as a whole
                yield one.__name__, "/".join((*path, key))
            yield from _places(one, below, (*above, model))


def test_no_part_of_the_format_is_forgotten_in_the_table_of_effects() -> None:
    found: dict[str, set[str]] = {}
    for name, path in _places(Scheme):
        found.setdefault(name, set()).add(path)
    with_row = {name for name, paths in found.items() for pattern, _, _ in EFFECTS if any(matches(pattern, p) for p in paths)}
    assert {"FormRule", "When", "Formula", "SharedQuota", "Points", "ScorePart", "Band", "Share", "ResultLock"} <= with_row
    missing = sorted(found.keys() - with_row - WITHOUT_EFFECT.keys())
    assert missing == [], "give them a row in effects.py, or say in WITHOUT_EFFECT why no change of them matters"
    assert sorted(WITHOUT_EFFECT.keys() & with_row) == [], "listed as without effect, but has a row"
    assert sorted(WITHOUT_EFFECT.keys() - found.keys()) == [], "not a part of the format"


def test_every_row_of_the_table_of_effects_can_be_met() -> None:
    paths = {path for _, path in _places(Scheme)}
    paths |= {f"{path}/order" for path in paths} | {f"{path}/an_id" for path in paths}
    assert [pattern for pattern, _, _ in EFFECTS if not any(matches(pattern, path) for path in paths)] == []


def _scheme(folder: str, **changed: Any) -> Scheme:
    data = yaml.load((SCHEMES / folder / "2026.1.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for name in ("shared", "examples"):  # read before the scheme itself
        data.pop(name, None)
    return Scheme.model_validate(data | changed)


BEIJING = _scheme("beijing").model_dump(mode="json")["result"]
NO_SCORES = [one for one in _scheme("beijing").model_dump(mode="json")["imports"] if not one["parts"]]
CAP = {"bands": ["A"], "at_most": "0.3", "of": "class"}


def _result(**changed: Any) -> Scheme:
    return _scheme("beijing", result=BEIJING | changed, imports=NO_SCORES)


def _parts(**changed: Any) -> list[dict[str, Any]]:
    """The parts of the score with these keys of some changed: `teacher={"weight": "0.4"}`; None: without it."""
    parts = [one | (changed.get(one["id"], {}) or {}) for one in BEIJING["parts"]]
    return [one for one in parts if changed.get(one["id"], {}) is not None]


@pytest.mark.parametrize(
    ("old", "new", "effect"),
    [
        ({}, {"parts": _parts(self={"weight": "0.3"}, teacher={"weight": "0.4"})}, "未锁定班级的分数改变"),
        ({}, {"parts": _parts(self={"title": "自我评价"})}, None),
        ({}, {"parts": _parts(bonus=None)}, "已填的这一部分不再计入，未锁定班级的分数改变"),
        ({"parts": _parts(bonus=None)}, {}, "未锁定的班级可以填这一部分，分数可能改变"),
        ({}, {"bands": [BEIJING["bands"][0] | {"at_least": "85"}, *BEIJING["bands"][1:]]}, "未锁定班级的等级可能改变"),
        ({}, {"steps": BEIJING["steps"][:1]}, "停在这一步的班级须重新送审"),
        ({"steps": BEIJING["steps"][:1]}, {}, "已通过审核的班级没有经过这一步"),
        ({}, {"lock": BEIJING["lock"] | {"unlocked_by": "student_office"}}, "已锁定的班级改由另一角色解锁"),
        ({}, {"shares": [CAP]}, "未锁定的班级可能超过新的比例，不能锁定"),
        ({"shares": [CAP]}, {"shares": [CAP | {"at_most": "0.2"}]}, "未锁定的班级可能超过新的比例，不能锁定"),
        ({"shares": [CAP]}, {"shares": [CAP | {"at_most": "0.4"}]}, None),
        ({"shares": [CAP]}, {}, None),
        ({}, {"show": "bands"}, "家长和学生看到的内容改变：分数或只有等级"),
    ],
)  # fmt: skip
@pytest.mark.feature("X-15")
def test_a_change_of_scores_says_what_it_does_to_classes_that_are_not_locked(
    old: dict[str, Any], new: dict[str, Any], effect: str | None
) -> None:
    _need(_result(**old), _result(**new), effect)


def _need(old: Scheme, new: Scheme, effect: str | None) -> None:
    changes = diff(old, new)
    assert changes
    assert {one.breaks for one in changes if one.breaks} == ({effect} if effect else set()), [str(one) for one in changes]


HOURS = {
    "id": "hours", "title": "服务时长", "kinds": ["volunteer_service", "labour_practice"], "per": "month", "max": 20,
    "field": "hours", "unit": "小时",
}  # fmt: skip
BONUS = {
    "id": "bonus", "title": "加分", "kinds": ["volunteer_service"], "per": "term", "max": 5, "beyond": "not_counted",
    "points": [{"kind": "volunteer_service", "points": 2}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "effect"),
    [
        ([], [HOURS], "已填的记录可能已经超过限额，不能再提交"),
        ([HOURS], [], None),
        ([HOURS], [HOURS | {"max": 10}], "已填的记录可能超过新的限额"),
        ([HOURS], [HOURS | {"max": 30}], None),
        ([HOURS], [HOURS | {"per": "term"}], "计算的期间变了，已用的数量重新计算"),
        ([HOURS], [HOURS | {"kinds": ["volunteer_service"]}], "合在一起计算的类别变了，已用的数量重新计算"),
        ([], [BONUS], "已有记录也计入，超出部分不计"),
        ([BONUS], [], "已有的积分不再显示"),
        ([BONUS], [BONUS | {"max": 6}], "原来不计的部分会重新计入"),
        ([BONUS], [BONUS | {"points": [{"kind": "volunteer_service", "points": 1}]}], "已有记录的积分重新计算"),
        ([BONUS], [BONUS | {"beyond": "refused"}], "超出限额的记录不能再提交"),
    ],
)
@pytest.mark.feature("SH-04")
def test_a_change_of_shared_quotas_says_what_it_does_to_records_that_exist(
    old: list[dict[str, Any]], new: list[dict[str, Any]], effect: str | None
) -> None:
    assert SharedQuota.model_validate((old or new)[0])
    _need(_scheme("jiangxi", quotas=old), _scheme("jiangxi", quotas=new), effect)


LEVEL = {"id": "level", "title": "级别", "type": "choice", "choices": [{"id": "a", "title": "甲"}, {"id": "b", "title": "乙"}]}
NOTE = {"id": "note", "title": "说明", "type": "text", "max_length": 20}
COUNT = {"id": "many", "title": "项数", "type": "integer"}
IS_B: dict[str, Any] = {"field": "level", "equals": "b"}
NEEDED: dict[str, Any] = {"field": "note", "then": "required", "when": IS_B, "says": "乙级须写说明"}
SHOWN: dict[str, Any] = {"field": "note", "then": "visible", "when": IS_B}


def _form(*rules: dict[str, Any], **computed: Any) -> Scheme:
    return _scheme("jiangxi", profile={"form": {"fields": [LEVEL, NOTE, COUNT | computed], "rules": list(rules)}})


@pytest.mark.parametrize(
    ("old", "new", "effect"),
    [
        (_form(), _form(NEEDED), "已存的草稿和退回的记录可能不符合新的条件，不能提交"),
        (_form(NEEDED), _form(), None),
        (_form(NEEDED), _form(NEEDED | {"says": "乙级请写说明"}), None),
        (_form(NEEDED), _form(NEEDED | {"when": {"field": "level", "equals": "a"}}),
         "已存的草稿和退回的记录可能不符合新的条件，不能提交"),
        (_form(), _form(SHOWN), "不符合条件时不再填写这一项，已填的内容在下次保存时去掉"),
        (_form(SHOWN), _form(), "这一项改为总是填写，已提交的记录可能缺少此项"),
        (_form(), _form(computed={"count": ["level", "note"]}), "改由系统计算，已填的内容在下次保存时被计算结果代替"),
        (_form(computed={"count": ["level", "note"]}), _form(computed={"count": ["note"]}),
         "已有记录中的这一项在下次保存时按新办法重新计算"),
    ],
)  # fmt: skip
def test_a_change_of_what_holds_between_fields_says_what_it_does_to_drafts(
    old: Scheme, new: Scheme, effect: str | None
) -> None:
    _need(old, new, effect)


def test_a_difference_is_written_without_the_signs_of_the_program() -> None:
    gone, new = (str(one) for one in diff(_result(shares=[CAP]), _result(shares=[CAP | {"of": "grade"}])))
    assert gone == "－ 评价结果 › 比例“A+class”：等级 A，最多占比 0.3，比例的范围 class，是否强制 是"
    assert new.startswith(
        "＋ 评价结果 › 比例“A+grade”：等级 A，最多占比 0.3，比例的范围 grade，是否强制 是【影响进行中的学期】未锁定的班级"
    )
    scored = [str(one) for one in diff(_scheme("beijing", result={"type": "none"}, reports=[], imports=NO_SCORES), _result())]
    assert "＋ 评价结果 › 等级：优秀；良好；一般；较差" in scored


@pytest.mark.feature("X-02")
def test_another_calendar_moves_deadlines() -> None:
    timing = _scheme("jiangxi").model_dump(mode="json")["timing"]
    moved = "按工作日计算的期限改用另一地区的放假安排，会提前或推后；已安排的公示可能不够长"
    _need(_scheme("jiangxi"), _scheme("jiangxi", timing=timing | {"calendar": "cn_jx"}), moved)
