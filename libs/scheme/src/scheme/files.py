"""Reads scheme files and workbook layouts: the only I/O of the package. Errors name file, line and location."""

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from scheme.base import Model, UnknownSchemeError
from scheme.calendars import NATIONAL, CalendarYear
from scheme.help import Help
from scheme.layouts import WorkbookLayout
from scheme.scheme import Scheme

LAYOUTS = "layouts"
"""The folder of the workbook layouts, beside those of the schemes."""


CALENDARS = "calendars"
"""The folder of holidays and make-up workdays, beside those of the schemes: `calendars/<region>/<year>.yaml`."""


HELP = "help/questions.yaml"
"""The help of a deployment, in the folder of its scheme."""


class SchemeError(Exception):
    """An invalid scheme file. `problems`: one line each, `file:line: location: problem`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _Loader(yaml.CSafeLoader):
    """Refuses repeated keys of a mapping, of which YAML silently keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        for key, _ in node.value:
            if keys.count(key.value) > 1:
                raise yaml.MarkedYAMLError(problem=f"key {key.value!r} occurs twice", problem_mark=key.start_mark)
        return super().construct_mapping(node, deep)


def loads(text: str, name: str = "scheme") -> Scheme:
    """A scheme from YAML text. The top key `shared` holds only anchors. Raises `SchemeError`."""
    return _parsed(Scheme, text, name)


def _parsed[M: Model](model: type[M], text: str, name: str) -> M:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        data = loader.construct_document(root) if root is not None else None
    except yaml.MarkedYAMLError as wrong:
        line = f":{wrong.problem_mark.line + 1}" if wrong.problem_mark else ""
        raise SchemeError([f"{name}{line}: this is not YAML: {wrong.problem}"]) from None
    except yaml.YAMLError as wrong:
        raise SchemeError([f"{name}: this is not YAML: {wrong}"]) from None
    finally:
        loader.dispose()
    if not isinstance(data, dict):
        raise SchemeError([f"{name}: a {_NAMES.get(model, 'layout')} is a mapping of keys to values"])
    data.pop("shared", None)
    try:
        return model.model_validate(data)
    except ValidationError as wrong:
        raise SchemeError(list(_problems(wrong, root, name))) from None


def load(path: Path | str, calendars: tuple[CalendarYear, ...] | None = None) -> Scheme:
    """The scheme in `<id>/<version>.yaml`. Raises `SchemeError`, also when id or version differ from the path.

    calendars: those of the folder of all schemes; None: they are read.
    """
    path = Path(path)
    calendars = load_calendars(path.parent.parent) if calendars is None else calendars
    scheme = loads(_text_of(path), str(path))
    if path.stem != scheme.version or path.parent.name != scheme.id:
        raise SchemeError([f"{path}: has id {scheme.id!r} and version {scheme.version!r}, unlike its path"])
    if scheme.timing.calendar not in {NATIONAL, *(one.region for one in calendars)}:
        raise SchemeError([f"{path}: timing › calendar: there is no folder {CALENDARS}/{scheme.timing.calendar}"])
    scheme.keep_calendar(calendars)
    return scheme


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as wrong:
        raise SchemeError([f"{path}: cannot be read: {wrong.strerror}"]) from None
    except UnicodeDecodeError:
        raise SchemeError([f"{path}: is not UTF-8 text"]) from None


def load_layout(path: Path | str) -> WorkbookLayout:
    """The layout in `layouts/<id>.yaml` (L-04). Raises `SchemeError`, also when the id differs from the file's name."""
    path = Path(path)
    layout = _parsed(WorkbookLayout, _text_of(path), str(path))
    if path.stem != layout.id:
        raise SchemeError([f"{path}: has id {layout.id!r}, unlike its path"])
    return layout


def load_layouts(folder: Path | str) -> tuple[WorkbookLayout, ...]:
    """Every workbook layout beside the schemes of this folder, by id. Raises `SchemeError` with the problems of all files."""
    problems: list[str] = []
    layouts: list[WorkbookLayout] = []
    for path in sorted((Path(folder) / LAYOUTS).glob("*.yaml")):
        try:
            layouts.append(load_layout(path))
        except SchemeError as bad:
            problems += bad.problems
    if problems:
        raise SchemeError(problems)
    return tuple(layouts)


def load_calendars(folder: Path | str) -> tuple[CalendarYear, ...]:
    """Every year of every region beside the schemes of this folder. Raises `SchemeError` with the problems of all files."""
    problems: list[str] = []
    found: list[CalendarYear] = []
    for path in sorted((Path(folder) / CALENDARS).glob("*/*.yaml")):
        try:
            one = _parsed(CalendarYear, _text_of(path), str(path))
        except SchemeError as bad:
            problems += bad.problems
            continue
        if (path.parent.name, path.stem) != (one.region, str(one.year)):
            problems.append(f"{path}: is about {one.region!r} and {one.year}, unlike its path")
        found.append(one)
    if problems:
        raise SchemeError(problems)
    return tuple(found)


def load_help(folder: Path | str) -> dict[str, Help]:
    """The help of each deployment that has one, by its scheme. Raises `SchemeError` with the problems of all files."""
    problems: list[str] = []
    found: dict[str, Help] = {}
    for path in sorted(Path(folder).glob(f"*/{HELP}")):
        try:
            found[path.parent.parent.name] = _parsed(Help, path.read_text(encoding="utf-8"), str(path))
        except SchemeError as bad:
            problems += bad.problems
    if problems:
        raise SchemeError(problems)
    return found


def load_all(folder: Path | str) -> list[Scheme]:
    """Every scheme under the folder, by id and version. Raises `SchemeError` with the problems of all files."""
    paths = sorted(path for path in Path(folder).glob("*/*.yaml") if path.parent.name != LAYOUTS)
    problems: list[str] = [] if paths else [f"{folder}: contains no scheme"]
    calendars = load_calendars(folder)
    schemes: list[Scheme] = []
    for path in paths:
        try:
            schemes.append(load(path, calendars))
        except SchemeError as bad:
            problems += bad.problems
    if problems:
        raise SchemeError(problems)
    return sorted(schemes, key=_order)


def _order(scheme: Scheme) -> tuple[str, tuple[int, ...]]:
    return scheme.id, tuple(int(part) for part in scheme.version.split("."))


class Schemes:
    """All schemes of a folder, read once, and the workbook layouts and help texts beside them."""

    def __init__(self, folder: Path | str) -> None:
        self.layouts = load_layouts(folder)
        self.help = load_help(folder)
        self._all = {(scheme.id, scheme.version): scheme for scheme in load_all(folder)}

    def __iter__(self) -> Iterator[Scheme]:
        return iter(self._all.values())

    def get(self, id: str, version: str) -> Scheme:
        """This version of this scheme. Raises `UnknownSchemeError`."""
        try:
            return self._all[id, version]
        except KeyError:
            raise UnknownSchemeError(f"{id} {version}") from None

    def latest(self, id: str) -> Scheme:
        """The newest version of a scheme. Raises `UnknownSchemeError`."""
        versions = [scheme for scheme in self._all.values() if scheme.id == id]
        if not versions:
            raise UnknownSchemeError(id)
        return versions[-1]


_NAMES: dict[type[Model], str] = {Scheme: "scheme", Help: "help", CalendarYear: "calendar"}


def _problems(wrong: ValidationError, root: yaml.Node | None, name: str) -> Iterator[str]:
    errors = wrong.errors(include_url=False)
    for error in errors:
        depth = len(error["loc"])
        if error["type"] == "too_short" and any(
            len(other["loc"]) > depth and other["loc"][:depth] == error["loc"] for other in errors
        ):
            continue  # it is only too short because its items are invalid, which are reported already
        location, line = _location(root, error["loc"])
        message = error["msg"].removeprefix("Value error, ")
        if error["type"] == "extra_forbidden":
            message = "unknown key"
        elif error["type"] == "missing":
            message = "missing key"
        for part in message.split("\n"):
            yield f"{name}:{line}: {location}: {part}" if location else f"{name}: {part}"


def _location(root: yaml.Node | None, loc: tuple[int | str, ...]) -> tuple[str, int]:
    """The location of an error (keys, and ids of list items) and its line."""
    names: list[str] = []
    node, line = root, 1
    for step in loc:
        below = _below(node, step)
        if below is not None:
            node, line = below, below.start_mark.line + 1
        label = _label(node) if isinstance(step, int) and below is not None else None
        if below is not None or step == loc[-1]:
            names.append(label or (f"item {step + 1}" if isinstance(step, int) else str(step)))
    return " › ".join(names), line


def _below(node: yaml.Node | None, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item: yaml.Node = node.value[step]
        return item
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                found: yaml.Node = value
                return found
    return None


def _label(node: yaml.Node | None) -> str | None:
    found = _below(node, "id") or _below(node, "operation")
    return found.value if isinstance(found, yaml.ScalarNode) else None
