"""What a browser says about itself, in words for somebody who has to recognise a device. Pure; anybody can send anything."""

_SYSTEMS = (
    ("HarmonyOS", "鸿蒙设备"),
    ("iPhone", "苹果手机"),
    ("iPad", "苹果平板"),
    ("Android", "安卓设备"),
    ("Windows", "Windows 电脑"),
    ("Mac OS X", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("QQBrowser", "QQ 浏览器"),
    ("360SE", "360 浏览器"),
    ("Edg", "Edge 浏览器"),
    ("Firefox", "Firefox 浏览器"),
    ("Chrome", "Chrome 浏览器"),
    ("Safari", "Safari 浏览器"),
)


def describe_device(user_agent: str) -> str:
    """`Windows 电脑，Edge 浏览器`; what is not known is said to be unknown."""
    system = next((title for sign, title in _SYSTEMS if sign in user_agent), "未知设备")
    browser = next((title for sign, title in _BROWSERS if sign in user_agent), "未知浏览器")
    return f"{system}，{browser}"
