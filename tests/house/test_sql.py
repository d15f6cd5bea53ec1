"""Every SQL statement stands in the code as one literal, so that a reader can copy it into psql and grep finds its tables."""

import ast
from collections.abc import Iterator, Set
from pathlib import Path

import pytest

from tests.house.source import ROOT, parsed

CALLS = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "cursor"}
FROM_FILES = {Path("libs/servicekit/src/servicekit/migrate.py"): {"sql"}}
"""Statements that are not in the code: the numbered migration files."""


def literals(tree: ast.Module) -> set[str]:
    """Names that the module binds once, at its top level, to a literal string."""
    bound: dict[str, list[ast.expr | None]] = {}
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.NamedExpr):
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) and id(node) in top else None
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        bound.setdefault(name.id, []).append(value if name is target else None)
        elif isinstance(node, ast.arg):
            bound.setdefault(node.arg, []).append(None)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            for name in ast.walk(node.target):
                if isinstance(name, ast.Name):
                    bound.setdefault(name.id, []).append(None)
    return {name for name, values in bound.items() if len(values) == 1 and is_string(values[0])}


def is_string(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def is_literal(node: ast.expr, known: Set[str]) -> bool:
    """A string, the name of one, or a choice between such."""
    if isinstance(node, ast.IfExp):
        return is_literal(node.body, known) and is_literal(node.orelse, known)
    return is_string(node) or (isinstance(node, ast.Name) and node.id in known)


def composed(tree: ast.Module, files: Set[str] = frozenset()) -> Iterator[int]:
    """Lines of database calls whose statement is not a literal."""
    known = literals(tree) | files
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
            statement = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "query"), None)
            if statement is not None and not is_literal(statement, known):
                yield node.lineno


def test_every_sql_statement_is_a_literal() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in ("libs", "services")
        for path in sorted((ROOT / folder).rglob("src/**/*.py"))
        for line in composed(parsed(path), FROM_FILES.get(path.relative_to(ROOT), set()))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        "tx.fetch(f'SELECT {columns} FROM records')",
        "tx.fetch('SELECT * FROM records' + where)",
        "tx.fetch('SELECT * FROM %s' % table)",
        "tx.fetch('SELECT * FROM {}'.format(table))",
        "tx.fetch('SELECT * FROM :table:'.replace(':table:', table))",
        "tx.fetch(' AND '.join(parts))",
        "tx.fetch(*call)",
        "tx.fetch(query=f'SELECT {columns}')",
        "tx.fetch(SQL[name])",
        "tx.fetch(store.SQL)",
        "tx.fetch(build('records'))",
        "SQL = f'SELECT {columns}'\ntx.fetch(SQL)",
        "SQL = 'SELECT ' + columns\ntx.fetch(SQL)",
        "SQL = 'SELECT :x:'.replace(':x:', columns)\ntx.fetch(SQL)",
        "SQL = ' '.join(['SELECT', columns])\ntx.fetch(SQL)",
        "SQL = 'SELECT 1'\nSQL += where\ntx.fetch(SQL)",
        "SQL = 'SELECT 1'\nSQL = SQL + where\ntx.fetch(SQL)",
        "SQL: str = 'SELECT %s' % columns\ntx.fetch(SQL)",
        "def f(tx):\n    sql = 'SELECT 1'\n    sql = f'{sql} WHERE true'\n    tx.fetch(sql)",
        "def f(tx, sql):\n    tx.fetch(sql)",
        "for sql in statements:\n    tx.fetch(sql)",
        "tx.fetch('SELECT 1' if few else f'SELECT {many}')",
        "tx.fetch(sql := f'SELECT {columns}')",
    ],
)
def test_a_statement_put_together_from_pieces_is_found(code: str) -> None:
    assert list(composed(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "tx.fetch('SELECT 1')",
        "tx.fetch('SELECT 1 ' 'FROM records')",
        "SQL = '''SELECT 1'''\ntx.fetch(SQL, 1)",
        "FEW, MANY = 1, 2\nSQL = 'SELECT 1'\ntx.fetch(SQL if few else 'SELECT 2')",
    ],
)
def test_a_statement_written_out_is_not(code: str) -> None:
    assert not list(composed(ast.parse(code)))
