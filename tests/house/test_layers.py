"""Every module of a service is in one layer of `.importlinter`, so that a newcomer finds it and imports go one way."""

import re
from configparser import ConfigParser
from pathlib import Path

import pytest
from stack import plan

ROOT = Path(__file__).parents[2]
_FILE = ConfigParser()
_FILE.read(ROOT / ".importlinter", encoding="utf-8")
CONTRACT = _FILE["importlinter:contract:layers"]
LAYERS = set(re.findall(r"\w+", CONTRACT["layers"]))


def modules(package: Path) -> set[str]:
    """Names of the modules and packages right below a package."""
    files = {path.stem for path in package.glob("*.py")}
    return (files | {path.parent.name for path in package.glob("*/*.py")}) - {"__init__"}


@pytest.mark.parametrize("name", plan.NAMES)
def test_every_module_of_a_service_is_in_a_layer(name: str) -> None:
    found = modules(plan.BY_NAME[name].source)
    assert {"__main__", "app", "api", "events", "actions", "deps", "store", "domain", "settings"} <= found
    assert found <= LAYERS
    assert list((plan.BY_NAME[name].source / "migrations").glob("0001_*.sql"))


def test_the_contract_covers_all_services_and_ignores_nothing() -> None:
    assert set(re.findall(r"^\w+$", CONTRACT["containers"], re.M)) == set(plan.NAMES)
    assert CONTRACT["type"] == "layers"
    assert CONTRACT["exhaustive"] == "true"
    assert {"ignore_imports", "exhaustive_ignores"}.isdisjoint(CONTRACT)


def test_a_module_outside_the_layers_is_seen(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").touch()
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "__init__.py").touch()
    assert modules(tmp_path) == {"helpers", "jobs"}
    assert modules(tmp_path).isdisjoint(LAYERS)
