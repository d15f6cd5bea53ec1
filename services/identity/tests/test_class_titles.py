"""Classes keep the school's own titles: which two titles are one class, and in what order they are (L-07)."""

import pytest
from identity.domain.organisations import NewOrganisationInput, Organisation, grade_of, new_organisation
from identity.domain.roster.classes import Classes, title_key

SCHOOL = new_organisation(
    Organisation("jx.nc.dh", "东湖区", None, "jiangxi", "2026.1", "Asia/Shanghai", "360102"), NewOrganisationInput("s1", "一中")
)


def same(one: str, other: str) -> bool:
    return title_key(one, 2025).same(title_key(other, 2025))


@pytest.mark.feature("L-07")
@pytest.mark.parametrize(
    "title",
    [
        "5", "05", "5班", "05班", "（5）班", "(5) 班", "５班", "五班", "高一(5)班", "高二（5）班", "高一5班",
        "高一年级5班", "高一年级（五）班",
        "2025级5班", "2025级高一(5)班", "2028届5班", "高中一年级5班", "高一-5班", "5 班", "5班级",
    ],
)  # fmt: skip
def test_a_title_that_says_only_the_number_is_the_class_with_this_number(title: str) -> None:
    assert same(title, "5班")
    assert title_key(title, 2025).number == 5


@pytest.mark.feature("L-07")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("实验5班", "5班"), ("普通5班", "5班"), ("实验5班", "普通5班"), ("701", "1班"), ("701班", "702班"),
        ("国际部A班", "国际部B班"),
        ("15班", "5班"), ("十五班", "五班"), ("高一(5)班", "初一(5)班"), ("七年级5班", "高一5班"),
        ("2024级5班", "5班"), ("5A班", "5班"),
        ("实验5班", "实验15班"), ("火箭班", "实验班"), ("理科1班", "文科1班"), ("七(3)班", "七(13)班"),
        ("高一实验班", "初一实验班"),
    ],
)  # fmt: skip
def test_two_different_titles_are_two_classes(one: str, other: str) -> None:
    assert not same(one, other)


@pytest.mark.feature("L-07")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("七(3)班", "3班"), ("七年级三班", "七（3）班"), ("73班", "73"), ("实验（5）班", "实验5班"),
        ("国际部Ａ班", "国际部a班"), ("实验 5 班", "实验05班"),
        ("高一实验班", "高二实验班"), ("701", "701班"), ("十一班", "11班"), ("二十班", "20班"), ("九年级(12)班", "初三12班"),
    ],
)  # fmt: skip
def test_two_spellings_of_a_title_are_one_class(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.feature("L-07")
def test_labels_follow_the_number_and_titles_stay_as_entered() -> None:
    classes = Classes(SCHOOL)
    made = [
        classes.find(2025, title, n) for n, title in enumerate(["实验5班", "普通5班", "5班", "701", "国际部A班", "(5)班"], 1)
    ]
    assert [(o.path.rpartition(".")[2], o.title) for o in made] == [
        ("x01", "实验5班"), ("x02", "普通5班"), ("c05", "5班"), ("c701", "701"), ("x03", "国际部A班"), ("c05", "5班"),
    ]  # fmt: skip
    assert [o.title for o in classes.added] == ["2025级", "实验5班", "普通5班", "5班", "701", "国际部A班"]
    assert list(classes.positions.values()) == [1, 2, 3, 4, 5]


def test_a_new_class_finds_a_free_label_and_comes_after_the_ordered_ones() -> None:
    grade = grade_of(SCHOOL, 2025)
    senior = Organisation(f"{grade.path}.c05", "高一(5)班", None, None, None, "Asia/Shanghai", None, position=3)
    classes = Classes(SCHOOL, {2025: grade}, {2025: [senior]})
    assert classes.find(2025, "5班", 1) is senior
    junior = classes.find(2025, "初一(5)班", 1)
    assert (junior.path, junior.title) == (f"{grade.path}.x01", "初一(5)班")
    assert classes.positions == {junior.path: 4}
    assert classes.ambiguous(2025, "5班")
    assert not classes.ambiguous(2025, "高一5班")
    assert [o.path for o in classes.added] == [junior.path]


@pytest.mark.feature("L-07")
@pytest.mark.parametrize("title", ["第1班", "第一班", "25级1班", "高2025级1班", "2025级(1)班", "28届1班"])
def test_an_ordinal_or_a_cohort_before_the_number_is_the_same_class_in_every_stage(title: str) -> None:
    for other in ("1班", "七年级1班", "高一1班"):
        assert title_key(title, 2025).same(title_key(other, 2025))
