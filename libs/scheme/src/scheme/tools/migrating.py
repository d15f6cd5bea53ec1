"""The migrations of a scheme's folder: each is sound, and none is missing where the next version breaks terms under way."""

from itertools import pairwise
from pathlib import Path

from scheme.checking import Document, Problem, SchemeError, check_migration
from scheme.compare import diff
from scheme.files import MIGRATIONS, load, load_calendars, load_migration, text_of
from scheme.migration import order
from scheme.scheme import Scheme


def migration_problems(folder: Path, version: str | None = None) -> list[Problem]:
    """What is wrong with the migrations of `schemes/<id>`; its scheme files load. version: only with those that lead to it."""
    calendars = load_calendars(folder.parent)
    versions = {path.stem: load(path, calendars) for path in sorted(folder.glob("*.yaml"), key=lambda one: order(one.stem))}
    problems: list[Problem] = []
    files = {path.stem: path for path in sorted((folder / MIGRATIONS).glob("*.yaml"))}
    for path in files.values():
        if version is None or path.stem.endswith(f"-{version}"):
            problems += _of_file(path, versions)
    for old, new in pairwise(versions):
        if version not in (None, new) or f"{old}-{new}" in files:
            continue
        if any(change.breaks for change in diff(versions[old], versions[new])):
            says = f"从{old}到{new}有影响进行中学期的改动，却没有换版说明"
            correction = f"请建立 {MIGRATIONS}/{old}-{new}.yaml，写明停用的类别和改了标识的部分；没有这类改动的只写开头三行"
            problems.append(Problem(str(folder / f"{new}.yaml"), 1, 1, "", says, correction))
    return problems


def _of_file(path: Path, versions: dict[str, Scheme]) -> list[Problem]:
    try:
        document = Document.read(text_of(path), str(path), "换版说明")
    except SchemeError as bad:
        return bad.found
    if document.repeated:
        return document.repeated
    given = [document.data.get(key) for key in ("from_version", "to_version")]
    old, new = (versions.get(str(version)) for version in given)
    if old is None or new is None or order(old.version) >= order(new.version):
        says = f"没有从“{given[0]}”到“{given[1]}”的两个版本"
        return [document.problem(["from_version"], says, "请写本文件夹中两个版本的版本号，新版本在后")]
    problems = check_migration(document, old, new)
    if not problems:
        try:
            load_migration(path)
        except SchemeError as bad:
            return bad.found
    return problems
