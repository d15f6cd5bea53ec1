"""What a scheme with roles of its own and initial passwords adds to the account histories (SH-12, CS-03, CS-13)."""

from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import yaml
from contracts.base import level_of
from hypothesis.stateful import invariant, rule
from servicekit.testing import SCHEMES, Caller

NAMES = ("周敏", "赵娜", "孙师", "吴新")
ROLES = {
    ("publicity_panel", "school"): {"admin X", "admin Y"},
    ("lamp_keepers", "school"): {"district"},
    ("recorder", "school"): {"admin X", "admin Y"},
    ("auditor", "school"): {"admin X", "admin Y"},
    ("recorder", "district"): {"district"},
    ("auditor", "district"): {"district"},
}
"""Who appoints to these roles at these levels, written here again on purpose: `lamp_keepers` are appointed from above only."""
INITIAL = {"prefix": "Pw", "last": 6, "suffix": "@", "roles": ["student", "guardian"]}


def scheme_folder(folder: Path) -> Path:
    """The setting `schemes`: Jiangxi with two roles of its own, and with initial passwords as in Changsha."""
    made = yaml.load((SCHEMES / "jiangxi" / "2026.1.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    sees = ["see_students", "see_progress"]
    made["roles"] += [
        {"id": "publicity_panel", "title": "公示审核小组", "at": "school", "granted_by": ["school_administrator"], "may": sees},
        {"id": "lamp_keepers", "title": "灯塔看守", "at": "school", "granted_by": ["district_administrator"], "may": sees},
        {
            "id": "district_auditor",
            "title": "区级审核员",
            "at": "district",
            "granted_by": ["district_administrator"],
            "may": sees,
        },
    ]
    made["accounts"] = {"initial_password": INITIAL, "first_sign_in": ["name", "sex"], "attempts": 5}
    (folder / "jiangxi").mkdir(parents=True)
    (folder / "jiangxi" / "2026.1.yaml").write_text(
        yaml.dump(made, allow_unicode=True, Dumper=yaml.CSafeDumper), encoding="utf-8"
    )
    return folder


class SchemeRoles:
    """Rules and an invariant for `AccountHistory`, whose names it uses."""

    world: Any
    families: Any
    children: Any
    sessions: Any
    staff: Any
    known: Any
    printed: Any
    secrets: Any
    knows: Any
    x: str
    y: str

    @rule(
        who=st.sampled_from(["admin X", "admin Y", "teacher X", "district"]),
        side=st.sampled_from(["X", "Y", "D"]),
        role=st.sampled_from(["publicity_panel", "lamp_keepers", "recorder", "auditor"]),
        name=st.sampled_from(NAMES),
    )
    def appoint(self, who: str, side: str, role: str, name: str) -> None:
        """Whoever the scheme names appoints in the own organisation and below it; nobody else does."""
        path = {"X": self.x, "Y": self.y, "D": self.x.rpartition(".")[0]}[side]
        body = {"name": name, "phone": self.families[name].phone, "role": role, "path": path}
        answer = self.world.run(self.staff[who].post("/staff", body))
        in_scope = who == "district" or who[-1] == side
        if who not in ROLES.get((role, level_of(path)), set()) or not in_scope:
            assert answer.code in ("forbidden", "not_found", "role_not_grantable", "role_misplaced"), (
                who,
                side,
                role,
                answer.body,
            )
        elif answer.status == 201:
            assert who != "teacher X"
            if secret := answer.json["one_time_password"]:
                self.known["D" if who == "district" else side].add((self.families[name].phone, secret))
                self.printed[self.families[name].phone, secret] = name
        else:
            assert answer.code not in ("forbidden", "role_not_grantable", "role_misplaced"), (who, side, role, answer.body)

    @rule(party=st.sampled_from([*NAMES, "X", "Y", "stranger"]), name=st.sampled_from(NAMES), child=st.integers(0, 12))
    def sign_in_for_the_first_time(self, party: str, name: str, child: int) -> None:
        """With the password that everybody can work out, and the name and sex of a child whom the party knows."""
        known = [one for one in self.children if self.knows(party, one)]
        if known:
            self.world.run(self._first(party, self.families[name].phone, known[child % len(known)]))

    async def _first(self, party: str, login: str, child: Any) -> None:
        kit = self.world.identity
        student = {"name": child.name, "sex": "female"}
        entered = await kit.anonymous.post("/sessions", {"username": login, "password": f"Pw{login[-6:]}@", "student": student})
        if entered.status != 201:
            return
        assert entered.json["must_change_password"], "such a password opens nothing by itself"
        assert entered.json["refresh_token"] is None
        again = await kit.anonymous.post("/sessions", {"username": login, "password": f"Pw{login[-6:]}@", "student": student})
        assert again.status != 201, "it is good for one sign-in"
        new = f"Windy-Day-{len(self.sessions)}-{login[-4:]}"
        if (await Caller(kit.client, entered.json["access_token"]).put("/password", {"new": new})).status == 200:
            self.secrets(party).add((login, new))

    @rule(which=st.integers(0, 8))
    def a_parent_resets_a_child(self, which: int) -> None:
        """Whoever acts for a child gives it a password, and only for the children that the cards name."""
        if self.sessions:
            self.world.run(self._reset_children(self.sessions[which % len(self.sessions)]))

    async def _reset_children(self, session: Any) -> None:
        kit = self.world.identity
        own = {child.name for child in self.children if child.family == session.party}
        for token in list(session.tokens.values()):
            caller = Caller(kit.client, token)
            listed = await caller.get("/students")
            for student in listed.json["items"] if listed.status == 200 else []:
                done = await caller.post(f"/students/{student['id']}/password-reset", {"reason": "忘记密码"})
                if done.status != 201:
                    continue
                assert student["name"] in own, f"{session.party} reset {student['name']}"
                login = done.json["username"]
                self.secrets(session.party).add((login, done.json["one_time_password"]))
                back = await kit.anonymous.post(
                    "/sessions",
                    {"username": login, "password": f"Pw{login[-6:]}@", "student": {"name": student["name"], "sex": "female"}},
                )
                assert back.status != 201, "a password that everybody can work out does not come back with the reset"

    @invariant()
    def every_card_of_staff_was_granted_by_whom_the_scheme_says(self) -> None:
        if hasattr(self, "before"):
            self.world.run(self._granted())

    async def _granted(self) -> None:
        async with self.world.identity.deps.db.reading() as tx:
            rows = await tx.fetch(
                "SELECT role, path::text FROM cards WHERE student_id IS NULL AND revoked_at IS NULL "
                "AND role = ANY(ARRAY['publicity_panel', 'lamp_keepers', 'auditor'])"
            )
        wrong = [(row["role"], row["path"]) for row in rows if (row["role"], level_of(row["path"])) not in ROLES]
        assert wrong == []
