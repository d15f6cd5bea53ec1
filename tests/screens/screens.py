"""Every screen of the client: its route, who looks at it, and where the id in its address is found.

`test_gallery.py` compares the routes with those of the client, so a new one needs a line here.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
_PATH = re.compile(r"^\s*(?:\{\s*)?path:\s*'([^']+)'", re.M)
_PARAMETER = re.compile(r":\w+")

NOBODY = "未登录"
PEOPLE = {
    "学生": ("学生", 0),
    "家长": ("家长", 0),
    "班主任": ("班主任", 0),
    "任课教师": ("任课教师", 0),
    "校管理员": ("校管理员", 0),
    "校长": ("校长", 0),
    "公示期的学生": ("学生", 1),
    "公示期的班主任": ("班主任", 1),
    "公示期的校管理员": ("校管理员", 1),
    "县（区）": ("县（区）管理员", 0),
    "省": ("省管理员", 0),
    "长沙的学生": ("学生", 2),
    "长沙的班主任": ("班主任", 2),
    "长沙的审核小组": ("公示审核小组", 0),
    "长沙的校管理员": ("校管理员", 2),
    "宝山的学生": ("学生", 3),
    "宝山的校长": ("校长", 2),
    "宝山的校管理员": ("校管理员", 3),
    "宝山的班主任": ("班主任", 3),
    "宝山的家长": ("家长", 3),
    "宝山的录入员": ("校级录入员", 0),
    "宝山的审核员": ("校级审核员", 0),
    "宝山区的录入员": ("区级录入员", 0),
    "宝山区的审核员": ("区级审核员", 0),
    "宝山区": ("区级管理员", 0),
    "北京的学生": ("学生", 4),
    "北京的班主任": ("班主任", 4),
    "北京的学生处": ("学生处", 0),
    "北京的家长": ("家长", 4),
    "北京的校管理员": ("校管理员", 4),
}
"""Who looks at screens: the title of the demo's account, and the place among those with this title: the second school has
its publicity open; the schools of Changsha, Baoshan and Beijing come after those of Jiangxi."""
ABOVE = ("县（区）", "省")


@dataclass(frozen=True)
class Screen:
    """One route. `people`: who looks at it; the states without content are drawn for the first one only.

    `via`: the page on which a link to it stands. `large`: also in large type.
    """

    route: str
    people: tuple[str, ...]
    via: str | None = None
    large: bool = False

    @property
    def name(self) -> str:
        """The route as the name of a file."""
        return re.sub(r"[^\w]+", "-", self.route).strip("-")

    def matches(self, address: str) -> bool:
        """Does an address belong to this route, and to none without a parameter?"""
        path = urlsplit(address).path
        if path != self.route and path in {screen.route for screen in SCREENS}:
            return False
        return re.fullmatch(_PARAMETER.sub(r"[^/]+", self.route), path) is not None


SCREENS = (
    Screen("/sign-in", (NOBODY,), large=True),
    Screen("/first-sign-in", (NOBODY,)),
    Screen("/set-password", ()),  # only for whom somebody set a password; a journey looks at it
    Screen("/forgotten", (NOBODY,)),
    Screen("/education-id", (NOBODY,)),
    Screen("/register", (NOBODY,)),
    Screen("/forgotten/:id", (NOBODY,), via="0197a5f0-0000-7000-8000-000000000000"),
    Screen("/home", ("学生", "宝山的学生"), large=True),
    Screen("/children", ("家长", "宝山的家长"), large=True),
    Screen("/report", ("学生", "家长", "任课教师")),
    Screen("/report/:kind", ("学生",), via="/report", large=True),
    Screen("/records", ("学生", "家长")),
    Screen("/records/:id", ("学生", "家长"), via="/records"),
    Screen("/records/:id/edit", ("学生",), via="/records"),
    Screen("/positions", ("学生",)),
    Screen("/positions/new", ("学生",)),
    Screen("/positions/:id", ("学生",), via="/positions"),
    Screen("/self-evaluation", ("学生",)),
    Screen("/my-archives", ("学生", "家长")),
    Screen("/my-archives/:id", ("学生",), via="/my-archives"),
    Screen("/my-archives/stages", ("学生",)),
    Screen("/term-sets", ("班主任", "校管理员")),
    Screen("/handbooks", ("班主任", "校管理员")),
    Screen("/term-sets/:id", ("班主任",), via="/term-sets"),
    Screen("/term-sets/archives/:id", ("班主任",), via="/term-sets/:id"),
    Screen("/career-selection", ("学生",)),
    Screen("/board", ("公示期的学生", "公示期的班主任", "公示期的校管理员"), large=True),
    Screen("/board/:id", ("公示期的学生",), via="/board"),
    Screen("/board/:id/complaint", ("公示期的学生",), via="/board"),
    Screen("/board/results", ("公示期的学生",)),
    Screen("/board/results/:id/objection", ("公示期的学生",), via="00000000-0000-0000-0000-000000000000"),
    Screen("/board/students/:id", ("长沙的学生",), via="/board"),
    Screen("/board/reports/:student", ("宝山的学生",), via="/board"),
    Screen("/board/reports/:student/missing", ("宝山的学生",), via="/board"),
    Screen("/growth", ("长沙的学生",), large=True),
    Screen("/growth/new", ("长沙的学生",)),
    Screen("/hours", ("长沙的学生",)),
    Screen("/criteria", ("长沙的学生",)),
    Screen("/final-selection", ("长沙的学生",)),
    Screen("/final-submissions", ("长沙的审核小组",)),
    Screen("/final-submissions/:id", ("长沙的审核小组",), via="/final-submissions"),
    Screen("/peer-evaluation", ("长沙的学生",), large=True),
    Screen("/peer-evaluation/class", ("长沙的班主任",)),
    Screen("/confirmations", ("宝山的学生",), large=True),
    Screen("/confirmation/:code", ("宝山的学生",), via="0000-0000-0000"),
    Screen("/qr-sign-in", ("学生",)),
    Screen("/preparation", ("宝山的校管理员",)),
    Screen("/catalogs", ("宝山的录入员", "宝山区的录入员")),
    Screen("/scheme-versions", ("省",)),
    Screen("/scheme-versions/:scheme/:from/:to", (), via="/scheme-versions"),  # a journey looks at it: the demo has one version
    Screen("/contacts", ("宝山的校管理员", "宝山区")),
    Screen("/verdicts", ("宝山的校长",)),
    Screen("/signatures", ("宝山的校管理员", "宝山的校长", "宝山的班主任")),
    Screen("/filings", ("宝山区",)),
    Screen("/scores", ("北京的班主任", "北京的学生处")),
    Screen("/score-consents", ("北京的学生处",)),
    Screen("/my-scores", ("北京的学生",)),
    Screen("/reports", ("北京的学生处",)),
    Screen("/forms", ("北京的班主任", "北京的校管理员"), large=True),
    Screen("/form-upload", ("北京的家长",), large=True),
    Screen("/form-completion", ("北京的校管理员",)),
    Screen("/selection", ("公示期的学生",)),
    Screen("/my-cases", ("公示期的学生",)),
    Screen("/my-cases/:id", ("公示期的学生",), via="/my-cases"),
    Screen("/my-cases/:id/appeal", ("公示期的学生",), via="/my-cases"),
    Screen("/cases", ("公示期的班主任", "公示期的校管理员", "宝山的审核员", "宝山区的审核员")),
    Screen("/cases/malicious", ("长沙的校管理员",)),
    Screen("/cases/:id", ("公示期的校管理员",), via="/cases?show=open"),
    Screen("/tasks", ("班主任", "公示期的班主任", "宝山的审核员", "宝山的录入员"), large=True),
    Screen("/class", ("班主任",)),
    Screen("/class/:id", ("班主任",), via="/class"),
    Screen("/class/:id/profile", ("班主任",), via="/class/:id"),
    Screen("/class/passwords", ("班主任",)),
    Screen("/comments", ("班主任",)),
    Screen("/entry", ("任课教师", "宝山的录入员")),
    Screen("/entry/:kind", ("班主任",), via="/entry"),
    Screen("/entered", ("任课教师", "宝山的录入员")),
    Screen("/enrolments", ("校管理员", "家长", "县（区）")),
    Screen("/enrolments/new", ("校管理员",)),
    Screen("/enrolments/:id", ("校管理员",), via="0197a5f0-0000-7000-8000-000000000000"),  # a journey looks at one
    Screen("/people", ("校管理员",)),
    Screen("/people/class", ("校管理员",), via="/people"),
    Screen("/people/students/:id", ("校管理员",), via="/people/class"),
    Screen("/people/students/:id/profile", ("校管理员",), via="/people/students/:id"),
    Screen("/find", ("校管理员",)),
    Screen("/review", ("班主任",), large=True),
    Screen("/review/positions", ("班主任",)),
    Screen("/imports", ("班主任", "校管理员")),
    Screen("/imports/new/:type", ("班主任",), via="/imports"),
    Screen("/imports/:id", ("班主任",), via="/imports"),
    Screen("/overview", ("校管理员", "校长")),
    Screen("/overview/class", ("校管理员",), via="/overview"),
    Screen("/alerts", ("校管理员",)),
    Screen("/terms", ("校管理员", "宝山的校管理员")),
    Screen("/sealing", ("校管理员", "校长")),
    Screen("/sealing/archives/:id", ("校管理员", "校长"), via="/sealing?part=archives"),
    Screen("/sealing/backfills/:id", ("校管理员",), via="/sealing?part=backfills"),
    Screen("/sealing/backfills/:id/records/:kind", ("校管理员",), via="/sealing/backfills/:id"),
    Screen("/region", ABOVE, large=True),
    Screen("/progress", (*ABOVE, "校管理员")),
    Screen("/schools", ABOVE),
    Screen("/staff", ABOVE),
    Screen("/messages", ("学生", "班主任")),
    Screen("/me", ("学生", "班主任", "省"), large=True),
    Screen("/me/password", ("学生",)),
    Screen("/me/profile", ("学生",)),
    Screen("/help", ("学生", "班主任", "校管理员", "省")),
    Screen("/cards", ("家长",)),
    Screen("/cards/own", ("家长",)),
    Screen("/cards/child", ("家长",)),
    Screen("/cards/child-code", ("家长",)),
    Screen("/cards/offers/:id", ("家长",), via="/cards"),
    Screen("/other-card", ("家长",)),
)


def routes_of_the_client() -> set[str]:
    """The paths in `routes.ts` of all areas, as the router gathers them."""
    files = (ROOT / "web" / "src" / "features").glob("*/routes.ts")
    return {path for file in files for path in _PATH.findall(re.sub(r"\{\s*path", "\npath", file.read_text(encoding="utf-8")))}
