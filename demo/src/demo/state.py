"""The demo's state in a platform's data folder: how often it ran, and one account per role."""

import json
from pathlib import Path
from typing import Any

from demo.world import PASSWORD, World


class DemoState:
    """Stored as JSON next to the platform's data; with `file` None nothing is stored."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._state: dict[str, Any] = {"runs": 0, "accounts": {}}
        if file is not None and file.exists():
            self._state = json.loads(file.read_text(encoding="utf-8"))

    @property
    def runs(self) -> int:
        """How often the demo has run on this platform."""
        return int(self._state["runs"])

    def begin(self, scheme_id: str) -> tuple[int, int]:
        """Count a new run before it starts, so that the next one gets other people and another province. Returns its number,
        from 0, and how many there were of this scheme."""
        runs = self._state.setdefault("of_scheme", {})
        before = runs.get(scheme_id, 0)
        runs[scheme_id] = before + 1
        self._state["runs"] += 1
        self._write()
        return self.runs - 1, before

    def loaded(self, scheme_id: str) -> bool:
        """Has a run of this scheme been completed on this platform?"""
        return scheme_id in self._state.get("completed", [])

    def save_accounts(self, world: World) -> None:
        """Store one account per role: of each school, and of the administrations above; add them to those of other schemes."""
        accounts = {**self._state["accounts"], "平台管理": {"平台运维": world.operator.username}}
        district = world.deployment.district.title
        accounts[f"教育行政部门（{district}）"] = {title: user.username for title, user in world.regional.items()}
        for campus in world.campuses:
            first, pupil = campus.school_classes[0], campus.school_classes[0].pupils[0]
            accounts[campus.plan.title] = {
                "校管理员": campus.administrator.username,
                "班主任": first.teacher.username,
                "学生": pupil.user.username,
                "家长": pupil.guardian.username if pupil.guardian else "",
                **{role: user.username for role, user in campus.staff.items()},
            }
        completed = [*self._state.get("completed", []), world.deployment.scheme_id]
        self._state |= {"accounts": accounts, "password": PASSWORD, "completed": completed}
        self._write()

    def _write(self) -> None:
        if self._file is not None:
            self._file.write_text(json.dumps(self._state, ensure_ascii=False, indent=2), encoding="utf-8")

    def greeting(self, gateway: str) -> str:
        """The platform's address and the accounts, as text."""
        rows = [f"\n打开  {gateway}", f"演示账号（密码均为 {PASSWORD}）"]
        for title, users in self._state["accounts"].items():
            rows.append(f"  {title}  " + "  ".join(f"{role} {name}" for role, name in users.items() if name))
        return "\n".join([*rows, f"接口文档  {gateway}/docs"])
