"""What a platform's data folder remembers of the demonstration: how often it ran, and one account per role."""

import json
from pathlib import Path
from typing import Any

from demo.world import PASSWORD, World


class Memory:
    """Kept as JSON beside the platform's data; None keeps nothing."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._kept: dict[str, Any] = {"runs": 0, "accounts": {}}
        if file is not None and file.exists():
            self._kept = json.loads(file.read_text(encoding="utf-8"))

    @property
    def runs(self) -> int:
        """How many demonstrations this platform has seen."""
        return int(self._kept["runs"])

    def begin(self) -> int:
        """Count one more run, finished or not, so that the next one gets people of its own. Returns its number."""
        self._kept["runs"] += 1
        self._write()
        return self.runs - 1

    @property
    def loaded(self) -> bool:
        """Did a demonstration come to its end here?"""
        return bool(self._kept["accounts"])

    def remember(self, world: World) -> None:
        """Keep one account per role of the first school."""
        campus = world.campuses[0]
        pupil = campus.rooms[0].pupils[0]
        accounts = {
            "平台运维": world.operator.username,
            "校管理员": campus.administrator.username,
            "班主任": campus.rooms[0].teacher.username,
            "学生": pupil.user.username,
            "家长": pupil.guardian.username if pupil.guardian else "",
            **{role: user.username for role, user in campus.staff.items()},
        }
        self._kept["accounts"] = accounts
        self._write()

    def _write(self) -> None:
        if self._file is not None:
            self._file.write_text(json.dumps(self._kept, ensure_ascii=False, indent=2), encoding="utf-8")

    def greeting(self, gateway: str) -> str:
        """Where to look, and as whom."""
        rows = [f"  {role}：{name}" for role, name in self._kept["accounts"].items()]
        return "\n".join(
            [
                f"\n平台地址  {gateway}",
                f"接口文档  {gateway}/docs",
                f"演示账号（密码均为 {PASSWORD}）",
                *rows,
            ]
        )
