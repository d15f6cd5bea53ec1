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
    """The released files that are still what they were, by their path below the folder."""
    for name, value in released(folder).items():
        path = folder / name
        if path.is_file() and digest(path) == value:
            yield name


def broken(folder: Path) -> Iterator[Problem]:
    """Released files that were changed or removed."""
    for name, value in released(folder).items():
        path = folder / name
        if not path.is_file():
            yield Problem(str(path), 1, 1, "", "已发布的版本不见了", "请从版本库中恢复这个文件")
        elif digest(path) != value:
            says = "已发布的版本被改动了，正在使用它的学期会出错"
            yield Problem(str(path), 1, 1, "", says, f"请恢复原文件，把改动写进新版本（如 {_next(path.stem)}.yaml）")


def release(path: Path) -> None:
    """Freeze a version. Raises `SchemeError` where it was released with other content."""
    folder = path.parent.parent
    known, name = released(folder), f"{path.parent.name}/{path.name}"
    if known.get(name, value := digest(path)) != value:
        raise SchemeError(list(broken(folder)))
    lines = sorted({**known, name: value}.items())
    (folder / RELEASED).write_text(_HEAD + "".join(f"{one}: {text}\n" for one, text in lines), encoding="utf-8")


def _next(version: str) -> str:
    year, _, number = version.partition(".")
    return f"{year}.{int(number) + 1}" if number.isdigit() else "新版本"
