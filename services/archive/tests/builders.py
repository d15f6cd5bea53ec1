"""Builders for tests: a term archive as a real one looks, and a career archive."""

from datetime import UTC, date, datetime
from typing import Any

from archive.domain.content import (
    Axis,
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
    SchoolAndClass,
    Statement,
    Table,
    TableGroup,
    TermContent,
)

MADE_AT = datetime(2026, 1, 20, 8, 30, tzinfo=UTC)
CODE = "7K3M-9QXA-V2RT-0HNB-4WEC"
ORIGIN = Origin(scheme="jx", scheme_name="江西省普通高中学生综合素质评价方案", scheme_version="2025.1")
STUDENT = Profile(
    name="李晓雨",
    sex="女",
    student_no="G360102********1028",
    details=(
        Detail(label="教育ID", value="3601250018427"),
        Detail(label="出生日期", value="2009 年 8 月 17 日"),
        Detail(label="民族", value="汉族"),
        Detail(label="入学时间", value="2025 年 9 月"),
    ),
)
SCHOOL_AND_CLASS = SchoolAndClass(school="南昌市东湖实验中学", class_name="高一（3）班", region="江西省南昌市东湖区")


def a_record(n: int, title: str = "社区图书角志愿整理", term: str = "") -> Record:
    """A volunteer morning, described in two sentences."""
    return Record(
        title=title,
        when=f"2025-{9 + n % 4:02d}-{1 + n % 27:02d}",
        term=term,
        source="学生填报，班主任审核",
        details=(
            Detail(label="地点", value="东湖区百花洲街道社区服务中心"),
            Detail(label="时长", value=f"{2 + n % 3} 小时"),
            Detail(label="角色", value="志愿者"),
        ),
        text="与同学一起将捐赠的二百余册图书分类、贴签、登记上架，并为前来借阅的孩子讲解借阅办法。",
        evidence=1 + n % 3,
    )


def some_dimensions(records: int, term: str = "", quota: int | None = None) -> tuple[DimensionRecords, ...]:
    """`records` records over five dimensions; the last dimension has nothing to report."""
    kinds = {
        "思想品德": [("志愿服务", "社区图书角志愿整理"), ("党团活动", "“青春向党”主题团日")],
        "学业水平": [("研究性学习", "赣江南昌段水质的季节变化观察"), ("学科竞赛", "全国中学生英语能力竞赛（校级）")],
        "身心健康": [("体育活动", "秋季田径运动会女子 800 米"), ("心理健康", "同伴沟通团体辅导")],
        "艺术素养": [("艺术活动", "校园合唱节《我和我的祖国》领唱")],
    }
    flat = [(dimension, kind, title) for dimension, several in kinds.items() for kind, title in several]
    counts = [records // len(flat) + (i < records % len(flat)) for i in range(len(flat))]
    return (
        *(
            DimensionRecords(
                dimension=dimension,
                kinds=tuple(
                    KindRecords(kind=k, quota=quota, records=tuple(a_record(i, title, term) for i in range(n)))
                    for (d, k, title), n in zip(flat, counts, strict=True)
                    if d == dimension
                ),
            )
            for dimension in kinds
        ),
        DimensionRecords(dimension="社会实践", nothing="本学期无可报告事项（本人确认）"),
    )


SCORES = Table(
    title="期末考试成绩",
    columns=("科目", "平时", "期中", "期末", "总评"),
    rows=tuple(
        (subject, str(80 + i), str(78 + 2 * i), str(84 + i), str(82 + i))
        for i, subject in enumerate(("语文", "数学", "英语", "物理", "化学", "生物", "思想政治", "历史", "地理"))
    ),
    note="由班主任导入，2026 年 1 月 12 日确认。",
)
FITNESS = Table(
    title="体质测评",
    columns=("项目", "成绩", "得分", "等级"),
    rows=(
        ("肺活量", "3120 毫升", "85", "良好"),
        ("50 米跑", "8.9 秒", "78", "及格"),
        ("坐位体前屈", "18.2 厘米", "90", "优秀"),
    ),
)
BODY = Table(
    title="基本情况",
    columns=("身高", "体重", "视力（左）", "视力（右）"),
    rows=(("163.5 厘米", "51.2 千克", "4.9", "5.0"),),
)
RADAR = Radar(
    unit="公示记录数",
    axes=(
        Axis(dimension="思想品德", value=6, mean=5.2),
        Axis(dimension="学业水平", value=4, mean=4.6),
        Axis(dimension="身心健康", value=3, mean=3.1),
        Axis(dimension="艺术素养", value=2, mean=2.4),
        Axis(dimension="社会实践", value=0, mean=1.8),
    ),
)
SELF = Statement(
    text="这一学期，我最大的收获是学会了把一件事做完。九月开始整理社区图书角时，我以为只是搬书贴签，"
    "后来才发现要让别人找得到书，先得弄清楚他们怎样找书。\n数学仍是我的短板，期中之后我每天留出半小时订正错题，"
    "期末有了进步。下学期希望在研究性学习中承担数据处理的部分。",
    author="李晓雨",
    written_on=date(2026, 1, 14),
)
COMMENT = Statement(
    text="该生待人真诚，做事有始有终。社区志愿服务中主动承担最琐碎的登记工作，毫无怨言；课堂上善于提问，"
    "能与同学分享思路。希望在数学学习中多一些耐心，相信会有更大的进步。",
    author="王建国",
    written_on=date(2026, 1, 16),
)
MISCONDUCT = (
    Misconduct(
        happened_on=date(2025, 10, 9),
        what="晚自习无故缺席一次",
        measure="口头警告",
        release=Release(released_on=date(2025, 12, 20), reason="此后表现良好，全勤"),
    ),
    Misconduct(happened_on=date(2025, 11, 3), what="未经许可携带手机进入考场", measure="通报批评"),
)


def a_term_archive(records: int = 15, **changes: object) -> TermContent:
    """A full term archive with `records` records."""
    archive = TermContent(
        title="李晓雨 2025—2026学年第一学期综合素质评价学期档案",
        document_no="JX-DH01-2025A-000137",
        version=1,
        code=CODE,
        url=f"https://zp.example.edu.cn/v/{CODE}",
        made_at=MADE_AT,
        origin=ORIGIN,
        school_and_class=SCHOOL_AND_CLASS,
        student=STUDENT,
        term="2025—2026学年第一学期",
        positions=(Position(name="学习委员", period="2025 年 9 月至 2026 年 1 月", duties="组织晚自习答疑"),),
        radar=RADAR,
        dimensions=some_dimensions(records),
        groups=(
            TableGroup(title="考试成绩", tables=(SCORES,)),
            TableGroup(title="身体基本情况与体质测评", tables=(FITNESS, BODY)),
        ),
        evaluations=(
            Evaluated(title="学期自评", statements=(SELF,)),
            Evaluated(title="教师评语", statements=(COMMENT,)),
        ),
        misconduct=MISCONDUCT,
    )
    return archive.model_copy(update=changes)


def an_empty_term_archive() -> TermContent:
    """A student about whom nothing was recorded."""
    full = a_term_archive(0)
    return full.model_copy(
        update={
            "dimensions": (),
            "positions": (),
            "misconduct": (),
            "radar": None,
            "groups": tuple(TableGroup(title=group.title) for group in full.groups),
            "evaluations": tuple(Evaluated(title=one.title) for one in full.evaluations),
        }
    )


def a_career_archive() -> CareerContent:
    """Three years, two of each kind."""
    return CareerContent(
        title="李晓雨 综合素质评价生涯档案",
        document_no="JX-DH01-2028-000137",
        version=1,
        code=CODE,
        url=f"https://zp.example.edu.cn/v/{CODE}",
        made_at=datetime(2028, 6, 1, 1, 5, tzinfo=UTC),
        origin=ORIGIN,
        school_and_class=SCHOOL_AND_CLASS.model_copy(update={"class_name": "高三（3）班"}),
        student=STUDENT,
        period="2025 年 9 月至 2028 年 6 月",
        radar=RADAR,
        dimensions=some_dimensions(14, term="高一上", quota=2),
        evaluations=(
            Evaluated(title="学期自评", statements=(SELF.model_copy(update={"term": "高一上学期"}),)),
            Evaluated(title="教师评语", statements=(COMMENT.model_copy(update={"term": "高一上学期"}),)),
        ),
    )


def read_content(content: dict[str, Any]) -> TermContent | CareerContent:
    """The signed content of an archive from its JSON; pydantic.ValidationError if it is none."""
    model = CareerContent if content.get("kind") == "career" else TermContent
    return model.model_validate(content)
