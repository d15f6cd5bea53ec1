"""The Chinese texts of security notices, and of how a card is proved (L-01)."""

TEXTS = {
    "password_reset": "{by}重置了您的密码，所有设备已退出登录",
    "reset_code_given": "{by}为您的账号发放了重置码",
    "login_name_shown": "有人用学校发放的重置码查看了您的用户名；如非本人操作，请联系学校",
    "slip_printed": "{by}为您的账号打印了账号条",
    "disabled": "{by}停用了您的账号",
    "enabled": "{by}重新启用了您的账号",
    "card_offered": "{by}授予您新的身份卡，请确认后领取",
    "card_activated": "{by}为您启用了身份卡",
    "card_suspended": "{by}办理密码重置，您在其他单位的身份卡已暂停，请在“身份卡”中重新验证后恢复",
    "card_revoked": "{by}停用了您的一张身份卡；如有疑问，请联系该单位",
    "card_renamed": "{by}改用新版方案，您的一张身份卡改了名称；原来能办的事照常办理",
    "card_retired": "{by}改用新版方案，其中不再设您的一项职务，相应的身份卡已停用；如有疑问，请联系该单位",
    "guardian_removed": "{by}移除了您的监护人登记，相应的身份卡已停用；如有疑问，请联系学校",
    "login_name_changed": "{by}更改了您的登录名",
    "number_reassigned": "{by}登记您原来的手机号已换人使用。您的身份卡和密码不变，新的登录名见“我的账号”",
    "refresh_token_reused": "登录凭证被重复使用，可能已泄露，该次登录已结束；如非本人操作，请修改密码",
    "signed_in_by_qr": "您的账号已由手机扫码确认，在另一台设备上登录；如非本人操作，请立即修改密码",
    "sso_linked": "您的账号已绑定教育云账号；如非本人操作，请立即联系学校",
}
HOW_TO_PROVE = {
    "guardian": "请领取孩子的身份卡：填写孩子的姓名、证件号和您的姓名、证件号、手机号",
    "student": "请领取本人的身份卡：填写您的姓名和证件号",
}
HOW_TO_PROVE_STAFF = "请输入授予该身份卡的单位发给您的一次性密码；没有的，请向该单位索取账号条"


def text(what: str, by_title: str | None) -> str:
    """The notice for the account's holder. Raises KeyError for an unknown kind."""
    return TEXTS[what].format(by=by_title or "平台")
