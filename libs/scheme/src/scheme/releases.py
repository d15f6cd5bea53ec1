"""Released versions are frozen: `schemes/released.yaml` has the digest of each, and `check` compares them."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import yaml

from scheme.checking import Problem, SchemeError

RELEASED = "released.yaml"
_HEAD = """\
# 已发布的方案版本及其摘要，由 zp scheme release 写入，不要手工修改。已发布的文件不得再改；要更正请建立新版本。
"""


def digest(path: Path) -> str:
    """SHA-256 of a file, whatever its line ends."""
    return sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def released(folder: Path) -> dict[str, str]:
    """The digests of the released files, by their path below the folder of all schemes."""
    path = folder / RELEASED
    if not path.exists():
        return {}
    found = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
    return {str(name): str(value) for name, value in found.items()}


def intact(folder: Path) -> Iterator[str]:
    """The released versions whose file, and whose migrations, are still what they were, by their path below the folder."""
    known = released(folder)
    whole = {name for name, value in known.items() if (folder / name).is_file() and digest(folder / name) == value}
    for name in whole:
        id, _, file = name.partition("/")
        if not any(one.startswith(f"{id}/migrations/") and one.endswith(f"-{file}") for one in known.keys() - whole):
            yield name


def broken(folder: Path) -> Iterator[Problem]:
    """Released files that were changed or removed."""
    for name, value in released(folder).items():
        path = folder / name
        if not path.is_file():
            yield Problem(str(path), 1, 1, "", "已发布的版本不见了", "请从版本库中恢复这个文件")
        elif digest(path) != value:
            says = "已发布的版本被改动了，正在使用它的学期会出错"
            mended = "请恢复原文件" if "-" in path.stem else f"请恢复原文件，把改动写进新版本（如 {_next(path.stem)}.yaml）"
            yield Problem(str(path), 1, 1, "", says, mended)


def release(path: Path) -> None:
    """Freeze a version and the migrations that lead to it. Raises `SchemeError` where one was released with other content."""
    folder = path.parent.parent
    known = released(folder)
    files = [path, *sorted((path.parent / "migrations").glob(f"*-{path.stem}.yaml"))]
    new = {file.relative_to(folder).as_posix(): digest(file) for file in files}
    if any(known.get(name, value) != value for name, value in new.items()):
        raise SchemeError(list(broken(folder)))
    lines = sorted({**known, **new}.items())
    (folder / RELEASED).write_text(_HEAD + "".join(f"{one}: {text}\n" for one, text in lines), encoding="utf-8")


def _next(version: str) -> str:
    year, _, number = version.partition(".")
    return f"{year}.{int(number) + 1}" if number.isdigit() else "新版本"
