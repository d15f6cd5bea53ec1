"""Invented names and numbers of realistic form; no data of real people. Deterministic by seed."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from demo.deployments import JIANGXI, Deployment

_FAMILY = (
    "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜"
    "崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严欧莫孔向汤"
)
_BOYS = (
    "浩然 子轩 宇航 俊杰 文博 天佑 思远 明哲 嘉懿 煜城 懿轩 烨伟 苑博 伟泽 熠彤 鸿煊 博涛 烨霖 "
    "正豪 昊然 立诚 立轩 弘文 熠彤 哲瀚 雨泽 楷瑞 建辉 晋鹏 志泽 子默 绍辉 越彬 梓睿 昊强 鹏涛 "
    "国豪 致远"
)
_GIRLS = (
    "欣怡 梓涵 诗琪 雨桐 可馨 佳慧 思雨 梦瑶 若曦 雅婷 语嫣 诗涵 紫萱 静怡 晓彤 雪莹 婧琪 梦洁 "
    "凌薇 美莲 雅静 雪丽 韵寒 莉姿 沛玲 欣妍 歆瑶 凌菲 靖瑶 瑾萱 佑怡 婳祎 檀雅 若翾 熙雯 语诗 "
    "芷若 清妍"
)
_MEN = "建国 志强 永军 国平 文明 卫东 立新 建华 德胜 俊峰 晓东 世杰 国强 光明 海涛 少华"
_WOMEN = "秀英 丽华 海燕 桂芳 玉兰 春梅 红霞 小红 淑珍 金花 爱民 月娥 慧敏 雪梅 艳红 凤英"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SURNAMES_OF_TWO = ("欧阳", "上官", "司马", "诸葛")


def id_number(area: str, born: date, serial: int) -> str:
    """A valid ID number: area, birth date, serial (odd: male), check character (GB 11643)."""
    body = f"{area}{born:%Y%m%d}{serial:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


@dataclass(frozen=True)
class StudentData:
    """The data of a pupil and their guardian."""

    name: str
    sex: str
    born: date
    id_number: str
    registry_number: str
    student_number: str
    entry_year: int
    class_name: str
    guardian_name: str
    guardian_relation: str
    guardian_phone: str
    guardian_id_number: str


@dataclass(frozen=True)
class TeacherData:
    """The data of a member of staff."""

    name: str
    phone: str
    role: str
    entry_year: int | None = None
    class_name: str | None = None


@dataclass
class SchoolData:
    """The data of a school and its people."""

    code: str
    title: str
    students: list[StudentData] = field(default_factory=list)
    teachers: list[TeacherData] = field(default_factory=list)


class PeopleGenerator:
    """Generates people; the same seed gives the same people."""

    def __init__(self, seed: int = 20260901, run: int = 0, age: int = 16, area: str = "36") -> None:
        """age: of pupils, in years, in the year of entry. area: the first two digits of ID numbers."""
        self.random = random.Random(seed + run)
        self._run = run
        self._age = age
        self._area = area
        self._phones = 0
        self._serial = 0

    def name(self, given: str) -> str:
        """A random family name with one of the given names."""
        family = self.random.choice(SURNAMES_OF_TWO) if self.random.random() < 0.01 else self.random.choice(_FAMILY)
        return family + self.random.choice(given.split())

    def phone(self) -> str:
        """A mobile phone number; unique."""
        self._phones += 1
        return f"1{30 + self._run % 60}{self._phones:08d}"

    def student(self, number: int, entry_year: int, class_name: str) -> StudentData:
        """A pupil of a class."""
        boy = self.random.random() < 0.5
        born = date(entry_year - self._age, 9, 1) + timedelta(days=self.random.randrange(365))
        self._serial += 1
        serial = (self._serial * 2 + boy) % 1000
        area = f"{self._area}{1 + self._run % 11:02d}{2 + self._serial // 400 % 20:02d}"
        mother = self.random.random() < 0.6
        grown = born - timedelta(days=365 * 27 + self.random.randrange(2000))
        number_of = id_number(area, born, serial)
        return StudentData(
            name=self.name(_BOYS if boy else _GIRLS),
            sex="男" if boy else "女",
            born=born,
            id_number=number_of,
            registry_number=f"G{number_of[:17]}{self._serial % 10}",
            student_number=f"{entry_year}{number:04d}",
            entry_year=entry_year,
            class_name=class_name,
            guardian_name=self.name(_WOMEN if mother else _MEN),
            guardian_relation="母亲" if mother else "父亲",
            guardian_phone=self.phone(),
            guardian_id_number=id_number(area, grown, (self._serial * 2 + (not mother)) % 1000),
        )

    def teacher(self, role: str, entry_year: int | None = None, class_name: str | None = None) -> TeacherData:
        """A member of staff."""
        return TeacherData(self.name(self.random.choice((_MEN, _WOMEN))), self.phone(), role, entry_year, class_name)


def schools(
    students: int, seed: int = 20260901, run: int = 0, class_size: int = 50, deployment: Deployment = JIANGXI
) -> list[SchoolData]:
    """The deployment's schools with together `students` students: in its classes, or in as many of at most `class_size` as
    are needed."""
    maker = PeopleGenerator(seed, run, deployment.age, deployment.area)
    found = [SchoolData(code, title) for code, title in deployment.schools]
    for index, school in enumerate(found):
        pupils = (students + len(found) - 1 - index) // len(found)
        classes = deployment.classes or tuple((2025, f"{n}班") for n in range(1, max(1, -(-pupils // class_size)) + 1))
        for number, (entry_year, class_name) in enumerate(classes, 1):
            size = pupils // len(classes) + (number <= pupils % len(classes))
            school.teachers.append(maker.teacher(deployment.class_teacher, entry_year, class_name))
            school.students += [maker.student(number * 100 + n, entry_year, class_name) for n in range(1, size + 1)]
        if not deployment.classes:
            school.teachers.append(maker.teacher("任课教师", 2025, "1班"))
        school.teachers += [maker.teacher(role) for role in deployment.staff]
    return found
