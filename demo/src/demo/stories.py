"""Sample texts: titles and descriptions of school activities, and form values for any record kind."""

import random
from datetime import date, timedelta
from typing import Any

TITLES: dict[str, tuple[str, ...]] = {
    "youth_league_activity": ("“青春向党”主题团日", "新团员入团仪式", "重走小平小道研学", "学习二十大精神团课", "清明祭英烈"),
    "volunteer_service": ("社区敬老院志愿服务", "图书馆图书整理", "地铁站文明引导", "“小候鸟”课业辅导", "赣江岸线净滩行动"),
    "theme_education": ("宪法宣传周主题演讲", "国家安全教育日手抄报", "“诚信考试”主题班会", "中华经典诵读", "垃圾分类进校园"),
    "moral_honour": ("三好学生", "优秀共青团员", "文明标兵", "优秀学生干部", "新时代好少年"),
    "research_study": (
        "赣江水质变化的调查研究",
        "校园噪声分布与改进",
        "本地方言词汇的流变",
        "食堂剩饭量统计分析",
        "无人机测绘校园",
    ),
    "subject_contest": ("全国中学生数学奥林匹克竞赛", "全国中学生物理竞赛", "化学奥林匹克初赛", "生物学联赛", "英语能力竞赛"),
    "invention": ("教室自动通风装置", "智能浇花系统", "盲道占用识别小程序", "可折叠护眼台灯", "校园失物招领平台"),
    "sports_contest": ("学校秋季田径运动会", "市中学生篮球联赛", "校园足球班级联赛", "区游泳锦标赛", "冬季长跑赛"),
    "physical_exercise": ("每周晨跑", "羽毛球社训练", "跳绳打卡", "游泳训练", "太极拳练习"),
    "mental_health_activity": ("心理剧《破茧》展演", "“5·25”心理健康周", "朋辈互助小组", "考前减压团体辅导", "正念练习营"),
    "arts_activity": ("元旦文艺汇演合唱", "戏曲进校园采茶戏", "校园书法展", "民乐团年度音乐会", "陶艺工作坊"),
    "arts_award": ("水彩《滕王秋色》", "篆刻《和而不同》", "摄影《早读》", "舞蹈《茶香》", "剪纸《瓷都》"),
    "social_survey": (
        "社区垃圾分类情况调查",
        "老字号店铺经营状况调查",
        "共享单车停放调查",
        "留守儿童阅读现状调查",
        "农村快递服务调查",
    ),
    "labour_practice": ("学农基地插秧", "校园菜园管理", "食堂帮厨", "社区绿化养护", "木工坊制作"),
    "military_training": ("2025级新生军训",),
    "special_projects": ("景德镇陶瓷工艺传承", "赣南采茶戏", "机器人社团", "校园气象站", "非遗夏布织造"),
}
LOCATIONS = ("学校图书馆", "红谷滩体育中心", "八一广场", "青山湖社区", "校实验楼", "滕王阁景区", "梅岭劳动基地", "市青少年宫")
ORGANISERS = ("校团委", "校学生会", "市教育局", "区团委", "年级组", "红十字会", "市科协", "班委会")
ROLES = ("组长", "主讲", "队员", "记录员", "策划", "志愿者", "主持人", "摄影")
_ACCOUNTS = (
    "我和小组同学一起制定了计划，分头准备材料，过程中遇到了时间不够的困难，最后靠分工合作按时完成。",
    "从开始的紧张到后来的从容，我学会了倾听别人的意见，也更懂得坚持的意义，这段经历让我受益很多。",
    "活动前查阅了资料，活动中认真做了记录，结束后整理成总结在班级里分享，同学们提出了不少好问题。",
    "老师指导我们把想法一步步落实，虽然第一次没有成功，但我们找到了原因并且做了改进，结果令人满意。",
)


def account(rng: random.Random, minimum: int, maximum: int) -> str:
    """A text of at least `minimum` and at most `maximum` characters."""
    text = ""
    while len(text) < max(minimum, 30):
        text += rng.choice(_ACCOUNTS)
    return text[:maximum]


def title(rng: random.Random, kind: str) -> str:
    """A title for a record of this kind."""
    return rng.choice(TITLES.get(kind, ("综合实践活动",)))


def fill(rng: random.Random, kind: dict[str, Any], today: date) -> dict[str, Any]:
    """Valid values for every field of a kind; dates in ascending order and never in the future."""
    data: dict[str, Any] = {}
    begun = today - timedelta(days=rng.randrange(20, 60))
    for field in kind["form"]["fields"]:
        data[field["id"]] = _value(rng, kind["id"], field, begun)
        if field["type"] == "date":
            begun = min(begun + timedelta(days=rng.randrange(0, 5)), today)
    return {name: value for name, value in data.items() if value is not None}


def _value(rng: random.Random, kind: str, field: dict[str, Any], day: date) -> Any:
    low, high = float(field.get("minimum") or 1), float(field.get("maximum") or 20)
    match field["type"]:
        case "choice":
            return rng.choice(field["choices"])["id"]
        case "date":
            return day.isoformat()
        case "integer":
            return rng.randrange(int(low), int(min(high, 20)) + 1)
        case "decimal" | "duration_hours":
            return rng.choice((1, 2, 2.5, 3, 4, 6))
        case "boolean":
            return True
        case "long_text":
            return account(rng, field.get("min_length") or 0, field.get("max_length") or 300)
    if field["id"] == "name":
        return title(rng, kind)[: field.get("max_length") or 60]
    words = {"place": LOCATIONS, "organiser": ORGANISERS, "part": ROLES}.get(field["id"])
    value = rng.choice(words) if words else str(field.get("example") or rng.choice(ORGANISERS))
    return value[: field.get("max_length") or 60]


SELF = (
    "这个学期我在思想上积极要求进步，课堂上专注，课后能主动整理错题；参加了志愿服务和社会调查，"
    "学会了与人合作。不足之处是时间安排不够合理，下学期要改进学习方法，坚持体育锻炼。"
)
COMMENTS = (
    "该生品行端正，乐于助人，学习踏实，能积极参加集体活动，望今后在表达上更加自信。",
    "思维活跃，动手能力强，研究性学习表现突出；若能合理分配时间，成绩会更上一层楼。",
    "尊敬师长，团结同学，劳动认真负责，体育锻炼有恒心，是同学们信赖的好伙伴。",
    "兴趣广泛，艺术素养好，社会实践中勇于担当；希望加强基础知识的积累。",
)
COMPLAINTS = (
    "活动当天我在场，没有看到该同学参加，请核实。",
    "时长写的是六小时，实际活动只有两小时左右。",
    "证书上的名字看不清楚，不能确认是本人。",
    "这个奖项是小组获得的，写成了个人。",
)
