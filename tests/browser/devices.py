"""The two sizes at which each journey runs."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Device:
    """A screen: CSS pixels, and pixels of the display for each."""

    name: str
    width: int
    height: int
    scale: int
    touch: bool

    def __str__(self) -> str:
        return self.name

    def options(self) -> dict[str, Any]:
        """Options of a Playwright context. Without motion, so that nothing is looked at while it moves."""
        return {
            "viewport": {"width": self.width, "height": self.height},
            "device_scale_factor": self.scale,
            "is_mobile": self.touch,
            "has_touch": self.touch,
            "locale": "zh-CN",
            "timezone_id": "Asia/Shanghai",
            "reduced_motion": "reduce",
        }


PHONE = Device("phone", 360, 740, 2, touch=True)
DESKTOP = Device("desktop", 1280, 800, 1, touch=False)
