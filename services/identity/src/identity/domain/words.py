"""identity's own refusals, and how an ID number is shown."""

from servicekit.refusals import declare

for _code, _status, _title in (
    ("bad_credentials", 401, "用户名或密码不正确"),
    ("sso_failed", 401, "教育云登录未成功，请重试"),
    ("sso_state", 401, "登录已超时或已使用，请重新从教育云进入"),
    ("sso_unmatched", 403, "教育云账号与学校登记的身份未能对应"),
    ("captcha_required", 403, "请输入图片中的验证码"),
    ("captcha_wrong", 403, "验证码不正确或已过期，请看新的图片"),
    ("password_change_required", 403, "请先设置自己的密码"),
    ("wrong_password", 422, "原密码不正确"),
    ("password_too_short", 422, "密码至少 8 位"),
    ("password_too_long", 422, "密码最长 128 位"),
    ("password_too_simple", 422, "密码至少含字母、数字、符号中的两类"),
    ("password_is_personal", 422, "密码不能与姓名、手机号或用户名相同"),
    ("password_unchanged", 422, "新密码不能与原密码相同"),
    ("refresh_invalid", 401, "登录已失效，请重新登录"),
    ("refresh_reused", 401, "登录凭证被重复使用，为安全起见已退出，请重新登录"),
    ("person_mismatch", 422, "姓名或身份证件号与学校登记的不一致"),
    ("child_unknown", 422, "没有找到该学生，请核对孩子的姓名和身份证件号"),
    ("guardian_unknown", 422, "该手机号不是学校为这名学生登记的监护人手机号"),
    ("id_number_invalid", 422, "身份证件号不正确"),
    ("id_number_taken", 409, "该身份证件号已登记在他人名下"),
    ("phone_invalid", 422, "手机号不正确"),
    ("phone_other_name", 409, "该手机号已登记在其他姓名下"),
    ("role_not_grantable", 403, "当前身份不能授予此角色"),
    ("role_misplaced", 422, "此角色不能设在该级组织"),
    ("own_account", 409, "不能对自己的账号进行此操作"),
    ("account_not_yours", 403, "此账号还有您无权管理的身份，不能由您操作"),
    ("account_disabled", 409, "此账号已停用"),
    ("reset_code_wrong", 422, "重置码不正确或已失效"),
    ("own_card", 409, "不能停用自己正在使用的身份卡"),
    ("organisation_exists", 409, "该组织已存在"),
    ("level_exhausted", 422, "班级之下不能再建组织"),
    ("scheme_unknown", 422, "没有这个评价方案或版本"),
    ("time_zone_unknown", 422, "没有这个时区"),
    ("area_taken", 409, "该行政区划代码已被使用"),
    ("not_a_class", 422, "请选择一个班级"),
    ("slips_too_many", 422, "一次最多打印 5000 张账号条，请分年级或班级打印"),
):
    declare(_code, _status, _title)

WHAT = {
    "operator_made": "建立运维账号",
    "signed_in": "登录",
    "signed_out": "退出登录",
    "sign_in_failed": "登录失败",
    "refresh_reused": "登录凭证被重复使用",
    "card_chosen": "切换身份卡",
    "card_taken": "领取身份卡",
    "card_refused": "领取身份卡未通过",
    "card_given": "授予身份卡",
    "card_moved": "调整身份卡",
    "card_revoked": "停用身份卡",
    "staff_created": "新增教职工",
    "password_changed": "修改密码",
    "password_change_failed": "修改密码失败",
    "password_reset": "重置密码",
    "reset_asked": "申请重置密码",
    "reset_code_given": "发放重置码",
    "account_disabled": "停用账号",
    "account_enabled": "启用账号",
    "sso_linked": "绑定教育云账号",
    "sso_failed": "教育云登录失败",
    "slips_printed": "打印账号条",
    "roster_taken_in": "导入名册",
    "organisation_created": "新建组织",
    "student_seen": "查看学生信息",
    "id_number_shown": "查看完整证件号",
    "enrolment_changed": "学籍异动",
    "audit_read": "查看操作记录",
}
"""What the audit trail calls things, for people."""


def masked_registry(number: str) -> str:
    """G360102********1234: a registry number holds an ID number; its place and last four signs are shown."""
    return number[:7] + "*" * (len(number) - 11) + number[-4:] if len(number) > 11 else number


def masked(id_number: str | None) -> str | None:
    """360***********001X: what anyone sees of an ID number without giving a reason."""
    return None if id_number is None else id_number[:3] + "*" * max(0, len(id_number) - 7) + id_number[-4:]
