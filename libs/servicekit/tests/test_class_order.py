"""The order of classes: by grade, the school's own order, and the natural order of their titles (L-07)."""

import random

import pytest
from contracts.identity import OrganisationCreatedV1
from people import natural_key
from servicekit.directory.ordering import ordering

SCHOOL = "jx.nc.dh.s1"


@pytest.mark.feature("L-07")
@pytest.mark.parametrize(
    "titles",
    [
        ["一班", "二班", "三班", "九班", "十班", "十一班", "十九班", "二十班", "二十一班"],
        ["1班", "2班", "9班", "10班", "11班", "100班"],
        ["第一班", "2班", "（3）班", "４班", "五班", "第10班"],
        ["高一(1)班", "高一（2）班", "高一(3)班", "高一(10)班", "高二(1)班", "高三(1)班"],
        ["七年级(1)班", "七年级(12)班", "八年级(1)班", "九年级(2)班"],
        ["701", "702", "710", "801"],
        ["1班", "2班", "10班", "实验1班", "实验2班", "实验10班"],
        ["东校区1班", "东校区2班", "东校区10班", "西校区1班", "西校区十班"],
        ["国际部A班", "国际部b班", "国际部C班"],
    ],
)
def test_titles_are_in_the_order_in_which_people_count(titles: list[str]) -> None:
    shuffled = random.Random(7).sample(titles, len(titles))
    assert sorted(shuffled, key=natural_key) == titles


@pytest.mark.feature("L-07")
def test_classes_come_by_grade_then_position_then_title_and_no_two_have_one_key() -> None:
    wanted = [
        (f"{SCHOOL}.g2024.c09", "9班", None), (f"{SCHOOL}.g2025.x02", "国际部A班", 1), (f"{SCHOOL}.g2025.c01", "一班", 2),
        (f"{SCHOOL}.g2025.c10", "十班", 10), (f"{SCHOOL}.g2025.x09", "2班", None), (f"{SCHOOL}.g2025.x03", "10班", None),
        (f"{SCHOOL}.g2025.c1", "实验1班", None), (f"{SCHOOL}.g2025.c2", "实验1班", None),
        (f"{SCHOOL}.g2025_primary.c01", "1班", 1),
    ]  # fmt: skip
    keys = [str(ordering(*one)).split(".") for one in wanted]  # ltree compares label by label
    assert keys == sorted(keys)
    assert len({".".join(key) for key in keys}) == len(wanted)
    assert all(label.isascii() and len(label) <= 255 for key in keys for label in key)
    assert len(str(ordering(f"{SCHOOL}.g2025.c01", "很长的班级名称" * 60, None)).split(".")[-2]) <= 255
    assert (ordering(SCHOOL, "一中", None), ordering(f"{SCHOOL}.g2025", "2025级", None)) == (None, None)


@pytest.mark.feature("L-07")
def test_an_event_of_an_older_release_has_no_position() -> None:
    old = {
        "path": f"{SCHOOL}.g2025.c01", "level": "class", "title": "一班", "stage": None, "scheme_id": None,
        "scheme_version": None, "time_zone": "Asia/Shanghai", "version": 1,
    }  # fmt: skip
    assert OrganisationCreatedV1.model_validate(old).position is None
