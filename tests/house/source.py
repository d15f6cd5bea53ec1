"""The repository's Python files, each parsed once for all house tests, and what schemes and API documents name."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from scheme.base import Model

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


def models_in(value: Any) -> Iterator[Model]:
    """A value of a scheme, and every model in it."""
    if isinstance(value, Model):
        yield value
        value = [getattr(value, name) for name in type(value).model_fields]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from models_in(one)


def names_in(document: Any) -> Iterator[str]:
    """Members of the objects in a JSON Schema or an OpenAPI document, and its enumerated values."""
    if isinstance(document, dict):
        yield from document.get("properties", {})
        yield from (value for value in (*document.get("enum", ()), document.get("const")) if isinstance(value, str))
        document = list(document.values())
    if isinstance(document, list):
        for one in document:
            yield from names_in(one)
