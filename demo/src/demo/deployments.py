"""The deployments whose term the demo can run: their offices, schools and classes. All names are invented."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Office:
    """An organisation above schools: the code in its path, its name, and the name of its administrator's role."""

    code: str
    title: str
    administrator: str


@dataclass(frozen=True)
class Deployment:
    """A scheme in its region.

    schools: code and title. classes: of every school, the pupils' year of entry and the title. age: in years, in the year of
    entry. area: the first two digits of ID numbers. staff: more roles of a school's roster. appointed: roles to which
    the school's administrator appoints somebody, as the scheme calls them. class_teacher: what it calls whoever has a class.
    """

    scheme_id: str
    stage: str
    province: Office
    city: Office
    district: Office
    schools: tuple[tuple[str, str], ...]
    age: int
    area: str
    classes: tuple[tuple[int, str], ...] = ()
    staff: tuple[str, ...] = ("校长",)
    appointed: tuple[str, ...] = ()
    class_teacher: str = "班主任"
    version: str = "2026.1"


JIANGXI = Deployment(
    "jiangxi",
    "senior_secondary",
    Office("jx", "江西省", "省管理员"),
    Office("nc", "南昌市", "市管理员"),
    Office("hgt", "红谷滩区", "县（区）管理员"),
    (("nyfz", "赣江大学附属中学"), ("bl", "滕王阁高级中学")),
    age=16,
    area="36",
)
CHANGSHA = Deployment(
    "changsha",
    "junior_secondary",
    Office("hn", "湖南省", "省管理员"),
    Office("cs", "长沙市", "市管理员"),
    Office("yl", "岳麓区", "区管理员"),
    (("xj", "湘江岸初级中学"),),
    age=12,
    area="43",
    classes=((2023, "1班"), (2023, "2班")),
    staff=(),
    appointed=("公示审核小组",),
)
BAOSHAN = Deployment(
    "baoshan",
    "junior_secondary",
    Office("sh", "上海市", "市教委管理员"),
    Office("sz", "上海市", "市级管理员"),
    Office("bs", "宝山区", "区级管理员"),
    (("wsk", "吴淞口初级中学"),),
    age=11,
    area="31",
    classes=((2022, "九(1)班"), (2024, "七(1)班")),
    appointed=("校级录入员", "校级审核员"),
)
BEIJING = Deployment(
    "beijing",
    "junior_secondary",
    Office("bj", "北京市", "市教委管理员"),
    Office("bjs", "北京市", "市级管理员"),
    Office("hd", "海淀区", "区级管理员"),
    (("ymy", "圆明园初级中学"),),
    age=12,
    area="11",
    classes=((2024, "1班"), (2024, "2班")),
    staff=(),
)
ZONGYANG = Deployment(
    "zongyang",
    "junior_secondary",
    Office("ah", "安徽省", "省管理员"),
    Office("tl", "铜陵市", "市管理员"),
    Office("zy", "枞阳县", "县管理员"),
    (("fs", "浮山初级中学"),),
    age=12,
    area="34",
    classes=((2023, "1班"), (2023, "2班")),
    appointed=("学校评价小组",),
)
DEPLOYMENTS = {it.scheme_id: it for it in (JIANGXI, CHANGSHA, BAOSHAN, BEIJING, ZONGYANG)}
