"""`zp scheme check | diff | explain | new | release | schema` (also `python -m scheme ...`), for officials (X-01)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scheme.calendars import calendar_of
from scheme.checking import Problem, SchemeError
from scheme.compare import calendar_changes, diff
from scheme.files import (
    CALENDARS,
    LAYOUTS,
    load,
    load_all,
    load_calendar,
    load_calendars,
    load_help,
    load_layout,
    load_layouts,
    problems_of,
    problems_of_help,
    scheme_files,
)
from scheme.releases import broken, release
from scheme.stages import STAGE_TITLES
from scheme.tools import schema
from scheme.tools.begin import Answers, begin
from scheme.tools.explain import explain
from scheme.tools.migrating import migration_problems

_SCHEMES = Path("schemes")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: all is well; 1: problems, differences, or with --breaking changes that touch terms under way."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except SchemeError as bad:
        print(bad, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zp scheme", description="检查、比较、说明和新建评价方案")
    commands = parser.add_subparsers(required=True, metavar="命令")

    check = commands.add_parser("check", help="检查方案文件，列出全部错误")
    check.add_argument("paths", nargs="*", type=Path, default=[_SCHEMES], help="方案文件或文件夹，默认 schemes")
    check.set_defaults(run=_check)

    compare = commands.add_parser("diff", help="比较两个版本，说明对进行中学期的影响")
    compare.add_argument("old", type=Path)
    compare.add_argument("new", type=Path)
    compare.add_argument("--breaking", action="store_true", help="只列出影响进行中学期的改动；有则退出码为1")
    compare.set_defaults(run=_diff)

    explained = commands.add_parser("explain", help="用中文说明一个方案")
    explained.add_argument("path", type=Path)
    explained.set_defaults(run=_explain)

    new = commands.add_parser("new", help="新建一个方案文件")
    new.add_argument("id", help="标识，小写英文，如 nanchang")
    new.add_argument("--title", required=True, help="方案名称")
    new.add_argument("--authority", required=True, help="制定单位")
    new.add_argument("--stage", choices=[*STAGE_TITLES], default="junior_secondary")
    new.add_argument("--version", default="2026.1", help="年份.序号")
    new.add_argument("--dimensions", default="、".join(Answers.dimensions), help="维度名称，以顿号隔开")
    new.add_argument("--no-review", action="store_true", help="不需要班主任审核")
    new.add_argument("--publicity", type=int, default=5, help="公示几个工作日；0 为不公示")
    new.add_argument("--no-complaints", action="store_true", help="公示后不接受质疑")
    new.add_argument("--no-comment", action="store_true", help="没有班主任评语")
    new.add_argument("--folder", type=Path, default=_SCHEMES)
    new.set_defaults(run=_new)

    freeze = commands.add_parser("release", help="发布一个版本：此后文件不得再改")
    freeze.add_argument("path", type=Path)
    freeze.set_defaults(run=_release)

    editors = commands.add_parser("schema", help="写出供编辑器使用的 JSON Schema 和键的总表")
    editors.add_argument("--folder", type=Path, default=_SCHEMES)
    editors.set_defaults(run=_schema)
    return parser


def _check(options: argparse.Namespace) -> int:
    problems: list[Problem] = []
    lines: list[str] = []
    for path in options.paths:
        if path.parent.name == LAYOUTS:
            lines.append(f"表格版式 {load_layout(path).id}：没有问题")
            continue
        files = scheme_files(path) if path.is_dir() else [path]
        if not files:
            problems.append(Problem(str(path), 1, 1, "", "文件夹中没有方案"))
        problems += [problem for file in files for problem in problems_of(file)]
        problems += broken(path if path.is_dir() else path.parent.parent)
        if not problems:
            problems += [one for folder in sorted({file.parent for file in files}) for one in migration_problems(folder)]
        if not problems:
            problems += [one for folder in sorted({file.parent for file in files}) for one in problems_of_help(folder)]
        if not problems:
            lines += _summary(path)
    if problems:
        raise SchemeError(list(dict.fromkeys(problems)))
    print("\n".join(lines))
    return 0


def _summary(path: Path) -> list[str]:
    """What was checked without a problem. Raises `SchemeError` where a file beside the schemes has one."""
    lines: list[str] = []
    if path.is_dir():
        lines += [f"表格版式 {one.id} {one.title}：{len(one.columns)}列，没有问题" for one in load_layouts(path)]
        lines += [f"帮助 {id}：{len(one.questions)}个问题，没有问题" for id, one in load_help(path).items()]
        lines += [f"校历 {one.region} {one.year}：{len(one.holidays)}个假日，没有问题" for one in load_calendars(path)]
    for scheme in load_all(path) if path.is_dir() else [load(path)]:
        counts = f"{len(scheme.kinds)}个类别，{len(scheme.cases.stages)}个处理环节"
        lines.append(f"{scheme.id} {scheme.version} {scheme.title}：{counts}，没有问题")
    return lines


def _diff(options: argparse.Namespace) -> int:
    if {options.old.parent.parent.name, options.new.parent.parent.name} == {CALENDARS}:
        changes = calendar_changes(*(calendar_of([load_calendar(path)]) for path in (options.old, options.new)))
    else:
        changes = diff(load(options.old), load(options.new))
    if options.breaking:
        changes = [change for change in changes if change.breaks]
    for change in changes:
        print(change)
    if not changes:
        print("没有影响进行中学期的改动" if options.breaking else "两个版本相同")
    return 1 if changes else 0


def _explain(options: argparse.Namespace) -> int:
    print(explain(load(options.path)))
    return 0


def _new(options: argparse.Namespace) -> int:
    answers = Answers(
        id=options.id,
        title=options.title,
        authority=options.authority,
        stage=options.stage,
        version=options.version,
        dimensions=tuple(name.strip() for name in options.dimensions.replace(",", "、").split("、") if name.strip()),
        review=not options.no_review,
        publicity=options.publicity,
        complaints=not options.no_complaints,
        comment=not options.no_comment,
    )
    path = options.folder / answers.id / f"{answers.version}.yaml"
    if path.exists():
        raise SchemeError([Problem(str(path), 1, 1, "", "文件已经存在", "请换一个标识或版本")])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(begin(answers), encoding="utf-8")
    if problems := problems_of(path):
        path.unlink()
        raise SchemeError(problems)
    print(f"已写好 {path}。请按其中的说明修改，再运行 zp scheme check {path}")
    return 0


def _release(options: argparse.Namespace) -> int:
    if problems := problems_of(options.path) or migration_problems(options.path.parent, options.path.stem):
        raise SchemeError(problems)
    release(options.path)
    print(f"已发布 {options.path}。此后不得再改；要更正请建立新版本")
    return 0


def _schema(options: argparse.Namespace) -> int:
    (options.folder / schema.FILE).write_text(schema.text(), encoding="utf-8")
    docs = options.folder.resolve().parent / "docs"
    if docs.is_dir():
        (docs / schema.PAGE).write_text(schema.keys_table(), encoding="utf-8")
    return 0
