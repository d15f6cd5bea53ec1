"""Response bodies of password resets and the audit trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from servicekit.mapping import from_attributes

from identity.store.audit import AuditRow

AUDIT_TITLES = {
    "contacts_kept": "填写联系信息表",
    "contacts_exported": "导出联系信息表",
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
    "card_renamed": "身份卡改名",
    "staff_created": "新增教职工",
    "password_changed": "修改密码",
    "password_change_failed": "修改密码失败",
    "password_reset": "重置密码",
    "reset_asked": "申请重置密码",
    "reset_code_given": "发放重置码",
    "account_disabled": "停用账号",
    "account_enabled": "启用账号",
    "card_activated": "启用身份卡",
    "card_suspended": "暂停身份卡",
    "guardian_removed": "移除监护人",
    "login_name_changed": "更改登录名",
    "number_reassigned": "手机号换人",
    "sso_linked": "绑定教育云账号",
    "login_name_shown": "凭重置码查看用户名",
    "education_ids_exported": "导出教育ID",
    "sso_failed": "教育云登录失败",
    "slips_printed": "打印账号条",
    "forms_printed": "打印信息确认表",
    "form_code_reset": "重置确认表上的码",
    "parent_registered": "家长凭注册码注册",
    "registration_refused": "凭注册码注册未通过",
    "roster_taken_in": "导入名册",
    "organisation_created": "新建组织",
    "organisation_length": "更改学制",
    "photo_set": "设置学生照片",
    "photo_removed": "删除学生照片",
    "student_seen": "查看学生信息",
    "id_number_shown": "查看完整证件号",
    "enrolment_changed": "学籍异动",
    "audit_read": "查看操作记录",
}
"""The actions in the audit trail, as users read them."""


class LoginNameView(BaseModel):
    """An account's login name now."""

    account_id: UUID
    username: str


class ResetAsked(BaseModel):
    """A requested reset; with a code it can be finished before `until`."""

    id: UUID
    until: datetime


class ResetWaiting(BaseModel):
    """An open reset whose name and ID number matched, waiting for a code."""

    id: UUID
    username: str
    name: str
    asked_at: datetime
    until: datetime


class ResetCode(BaseModel):
    """The code, to be told to the account holder; shown once."""

    code: str
    until: datetime


class LoginNameLine(BaseModel):
    """A login name, and what it is."""

    title: str
    name: str


class LoginNames(BaseModel):
    """How the account signs in; shown to whoever has the code."""

    items: list[LoginNameLine]


class AuditEntry(BaseModel):
    """What was done (`title` in Chinese), by whom, to whom, from which address, and in which organisations."""

    id: UUID
    at: datetime
    what: str
    title: str
    account_id: UUID | None
    name: str | None
    role: str | None
    card_id: UUID | None
    subject: str | None
    client: str | None
    detail: dict[str, Any]
    paths: list[str]

    @classmethod
    def of(cls, row: AuditRow) -> "AuditEntry":
        """From a stored row."""
        return from_attributes(cls, row, title=AUDIT_TITLES.get(row.what, row.what))
