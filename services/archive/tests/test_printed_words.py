"""Words of an archive that come from stored values: times, who wrote a record, the school's region. No I/O."""

import pytest
from archive.domain.compose import region_name, term_content
from archive.domain.content import TermContent
from archive.domain.material import Material

from .rule_builders import a_context, a_student, a_term, an_archive, collected, scheme

SERVED = {"place": "烈士公园", "starts_at": "2026-10-07T23:36:14.516988+00:00", "ends_at": "2026-10-08T01:00:00+00:00"}


def made_of(deployment: str, kind: str, data: dict[str, object], **changed: object) -> TermContent:
    """The archive of a student with one record."""
    known = scheme(deployment)
    one = collected(kind, data, dimension=known.dimension_of(kind).id, **changed)
    return term_content(a_term(scheme=known), Material(a_student(), (one,)), an_archive(), a_context())


@pytest.mark.feature("CS-06")
def test_a_time_is_printed_to_the_minute_as_the_school_knows_it() -> None:
    made = made_of("changsha", "public_welfare", SERVED)
    [record] = next(kind for one in made.dimensions for kind in one.kinds).records
    shown = {detail.label: detail.value for detail in record.details}
    assert (shown["活动开始时间"], shown["活动结束时间"]) == ("2026-10-08 07:36", "2026-10-08 09:00")


@pytest.mark.feature("SH-04")
@pytest.mark.parametrize(
    ("origin", "level", "words"),
    [
        ("reported", "student", "学生填报"),
        ("imported", "school", "学校导入"),
        ("entered", "student", "学校录入"),
        ("entered", "district", "区县录入"),
        ("entered", "city", "市级录入"),
    ],
)
def test_a_record_says_which_level_wrote_it(origin: str, level: str, words: str) -> None:
    made = made_of("changsha", "public_welfare", SERVED, origin=origin, level=level)
    [record] = next(kind for one in made.dimensions for kind in one.kinds).records
    assert record.source == words


@pytest.mark.parametrize(
    ("titles", "region"),
    [
        (["江西省", "南昌市", "东湖区"], "江西省南昌市东湖区"),
        (["上海市", "上海市", "宝山区"], "上海市宝山区"),
        (["上海市", "市辖区", "宝山区"], "上海市宝山区"),
        (["江西省", "江西省南昌市", "江西省南昌市东湖区"], "江西省南昌市东湖区"),
        (["海南省", "省直辖县级行政区划", "琼海市"], "海南省琼海市"),
        ([], ""),
    ],
)
def test_a_region_says_nothing_twice_and_leaves_out_what_is_no_region(titles: list[str], region: str) -> None:
    assert region_name(titles) == region
