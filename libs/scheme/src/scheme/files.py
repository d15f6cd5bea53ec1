"""Reads scheme files and workbook layouts: the only I/O of the package. Errors name file, line and location."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from scheme.base import Model, UnknownSchemeError
from scheme.calendars import NATIONAL, CalendarYear
from scheme.checking import Document, Problem, SchemeError, check, check_help, refusals
from scheme.help import Help
from scheme.layouts import WorkbookLayout
from scheme.migration import Migration, order
from scheme.releases import intact
from scheme.scheme import Scheme

LAYOUTS = "layouts"
"""The folder of the workbook layouts, beside those of the schemes."""


CALENDARS = "calendars"
"""The folder of holidays and make-up workdays, beside those of the schemes: `calendars/<region>/<year>.yaml`."""


MIGRATIONS = "migrations"
"""The folder of migrations in the folder of a scheme: `migrations/<from>-<to>.yaml`."""


HELP = "help/questions.yaml"
"""The help of a deployment, in the folder of its scheme."""


def loads(text: str, name: str = "scheme") -> Scheme:
    """A scheme from YAML text. The top key `shared` holds only anchors. Raises `SchemeError`."""
    return _parsed(Scheme, text, name)


def _parsed[M: Model](model: type[M], text: str, name: str) -> M:
    document = Document.read(text, name, _NAMES[model])
    if document.repeated:
        raise SchemeError(document.repeated)
    try:
        return model.model_validate(document.data)
    except ValidationError:
        raise SchemeError(refusals(document, model)) from None


def load(path: Path | str, calendars: tuple[CalendarYear, ...] | None = None) -> Scheme:
    """The scheme in `<id>/<version>.yaml`. Raises `SchemeError`, also when id or version differ from the path.

    calendars: those of the folder of all schemes; None: they are read.
    """
    path = Path(path)
    calendars = load_calendars(path.parent.parent) if calendars is None else calendars
    scheme = loads(text_of(path), str(path))
    if path.stem != scheme.version or path.parent.name != scheme.id:
        says = f"文件中写的是 {scheme.id} {scheme.version}，与文件的位置不一致"
        raise SchemeError(
            [Problem(str(path), 1, 1, "", says, f"请把文件放在 {scheme.id}/{scheme.version}.yaml，或改正 id、version")]
        )
    if scheme.timing.calendar not in {NATIONAL, *(one.region for one in calendars)}:
        says = f"没有地区“{scheme.timing.calendar}”的校历"
        raise SchemeError([Problem(str(path), 1, 1, "", says, f"请建立文件夹 {CALENDARS}/{scheme.timing.calendar}")])
    scheme.keep_calendar(calendars)
    return scheme


def problems_of(path: Path | str) -> list[Problem]:
    """Everything that is wrong with a scheme file, each mistake once (X-01)."""
    path = Path(path)
    try:
        document = Document.read(text_of(path), str(path))
    except SchemeError as bad:
        return bad.found
    id, version = document.data.get("id"), document.data.get("version")
    found = check(document)
    if (path.stem, path.parent.name) != (version, id) and not any(problem.line == document.at(["id"])[0] for problem in found):
        says = f"文件中写的是 {id} {version}，与文件的位置不一致"
        found.append(document.problem(["id"], says, f"请把文件放在 {id}/{version}.yaml，或改正 id、version"))
    timing = document.data.get("timing")
    region = timing.get("calendar", NATIONAL) if isinstance(timing, dict) else NATIONAL
    if region != NATIONAL and not (path.parent.parent / CALENDARS / str(region)).is_dir():
        says, correction = f"没有地区“{region}”的校历", f"请建立文件夹 {CALENDARS}/{region}，或改正地区"
        found.append(document.problem(["timing", "calendar"], says, correction))
    return found


def text_of(path: Path) -> str:
    """The text of a file. Raises `SchemeError`."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as wrong:
        raise SchemeError([Problem(str(path), 1, 1, "", f"文件读不出来：{wrong.strerror}")]) from None
    except UnicodeDecodeError:
        raise SchemeError([Problem(str(path), 1, 1, "", "文件不是 UTF-8 编码", "请另存为 UTF-8")]) from None


def load_layout(path: Path | str) -> WorkbookLayout:
    """The layout in `layouts/<id>.yaml` (L-04). Raises `SchemeError`, also when the id differs from the file's name."""
    path = Path(path)
    layout = _parsed(WorkbookLayout, text_of(path), str(path))
    if path.stem != layout.id:
        says = f"文件中写的是 {layout.id}，与文件名不一致"
        raise SchemeError([Problem(str(path), 1, 1, "", says, "请改正文件名或 id")])
    return layout


def load_layouts(folder: Path | str) -> tuple[WorkbookLayout, ...]:
    """Every workbook layout beside the schemes of this folder, by id. Raises `SchemeError` with the problems of all files."""
    problems: list[Problem] = []
    layouts: list[WorkbookLayout] = []
    for path in sorted((Path(folder) / LAYOUTS).glob("*.yaml")):
        try:
            layouts.append(load_layout(path))
        except SchemeError as bad:
            problems += bad.found
    if problems:
        raise SchemeError(problems)
    return tuple(layouts)


def load_calendar(path: Path) -> CalendarYear:
    """The year in `calendars/<region>/<year>.yaml`. Raises `SchemeError`, also when the file says something else."""
    one = _parsed(CalendarYear, text_of(path), str(path))
    if (path.parent.name, path.stem) != (one.region, str(one.year)):
        says = f"文件中写的是 {one.region} {one.year}，与文件的位置不一致"
        raise SchemeError([Problem(str(path), 1, 1, "", says, "请改正文件的位置，或 region 与 year")])
    return one


def load_calendars(folder: Path | str) -> tuple[CalendarYear, ...]:
    """Every year of every region beside the schemes of this folder. Raises `SchemeError` with the problems of all files."""
    problems: list[Problem] = []
    found: list[CalendarYear] = []
    for path in sorted((Path(folder) / CALENDARS).glob("*/*.yaml")):
        try:
            found.append(load_calendar(path))
        except SchemeError as bad:
            problems += bad.found
    if problems:
        raise SchemeError(problems)
    return tuple(found)


def load_help(folder: Path | str) -> dict[str, Help]:
    """The help of each deployment that has one, by its scheme. Raises `SchemeError` with the problems of all files."""
    problems: list[Problem] = []
    found: dict[str, Help] = {}
    for path in sorted(Path(folder).glob(f"*/{HELP}")):
        try:
            found[path.parent.parent.name] = _parsed(Help, text_of(path), str(path))
        except SchemeError as bad:
            problems += bad.found
    if problems:
        raise SchemeError(problems)
    return found


def problems_of_help(folder: Path) -> list[Problem]:
    """Everything that is wrong with the help in the folder of a scheme that loads; nothing where there is no help (NR-06)."""
    path = folder / HELP
    if not path.is_file():
        return []
    try:
        document = Document.read(text_of(path), str(path), _NAMES[Help])
    except SchemeError as bad:
        return bad.found
    return check_help(document, [load(file) for file in sorted(folder.glob("*.yaml"))])


def load_migration(path: Path | str) -> Migration:
    """The migration in `<id>/migrations/<from>-<to>.yaml`. Raises `SchemeError`, also when the file says something else."""
    path = Path(path)
    found = _parsed(Migration, text_of(path), str(path))
    if (path.parent.parent.name, path.stem) != (found.scheme, f"{found.from_version}-{found.to_version}"):
        says = f"文件中写的是 {found.scheme} 从 {found.from_version} 到 {found.to_version}，与文件的位置不一致"
        correction = (
            f"请把文件放在 {found.scheme}/{MIGRATIONS}/{found.from_version}-{found.to_version}.yaml，或改正文件中的内容"
        )
        raise SchemeError([Problem(str(path), 1, 1, "", says, correction)])
    return found


def load_migrations(folder: Path | str) -> dict[str, dict[tuple[str, str], Migration]]:
    """The migrations of each scheme by their pair of versions. Raises `SchemeError` with the problems of all files."""
    problems: list[Problem] = []
    found: dict[str, dict[tuple[str, str], Migration]] = {}
    for path in sorted(Path(folder).glob(f"*/{MIGRATIONS}/*.yaml")):
        try:
            one = load_migration(path)
        except SchemeError as bad:
            problems += bad.found
            continue
        found.setdefault(one.scheme, {})[one.from_version, one.to_version] = one
    if problems:
        raise SchemeError(problems)
    return found


def scheme_files(folder: Path | str) -> list[Path]:
    """The scheme files under a folder, in order."""
    return sorted(path for path in Path(folder).glob("*/*.yaml") if path.parent.name != LAYOUTS)


def load_all(folder: Path | str) -> list[Scheme]:
    """Every scheme under the folder, by id and version. Raises `SchemeError` with the problems of all files."""
    paths = scheme_files(folder)
    problems = [] if paths else [Problem(str(folder), 1, 1, "", "文件夹中没有方案")]
    calendars = load_calendars(folder)
    schemes: list[Scheme] = []
    for path in paths:
        try:
            schemes.append(load(path, calendars))
        except SchemeError as bad:
            problems += bad.found
    if problems:
        raise SchemeError(problems)
    return sorted(schemes, key=_order)


def _order(scheme: Scheme) -> tuple[str, tuple[int, ...]]:
    return scheme.id, order(scheme.version)


class Schemes:
    """All schemes of a folder, read once, and the workbook layouts and help texts beside them."""

    def __init__(self, folder: Path | str) -> None:
        self.layouts = load_layouts(folder)
        self.help = load_help(folder)
        self._all = {(scheme.id, scheme.version): scheme for scheme in load_all(folder)}
        migrations = load_migrations(folder)
        for scheme in self._all.values():
            scheme.keep_family({one.version: one for one in self.versions(scheme.id)}, migrations.get(scheme.id, {}))
        self._released = frozenset(intact(Path(folder)))

    def __iter__(self) -> Iterator[Scheme]:
        return iter(self._all.values())

    def get(self, id: str, version: str) -> Scheme:
        """This version of this scheme. Raises `UnknownSchemeError`."""
        try:
            return self._all[id, version]
        except KeyError:
            raise UnknownSchemeError(f"{id} {version}") from None

    def versions(self, id: str) -> list[Scheme]:
        """All versions of a scheme, oldest first."""
        return [scheme for scheme in self._all.values() if scheme.id == id]

    def is_released(self, id: str, version: str) -> bool:
        """Whether this version was released, and its file is still what it was then."""
        return f"{id}/{version}.yaml" in self._released

    def latest(self, id: str) -> Scheme:
        """The newest version of a scheme. Raises `UnknownSchemeError`."""
        versions = self.versions(id)
        if not versions:
            raise UnknownSchemeError(id)
        return versions[-1]


_NAMES: dict[type[Model], str] = {
    Scheme: "方案",
    Help: "帮助",
    WorkbookLayout: "表格版式",
    CalendarYear: "校历",
    Migration: "换版说明",
}
