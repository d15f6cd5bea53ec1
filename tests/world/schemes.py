"""The schemes of the platform in tests: those of the repository, made-up ones, and one with every role."""

import copy
import shutil
from pathlib import Path
from typing import Any

import yaml
from scheme.releases import release
from stack.next_version import RETIRED, STAYS
from stack.platform import REPOSITORY

MADE_UP = REPOSITORY / "tests" / "journeys" / "schemes"
EVERY_ROLE = "every_role"
"""Jiangxi with the roles that only other schemes name: who may what is asked of all of them in one region."""


def write(folder: Path) -> None:
    """Write all these schemes into an empty folder."""
    for schemes in (REPOSITORY / "schemes", MADE_UP):
        shutil.copytree(schemes, folder, dirs_exist_ok=True)
    made = _with_every_role()
    (folder / EVERY_ROLE).mkdir()
    target = folder / EVERY_ROLE / f"{made['version']}.yaml"
    target.write_text(_text(made), encoding="utf-8")
    _write_next_version(folder, made)


def stage_of(scheme_id: str) -> str:
    """A stage of schools that a scheme admits: senior secondary, or its first one."""
    folders = (REPOSITORY / "schemes", MADE_UP, REPOSITORY / "tests" / "browser" / "schemes")
    [file] = [one / scheme_id / "2026.1.yaml" for one in folders if (one / scheme_id).is_dir()]
    content = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    stages = [str(one["id"]) for one in content["school_stages"]]
    return "senior_secondary" if "senior_secondary" in stages else stages[0]


def _text(content: dict[str, Any]) -> str:
    return str(yaml.dump(content, allow_unicode=True, sort_keys=False, Dumper=yaml.CSafeDumper))


def _write_next_version(folder: Path, made: dict[str, Any]) -> None:
    """A released 2026.2 of the scheme with every role, without a kind and with a field under another id."""
    made = {**copy.deepcopy(made), "version": "2026.2", "examples": []}
    for dimension in made["dimensions"]:
        dimension["kinds"] = [kind for kind in dimension["kinds"] if kind["id"] != RETIRED]
        for kind in dimension["kinds"]:
            for field in kind["form"]["fields"] if kind["id"] == STAYS else ():
                field["id"] = "beneficiary" if field["id"] == "served" else field["id"]
    migration = {
        "scheme": EVERY_ROLE, "from_version": "2026.1", "to_version": "2026.2", "retired": [RETIRED],
        "fields": [{"kind": STAYS, "old": "served", "new": "beneficiary"}],
    }  # fmt: skip
    own = folder / EVERY_ROLE
    (own / "migrations").mkdir()
    (own / "2026.2.yaml").write_text(_text(made), encoding="utf-8")
    (own / "migrations" / "2026.1-2026.2.yaml").write_text(_text(migration), encoding="utf-8")
    release(own / "2026.2.yaml")


def _with_every_role() -> dict[str, Any]:
    """The panel looks at the board, as in Changsha, and complains like the principal."""
    made, *others = (_read(name) for name in ("jiangxi", "baoshan", "changsha", "beijing"))
    known = {role["id"] for role in made["roles"]}
    for other in others:
        added = {role["id"]: role for role in other["roles"] if role["id"] not in known}
        known |= added.keys()
        made["roles"] += added.values()
        made["board"]["rules"] += [rule for rule in other.get("board", {}).get("rules", ()) if rule["role"] in added]
    for operation in made["timing"]["operations"]:
        if operation["id"] in ("publicity", "complain"):
            operation["roles"].append("publicity_panel")
    return {**made, "id": EVERY_ROLE, "title": "江西（所有角色）"}


def _read(name: str) -> dict[str, Any]:
    return dict(yaml.load((REPOSITORY / "schemes" / name / "2026.1.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
