"""What an archive says, whole: every code as the word people read, every section, every order (JX-13)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from archive.domain.compose import career_content, term_content
from archive.domain.content import (
    Axis,
    Backfilled,
    CareerContent,
    Detail,
    DimensionRecords,
    Evaluated,
    KindRecords,
    Misconduct,
    Origin,
    Position,
    Profile,
    Radar,
    Record,
    Release,
    Replaced,
    SchoolAndClass,
    SectionHead,
    Statement,
    Table,
    TableGroup,
    TermContent,
    as_content,
    new_code,
)
from archive.domain.evaluations import Author, Evaluation
from archive.domain.material import Collected, HeldPosition, Material, counts, means, without_unarchived
from archive.domain.terms import BackfillOrigin
from pydantic import ValidationError

from .builders import read_content
from .rule_builders import (
    CLASS,
    NOW,
    PUPIL,
    TERM,
    a_context,
    a_file,
    a_student,
    a_term,
    an_archive,
    collected,
    reformed,
    scheme,
)

SERVICE = {
    "name": "敬老院志愿服务", "served": "老人", "starts_on": "2026-09-12", "ends_on": "2026-09-13", "hours": "4.5",
    "place": "东湖区敬老院", "account": "读报、打扫",
}  # fmt: skip
CONDUCT = {"category": "warning", "happened_on": "2026-09-20", "facts": "迟到多次", "decided_by": "政教处"}
FIRST, SECOND = "2026-2027学年第一学期", "2026-2027学年第二学期"


def score(subject: str, number: int, exam: str = "midterm", **changed: Any) -> Collected:
    data = {"exam": exam, "subject": subject, "score": "118", "full_mark": "150"} | changed
    return collected("exam_scores", data, number, origin="imported", level="school", title=subject)


def wrote(type: str, text: str, by: str, at: datetime = NOW) -> Evaluation:
    return Evaluation(UUID(int=8), TERM, PUPIL, CLASS, type, text, Author(UUID(int=9), by), at)


MATERIAL = Material(
    a_student(),
    records=(
        score("mathematics", 61),
        collected("misconduct", CONDUCT, 62, origin="imported", release=Release(released_on=date(2027, 1, 5), reason="已改正")),
        collected("volunteer_service", SERVICE | {"starts_on": "2026-10-01"}, 63, title="后来的"),
        collected("volunteer_service", SERVICE, 64, title="敬老院志愿服务", evidence=(a_file(), a_file())),
        score("chinese", 65, note="缺考"),
    ),
    positions=(
        HeldPosition("班长", "班级", date(2026, 9, 1), date(2027, 1, 31), "主持班会"),
        HeldPosition("课代表", None, date(2026, 10, 1), None, None),
    ),
    evaluations=((FIRST, wrote("self_evaluation", "我学会了坚持", "李晓雨", datetime(2027, 1, 9, 16, tzinfo=UTC))),),
)
VOLUNTEERING = Record(
    title="敬老院志愿服务", when="2026-09-12", source="学生填报", evidence=2, text="读报、打扫",
    details=(
        Detail(label="服务对象", value="老人"), Detail(label="结束日期", value="2026-09-13"),
        Detail(label="时长", value="4.5小时"),
        Detail(label="地点", value="东湖区敬老院"),
    ),
)  # fmt: skip
LATER = VOLUNTEERING.model_copy(update={"title": "后来的", "when": "2026-10-01", "evidence": 0})
COMMON: dict[str, Any] = {
    "document_no": "N-1", "version": 1, "code": "7K3M-9QXA-V2RT-0HNB-4WEC",
    "url": "https://zp.example/verify/7K3M-9QXA-V2RT-0HNB-4WEC", "made_at": NOW, "zone": "Asia/Shanghai",
    "origin": Origin(scheme="jiangxi", scheme_name="江西省普通高中学生综合素质评价方案", scheme_version="2026.1"),
    "place": SchoolAndClass(school="东湖实验中学", class_name="高二（1）班", region="江西省"),
    "student": Profile(
        name="李晓雨", sex="女", student_no="G360102********0011",
        details=(
            Detail(label="学校", value="东湖实验中学"), Detail(label="学段", value="高中（三年）"),
            Detail(label="所在地", value="江西省"),
        ),
    ),
    "positions": (
        Position(name="班长", scope="班级", period="2026 年 9 月至2027 年 1 月", duties="主持班会"),
        Position(name="课代表", period="2026 年 10 月起"),
    ),
    "misconduct": (
        Misconduct(
            happened_on=date(2026, 9, 20), what="迟到多次", measure="警告，政教处",
            release=Release(released_on=date(2027, 1, 5), reason="已改正"),
        ),
    ),
}  # fmt: skip
AXES = {"思想品德": 25.0, "学业水平": 0.0, "身心健康": 0.0, "艺术素养": 0.0, "社会实践": 0.0}


def picture(mean: dict[str, float]) -> Radar:
    axes = tuple(Axis(dimension=name, value=value, mean=mean.get(name)) for name, value in AXES.items())
    return Radar(unit="活跃度", full=100, axes=axes)


def heads(sections: Any) -> tuple[SectionHead, ...]:
    """The scheme's sections as a content names them."""
    return tuple(SectionHead(title=one.title, source=one.source) for one in sections)


@pytest.mark.feature("JX-13", "JX-02", "JX-11", "JX-14")
def test_a_term_archive_says_all_of_a_students_term_in_words() -> None:
    made = term_content(a_term(), MATERIAL, an_archive(), a_context(means={"moral": 31.5}))
    assert made == TermContent(
        **COMMON,
        title="李晓雨 2026-2027学年第一学期综合素质评价学期档案",
        document="综合素质评价学期档案",
        sections=heads(scheme().archives.term.sections),
        term=FIRST,
        radar=picture({"思想品德": 31.5}),
        dimensions=(
            DimensionRecords(dimension="思想品德", kinds=(KindRecords(kind="志愿服务", records=(VOLUNTEERING, LATER)),)),
            *(DimensionRecords(dimension=name) for name in ("学业水平", "身心健康", "艺术素养", "社会实践", "特色项目")),
        ),
        groups=(
            TableGroup(
                title="考试成绩",
                tables=(
                    Table(
                        title="考试成绩",
                        columns=("考试", "科目", "成绩", "满分", "备注"),
                        rows=(("期中考试", "语文", "118分", "150分", "缺考"), ("期中考试", "数学", "118分", "150分", "")),
                    ),
                ),
            ),
            TableGroup(title="身体基本情况与体质测评"),
        ),
        evaluations=(
            Evaluated(
                title="学期自评",
                statements=(Statement(text="我学会了坚持", author="李晓雨", written_on=date(2027, 1, 10)),),
            ),
            Evaluated(title="教师评语"),
        ),
    )


@pytest.mark.feature("JX-13", "JX-15")
def test_a_career_archive_says_of_which_term_each_thing_is() -> None:
    earlier = a_term(title=FIRST, starts_on=date(2025, 9, 1), ends_on=date(2026, 1, 20))
    made = career_content(
        a_term(), (a_term(), earlier), replace(MATERIAL, records=MATERIAL.records[:4]), an_archive(), a_context()
    )
    assert made == CareerContent(
        **COMMON,
        title="李晓雨 综合素质评价生涯档案",
        document="综合素质评价生涯档案",
        sections=heads(scheme().archives.career.sections),
        period="2025 年 9 月至2027 年 1 月",
        radar=picture({}),
        dimensions=(
            DimensionRecords(
                dimension="思想品德",
                kinds=(
                    KindRecords(
                        kind="志愿服务",
                        records=tuple(one.model_copy(update={"term": FIRST}) for one in (VOLUNTEERING, LATER)),
                        quota=2,
                    ),
                ),
            ),
            DimensionRecords(dimension="学业水平", kinds=made.dimensions[1].kinds),
            *(DimensionRecords(dimension=name) for name in ("身心健康", "艺术素养", "社会实践", "特色项目")),
        ),
        evaluations=(
            Evaluated(
                title="学期自评",
                statements=(Statement(text="我学会了坚持", author="李晓雨", written_on=date(2027, 1, 10), term=FIRST),),
            ),
            Evaluated(title="教师评语"),
        ),
        backfilled=False,
    )
    backfill = replace(earlier, backfill=OUTSIDE)
    assert career_content(a_term(), (a_term(), backfill), MATERIAL, an_archive(), a_context()).backfilled is True


OUTSIDE = BackfillOrigin(
    PUPIL, "湖南省", "长沙一中", date(2026, 8, 20), "校管理员", ("教师评语",), (("出生日期", "2009-08-17"), ("民族", "汉族"))
)


@pytest.mark.feature("JX-15")
def test_a_backfilled_term_says_where_it_was_spent_and_what_is_lacking() -> None:
    made = term_content(a_term(backfill=OUTSIDE), Material(a_student()), an_archive(), a_context(region=""))
    assert made.backfill == Backfilled(
        from_province="湖南省",
        from_school="长沙一中",
        transferred_on=date(2026, 8, 20),
        filled_by="校管理员",
        lacking=("教师评语",),
    )
    assert made.student.details == (
        Detail(label="学校", value="东湖实验中学"), Detail(label="学段", value="高中（三年）"),
        Detail(label="出生日期", value="2009-08-17"),
        Detail(label="民族", value="汉族"),
    )  # fmt: skip
    assert term_content(a_term(), Material(a_student()), an_archive(), a_context()).backfill is None


@pytest.mark.feature("X-10")
def test_a_corrected_version_says_which_one_it_replaces() -> None:
    old = Replaced(version=1, code="AAAA-AAAA-AAAA-AAAA-AAAA", reason="成绩有误")
    made = term_content(a_term(), Material(a_student(sex="其他")), an_archive(version=2), a_context(replaces=old))
    assert (made.version, made.replaces, made.student.sex) == (2, old, "其他")


@pytest.mark.feature("JX-13")
def test_sections_that_the_scheme_does_not_name_are_not_there() -> None:
    term = scheme().archives.term
    profile = term.model_copy(update={"sections": term.sections[:1]})
    made = term_content(a_term(scheme=reformed(term=profile)), MATERIAL, an_archive(), a_context())
    empty: tuple[Any, ...] = ()
    assert (made.positions, made.radar, made.dimensions, made.groups, made.evaluations, made.misconduct) == (
        empty, None, empty, empty, empty, empty,
    )  # fmt: skip


def axes_of(*names: str) -> Any:
    radar = scheme().archives.radar
    few = tuple(axis for axis in radar.axes if axis.dimension in names)
    return a_term(scheme=reformed(radar=radar.model_copy(update={"axes": few})))


def test_a_picture_has_at_least_three_axes() -> None:
    assert term_content(axes_of("moral", "health"), MATERIAL, an_archive(), a_context()).radar is None
    three = term_content(axes_of("moral", "health", "arts"), MATERIAL, an_archive(), a_context()).radar
    assert three is not None
    assert [axis.dimension for axis in three.axes] == ["思想品德", "身心健康", "艺术素养"]


def test_a_picture_has_at_most_ten_axes() -> None:
    radar = scheme().archives.radar
    kept = [term_content(a_term(scheme=many(radar, n)), MATERIAL, an_archive(), a_context()).radar for n in (10, 11)]
    assert kept[0] is not None
    assert len(kept[0].axes) == 10
    assert kept[1] is None


def many(radar: Any, number: int) -> Any:
    old = scheme()
    first = old.dimensions[0]
    ids = [f"d{n}" for n in range(number)]
    empty = first.model_copy(update={"kinds": ()})
    more = tuple(empty.model_copy(update={"id": name}) for name in ids)
    axes = tuple(radar.axes[0].model_copy(update={"dimension": name, "weights": {}}) for name in ids)
    archives = old.archives.model_copy(update={"radar": radar.model_copy(update={"axes": axes})})
    return old.model_copy(update={"dimensions": old.dimensions + more, "archives": archives})


FITNESS = {
    "tested_on": "2026-11-01", "bmi": "20.6", "lung_capacity": 3600, "run_50m": "7.8", "sit_and_reach": "12.5",
    "long_jump": 215, "strength": 12, "endurance": "4:05", "total": "82.5", "grade": "good",
}  # fmt: skip


def fitness(*data: dict[str, Any]) -> Table:
    records = tuple(collected("fitness_test", one, n) for n, one in enumerate(data))
    made = term_content(a_term(), Material(a_student(), records), an_archive(), a_context())
    [table] = made.groups[1].tables
    return table


@pytest.mark.feature("JX-05", "JX-13")
def test_a_wide_table_stands_upright_with_a_column_per_day() -> None:
    table = fitness(FITNESS | {"tested_on": "2026-12-01", "bmi": None}, FITNESS)
    assert table == Table(
        title="体质测评",
        columns=("项目", "2026-11-01", "2026-12-01"),
        rows=(
            ("体重指数（BMI）", "20.6", ""), ("肺活量", "3600毫升", "3600毫升"), ("50米跑", "7.8秒", "7.8秒"),
            ("坐位体前屈", "12.5厘米", "12.5厘米"), ("立定跳远", "215厘米", "215厘米"),
            ("引体向上（男）/一分钟仰卧起坐（女）", "12次", "12次"), ("1000米跑（男）/800米跑（女）", "4分5秒", "4分5秒"),
            ("总分", "82.5分", "82.5分"), ("等级", "良好", "良好"),
        ),
    )  # fmt: skip


@pytest.mark.feature("L-12", "L-13")
def test_results_in_words_and_durations_are_printed_as_a_school_writes_them() -> None:
    words = {"bmi": {"outcome": "not_measurable"}, "lung_capacity": {"outcome": "exempt"}, "endurance": "PT3M45S"}
    rows = dict(fitness(FITNESS | words | {"run_50m": "PT7.8S"}).rows)
    assert (rows["体重指数（BMI）"], rows["肺活量"], rows["50米跑"]) == ("无法测量", "免测", "7.8秒")
    assert rows["1000米跑（男）/800米跑（女）"] == "3分45秒"
    absent = (score("chinese", 61, score={"outcome": "absent"}, full_mark=None), score("mathematics", 62, score="0"))
    made = term_content(a_term(), Material(a_student(), absent), an_archive(), a_context())
    [table] = made.groups[0].tables
    assert sorted(row[2] for row in table.rows) == ["0分", "缺考"]


def test_an_upright_table_keeps_the_newest_eleven_and_names_a_row_without_a_day_a_result() -> None:
    many = [FITNESS | {"tested_on": f"2026-11-{day:02d}"} for day in range(1, 13)]
    assert fitness(*many).columns == ("项目", *(f"2026-11-{day:02d}" for day in range(2, 13)))
    assert fitness(FITNESS | {"tested_on": None}).columns == ("项目", "结果")


@pytest.mark.parametrize(("fields", "upright"), [(7, False), (8, True)])
def test_a_table_of_up_to_seven_columns_lies_flat(fields: int, upright: bool) -> None:
    table = fitness(dict(list(FITNESS.items())[:fields]))
    assert (table.columns[0] == "项目") is upright
    assert len(table.columns) == (2 if upright else fields)


def test_lines_are_cut_at_400_signs_and_an_empty_column_is_left_out() -> None:
    data = {"exam": "midterm", "subject": "chinese", "score": "1", "full_mark": "2", "note": "长" * 500, "credits": ""}
    made = term_content(a_term(), Material(a_student(), (collected("exam_scores", data),)), an_archive(), a_context())
    [table] = made.groups[0].tables
    assert table.columns == ("考试", "科目", "成绩", "满分", "备注")
    assert table.rows[0][4] == "长" * 400
    long = collected("volunteer_service", SERVICE, title="题" * 500)
    conduct = collected("misconduct", CONDUCT | {"decided_by": "处" * 500, "facts": ""}, 51, title="题目")
    made = term_content(a_term(), Material(a_student(), (long, conduct)), an_archive(), a_context())
    assert made.dimensions[0].kinds[0].records[0].title == "题" * 400
    [one] = made.misconduct
    assert (len(one.measure), one.what, one.release) == (400, "题目", None)
    [undated] = term_content(
        a_term(), Material(a_student(), (collected("misconduct", {"facts": "迟到"}),)), an_archive(), a_context()
    ).misconduct
    assert (undated.happened_on, undated.measure) == (None, "")


def test_what_a_record_lacks_is_left_out() -> None:
    empty = collected("volunteer_service", {"account": "", "served": None}, origin="entered")
    made = term_content(a_term(), Material(a_student(), (empty,)), an_archive(), a_context())
    assert made.dimensions[0].kinds[0].records == (Record(title="某事", source="学校录入"),)


@pytest.mark.feature("JX-13")
def test_records_go_by_term_day_and_title() -> None:
    def one(number: int, day: str, title: str, term: str = FIRST) -> Collected:
        return collected("volunteer_service", SERVICE | {"starts_on": day}, number, title=title, term=term)

    rows = (
        one(1, "2026-09-12", "乙"), one(2, "2026-09-12", "丙", SECOND), one(3, "2026-09-11", "丁"), one(4, "2026-09-12", "丙"),
        one(6, "2026-09-12", "乙"),
    )  # fmt: skip
    career = career_content(a_term(), (a_term(),), Material(a_student(), rows), an_archive(), a_context())
    shown = [(r.term, r.when, r.title) for r in career.dimensions[0].kinds[0].records]
    assert shown == [
        (FIRST, "2026-09-11", "丁"), (FIRST, "2026-09-12", "丙"), (FIRST, "2026-09-12", "乙"), (FIRST, "2026-09-12", "乙"),
        (SECOND, "2026-09-12", "丙"),
    ]  # fmt: skip


@pytest.mark.feature("JX-13")
def test_rows_of_scores_go_by_exam_and_subject_and_unknown_choices_last() -> None:
    records = (
        score("physics", 1, "final"),
        score("physics", 2),
        score("mystery", 3),
        score("chinese", 4, "final"),
        score("chinese", 5),
    )
    made = term_content(a_term(), Material(a_student(), records), an_archive(), a_context())
    [table] = made.groups[0].tables
    assert [row[:2] for row in table.rows] == [
        ("期中考试", "语文"), ("期中考试", "物理"), ("期中考试", "mystery"), ("期末考试", "语文"), ("期末考试", "物理"),
    ]  # fmt: skip


def test_a_scheme_without_a_career_archive_makes_none() -> None:
    with pytest.raises(ValueError, match="the scheme has no career archive"):
        career_content(a_term(scheme=reformed(career=None)), (a_term(),), MATERIAL, an_archive(), a_context())


def test_what_is_never_archived_does_not_enter_and_the_rest_counts_per_kind() -> None:
    old = scheme()
    never = tuple(
        it.model_copy(
            update={"kinds": tuple(k.model_copy(update={"archive": "never"}) if k.id == "exam_scores" else k for k in it.kinds)}
        )
        for it in old.dimensions
    )
    rules = type(old)(**{name: getattr(old, name) for name in type(old).model_fields} | {"dimensions": never})
    entered = without_unarchived(rules, MATERIAL)
    assert counts(entered.records) == {"misconduct": 1, "volunteer_service": 2}
    assert entered.positions == MATERIAL.positions
    assert counts(MATERIAL.records) == {"exam_scores": 2, "misconduct": 1, "volunteer_service": 2}


def test_the_means_of_a_class_have_one_digit() -> None:
    service = collected("volunteer_service", SERVICE)
    per_student = [(service,) * 3, (service,), ()]
    assert means(scheme(), per_student) == {"moral": 16.7, "academic": 0.0, "health": 0.0, "arts": 0.0, "practice": 0.0}
    assert means(scheme(), []) == {}


@pytest.mark.feature("JX-12", "X-13")
def test_evaluations_are_dated_on_the_schools_clock() -> None:
    written = wrote("self_evaluation", "我学会了坚持", "李晓雨", datetime(2027, 1, 10, 17, tzinfo=UTC))
    material = replace(MATERIAL, evaluations=((FIRST, written),))
    made = [
        term_content(a_term(time_zone=zone), material, an_archive(), a_context()) for zone in ("Asia/Shanghai", "Asia/Urumqi")
    ]
    assert [one.evaluations[0].statements[0].written_on for one in made] == [date(2027, 1, 11), date(2027, 1, 10)]


def test_a_content_is_frozen_holds_nothing_unknown_and_keeps_to_its_lengths() -> None:
    made = term_content(a_term(), MATERIAL, an_archive(), a_context())
    with pytest.raises(ValidationError, match="frozen"):
        made.title = "别的"
    values = made.model_dump()
    for wrong in (
        {"mood": "好"}, {"title": "长" * 401}, {"version": 0}, {"code": "1234"}, {"made_at": datetime(2027, 1, 10)},  # noqa: DTZ001
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            TermContent(**(values | wrong))
    assert TermContent(**(values | {"title": "长" * 400})).title == "长" * 400
    for columns in ((), ("列",) * 13):
        with pytest.raises(ValidationError):
            Table(title="表", columns=columns)
    assert len(Table(title="表", columns=("列",) * 12).columns) == 12
    axis = Axis(dimension="思想品德", value=0)
    for number in (2, 11):
        with pytest.raises(ValidationError):
            Radar(unit="活跃度", axes=(axis,) * number)
    for lower in ({"value": -1}, {"value": 1, "mean": -1}):
        with pytest.raises(ValidationError):
            Axis(dimension="思想品德", **lower)
    with pytest.raises(ValidationError):
        Record(title="某事", evidence=-1)
    with pytest.raises(ValidationError):
        Radar(unit="活跃度", full=0, axes=(axis,) * 3)


def test_a_signed_content_is_read_back_as_what_it_was() -> None:
    term = term_content(a_term(), MATERIAL, an_archive(), a_context())
    career = career_content(a_term(), (a_term(),), MATERIAL, an_archive(), a_context())
    assert [read_content(as_content(one)) for one in (term, career)] == [term, career]
    assert [as_content(one)["kind"] for one in (term, career)] == ["term", "career"]
    codes = {new_code() for _ in range(300)}
    assert len(codes) == 300
    assert set("".join(codes)) - {"-"} == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert {tuple(map(len, code.split("-"))) for code in codes} == {(4,) * 5}
