"""The Chinese texts of messages by kind. Who gets which kind is in `notification_rules`.

`{name}` takes the value of that name; `{name+}` takes a whole clause, which is empty where the value is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Wording:
    """Title and body of a kind; `many` is the title once the message counts more than one."""

    title: str
    body: str
    many: str | None = None


CATALOGUE: dict[str, Wording] = {
    "account.changed": Wording("账号安全提醒", "{change}。"),
    "cards.changed": Wording("改用新版方案：身份卡有变动", "{scheme}{version}版生效：{changes}。"),
    "import.ended": Wording("{title}的表格有结果了", "{file}：{outcome}。", "{count} 份表格有结果了"),
    "claim.waiting": Wording("待裁定学籍争议 {count} 件", "最近提出：{school}的名册中有{held_by}的学生{student_name}。"),
    "claim.opened": Wording(
        "学籍争议：{student_name}", "{school}的名册中有{held_by}的学生{student_name}，将由上级管理员裁定。"
    ),
    "claim.resolved": Wording("学籍争议已有结果：{student_name}", "{held_by}的学生{student_name}：{outcome}。{reason+}"),
    "enrolment.waiting": Wording(
        "待审批学籍异动 {count} 件", "最近一件：{student_name}{change}，{school}{other+}。环节：{step}。"
    ),
    "enrolment.escalated": Wording("学籍异动审批逾期：{student_name}{change}", "“{step}”已逾期，上级可以代为审批。"),
    "enrolment.applied": Wording("学籍异动已受理：{change}", "{student_name}的{change}申请已提出：{school}{other+}。"),
    "enrolment.ended": Wording("学籍异动{outcome}：{student_name}{change}", "{student_name}，{school}{other+}。{reason+}"),
    "record.review": Wording("待{review}{record} {count} 条", "最近{submit}：{student_name}《{title}》。"),
    "record.returned": Wording("{record}被{return}：{title}", "{return}原因：{reason}。{note+}请修改后重新{submit}。"),
    "record.refused": Wording(
        "{record}{refuse}：{student_name}《{title}》",
        "学生{refuse}，原因：{reason}。{note+}请核对后改正。",
        "{count} 条{record}{refuse}",
    ),
    "record.approved": Wording("{record}已审核通过：{title}", "《{title}》已审核通过。", "{count} 条{record}已审核通过"),
    "record.voided": Wording("{record}已作废：{title}", "《{title}》不再计入综合素质评价。{reason+}"),
    "record.excluded": Wording("审核不通过：{title}", "对《{title}》的反映成立，不再计入综合素质评价。{reason+}"),
    "record.restored": Wording("{record}已恢复：{title}", "《{title}》重新计入综合素质评价。{reason+}"),
    "misconduct.released": Wording("不良记录已解除：{title}", "《{title}》已于{released_on}解除。{reason+}"),
    "participation.ended": Wording(
        "{term}不参与填报", "学校已将您标记为本学期不参与填报，原因：{reason}。如有疑问，请联系学校。"
    ),
    "participation.resumed": Wording("{term}恢复参与填报", "您已恢复参与本学期填报。"),
    "position.review": Wording("待审核职务 {count} 条", "最近申报：{student_name}“{title}”。"),
    "position.returned": Wording("职务申报被驳回：{title}", "驳回原因：{reason}。{note+}请修改后重新申报。"),
    "position.approved": Wording("职务申报已通过：{title}", "“{title}”已审核通过，将记入档案。"),
    "final.review": Wording("待审核{title} {count} 份", "最近上报：{student_name}，共 {records} 份材料。"),
    "final.returned": Wording("{title}被退回", "退回原因：{reason}。{note+}请修改后在截止前重新上报。"),
    "final.approved": Wording("{title}已通过学校审核", "共 {passed} 份材料通过审核，将在公示时间公示。{refused+}"),
    "publicity.opened": Wording("{term}公示开始", "共公示 {entries} 条记录，公示至{ends}。如有异议，请在公示期内反馈。"),
    "publicity.closed": Wording("{term}公示结束", "共 {entries} 条记录通过公示。{in_dispute+}"),
    "case.opened": Wording("公示记录收到{case}：{title}", "您公示的《{title}》收到{case}{type+}。{next+}"),
    "case.opened.teacher": Wording("班级公示记录收到{case}：{title}", "班级公示的《{title}》收到{case}{type+}。{next+}"),
    "case.waiting": Wording("待处理{cases} {count} 件", "最近转来：《{title}》的{case}，环节：{stage}。{last+}{reason+}{due+}"),
    "case.turn": Wording("请处理{case}：{title}", "《{title}》的{case}现由您处理，环节：{stage}。{last+}{reason+}{due+}"),
    "case.lapsed": Wording("{case}逾期未处理：{title}", "《{title}》的{case}在“{stage}”环节已逾期{due_at+}。{taken+}"),
    "case.unsealed": Wording(
        "您的{case}人身份已被查看：{title}", "{role}依规查看了您对《{title}》提出{case}时的身份，查看已留痕。查看理由：{why}。"
    ),
    "case.malicious.warned": Wording(
        "您的{case}被认定为恶意：{title}",
        "处理人认定您对《{title}》的{case}属于恶意。理由：{why}。请据实反映；多次被认定，本学期将不能再提出。",
    ),
    "case.malicious.blocked": Wording(
        "您的{case}被认定为恶意：{title}",
        "处理人认定您对《{title}》的{case}属于恶意。理由：{why}。被认定的件数已达上限，本学期内不能再对他人的记录提出{case}。",
    ),
    "case.malicious.lifted": Wording("恶意认定已撤销：{title}", "您对《{title}》的{case}不再认定为恶意。理由：{why}。"),
    "case.closed": Wording("{case}处理结果：{title}", "针对您《{title}》的{case}已处理完毕：{outcome}。{reason+}"),
    "case.closed.teacher": Wording(
        "班级{case}处理结果：{title}", "班级公示的《{title}》的{case}已处理完毕：{outcome}。{reason+}"
    ),
    "case.closed.complainant": Wording(
        "您提出的{case}有结果了：{title}", "您对《{title}》提出的{case}已处理完毕：{outcome}。{reason+}感谢您的监督。"
    ),
    "webhook.disabled": Wording(
        "回调已停用：{title}", "回调“{title}”连续 {failures} 次未能送达（{error}），已停用。请检查后重新启用。"
    ),
    "term.sealed": Wording("学期档案已生成：{title}", "{title}的学期档案已归档，可查看和下载。"),
    "scores.corrected": Wording(
        "评价结果已更正：{title}", "经异议处理，{title}的综合素质评价结果已更正，可以查看新的结果。理由：{reason}"
    ),
    "scores.locked": Wording("评价结果已公布：{title}", "{title}的综合素质评价结果已审核、锁定，可以查看。{published+}"),
    "signed_form.missing": Wording("请上传{form}", "{title}：还没有收到您的{form}。请家长签字后拍照上传，或交给班主任。"),
    "signed_form.returned": Wording("{form}需要重新上传", "{title}：您上传的{form}不能使用，原因：{reason}。请重新拍照上传。"),
    "career.sealed": Wording("生涯档案已生成", "生涯档案已归档，可查看和下载。"),
    "archive.corrected": Wording(
        "档案已更正：{title}", "您的“{title}”档案已更正为第{version}版，原因：{reason}。原版本仍可查看。"
    ),
    "archive.backfilled": Wording("学期档案已补录：{title}", "{title}的学期档案已由学校补录并归档，可查看和下载。"),
}

ACCOUNT_CHANGES = {
    "password_reset": "{by}重置了您的密码，所有设备已退出登录",
    "reset_code_given": "{by}为您的账号发放了重置码",
    "slip_printed": "{by}为您的账号打印了账号条",
    "disabled": "{by}停用了您的账号",
    "enabled": "{by}重新启用了您的账号",
    "card_offered": "{by}授予您新的身份卡，请确认后领取",
    "card_activated": "{by}为您启用了身份卡",
    "card_suspended": "{by}办理密码重置，您在其他单位的身份卡已暂停，请重新验证后恢复",
    "card_revoked": "{by}停用了您的一张身份卡；如有疑问，请联系该单位",
    "card_renamed": "{by}改用新版方案，您的一张身份卡改了名称；原来能办的事照常办理",
    "card_retired": "{by}改用新版方案，其中不再设您的一项职务，相应的身份卡已停用；如有疑问，请联系该单位",
    "guardian_removed": "{by}移除了您的监护人登记，相应的身份卡已停用；如有疑问，请联系学校",
    "login_name_changed": "{by}更改了您的登录名",
    "number_reassigned": "{by}登记您原来的手机号已换人使用，您的身份卡和密码不变，登录名已更改",
    "refresh_token_reused": "登录凭证被重复使用，可能已泄露，该次登录已结束；如非本人操作，请修改密码",
    "signed_in_by_qr": "您的账号已由手机扫码确认，在另一台设备上登录；如非本人操作，请立即修改密码",
    "login_name_shown": "有人用学校发放的重置码查看了您的用户名；如非本人操作，请联系学校",
    "sso_linked": "您的账号已绑定教育云账号；如非本人操作，请立即联系学校",
}
"""What was done to an account, by `AccountChangedV1.what`."""
CLAIM_OUTCOMES = {"moved": "转入提出争议的学校", "stays": "留在原学校", "withdrawn": "提出争议的学校撤回了名册"}
"""By `ClaimResolvedV1.outcome`."""
ENROLMENT_OUTCOMES = {"done": "已生效", "rejected": "未通过", "withdrawn": "已撤回", "lapsed": "未能执行"}
"""By `EnrolmentApplicationMovedV1.what`: how an application ended."""

WORDS = {
    "record": "记录", "review": "审核", "submit": "上报", "return": "退回", "confirm": "确认", "refuse": "确认不通过",
    "cases": "公示异常",
}  # fmt: skip
"""What a deployment's own words stand for, where its scheme names none; also of messages from before they were asked of it."""

CLAUSES = {
    "reason": "理由：{}。",
    "note": "说明：{}。",
    "other": "，接收学校：{}",
    "last": "上一步：{}。",
    "due_at": "（应于{}前处理）",
    "taken": "系统已按“{}”转入下一环节。",
    "due": "请于{}前处理。",
    "type": "（{}）",
    "next": "{}。",
    "refused": "另有 {} 份未通过，不计入评价。",
    "published": "结果将公示，如有异议，请在公示期内提出。",
    "in_dispute": "另有 {} 条存在异议，正在处理。",
}
OUTCOMES = {"keep": "记录保留", "amend": "按修改后的内容保留", "exclude": "记录不计入评价", "void": "记录作废"}
RESULT_OUTCOMES = {"keep": "维持原结果", "amend": "结果已更正"}
"""Of cases about results (X-15)."""
HANDLE_LATER = "请在公示结束后处理"
HANDLE_NOW = "请及时处理"
HANDLED_BY = "将由{}处理，结果会另行通知"
HANDLED_AT = "将进入“{}”环节，结果会另行通知"
_CLAUSE = re.compile(r"\{(\w+)\+\}")


def import_outcome(state: str, rows: int, wrong: int, not_applied: int) -> str:
    """What came of a workbook: of its check, or of the import."""
    if state == "applied":
        return f"已导入 {rows - not_applied} 行" + (f"，{not_applied} 行没有导入" if not_applied else "")
    if state == "checked":
        return f"{wrong} 处要改，改好后再上传" if wrong else f"核对完了，{rows} 行，可以导入"
    return "没有收下，请看原因" if state == "refused" else "没有办完，请看原因"


def account_change(what: str, by_title: str | None) -> str:
    """What was done to an account, by which organisation (None: the platform)."""
    return ACCOUNT_CHANGES[what].format(by=by_title or "平台")


def say(kind: str, values: Mapping[str, Any], count: int = 1) -> tuple[str, str]:
    """Title and body. Raises KeyError for an unknown kind or a missing value."""
    words = CATALOGUE[kind]
    title = words.many if words.many is not None and count > 1 else words.title
    return _fill(title, values, count), _fill(words.body, values, count)


def _fill(template: str, values: Mapping[str, Any], count: int) -> str:
    clauses = {
        name: CLAUSES[name].format(_ended(values[name])) if values.get(name) else "" for name in _CLAUSE.findall(template)
    }
    plain = _CLAUSE.sub(lambda found: "{" + found[1] + "__}", template)
    filled = {name: "" if value is None else _ended(value) for name, value in {**WORDS, **values}.items()}
    return plain.format(**filled, count=count, **{f"{name}__": text for name, text in clauses.items()})


def _ended(value: Any) -> str:
    """Without the full stop of free text: the sentence around it has one."""
    return value.rstrip("。 \n") if isinstance(value, str) else value


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A time in the school's time zone: 2026年6月20日 18:00."""
    local = at.astimezone(zone)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
