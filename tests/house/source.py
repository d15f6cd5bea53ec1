"""The repository's Python files. Each is parsed once for all house tests."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def parsed(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of the file's syntax tree."""
    return tuple(ast.walk(parsed(path)))


@cache
def python_files() -> tuple[Path, ...]:
    """All Python files of the repository, without hidden folders and packages of Node.js."""
    return tuple(sorted(path for path in ROOT.glob("[!.]*/**/*.py") if "node_modules" not in path.parts))
